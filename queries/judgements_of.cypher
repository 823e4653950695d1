// question: which judgements of one kind and name on one member or pair hold now?
// parameters: $kind, $word, $a, $b
// order: handle
MATCH (j:Judgement {a: $a})
WHERE j.gone = 0 AND j.kind = $kind AND j.name = $word AND j.b = $b
RETURN j.pk AS pk
ORDER BY pk
