// question: which facts of one kind did a source itself state between some subjects and objects?
// parameters: $source, $kind, $subjects, $objects
// order: handle
MATCH (w:Word {text: $kind})
UNWIND $subjects AS subject
MATCH (:Member {pk: subject})-[f:FACT]->(:Member)
WHERE f.gone = 0 AND f.kind = w.pk AND f.source = $source AND f.origin = 0 AND f.object IN $objects
RETURN DISTINCT f.pk AS pk
ORDER BY pk
