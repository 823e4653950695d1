// question: which pairs of members do the judgements of one kind that hold now name?
// parameters: $kind
// order: handle
// scans: what people judged is little, and asked for only where something new is to be joined
MATCH (w:Word {text: $kind})
MATCH (j:Judgement)
WHERE j.kind = w.pk AND j.gone = 0
RETURN j.pk AS pk, j.a AS a, j.b AS b
ORDER BY pk
