// question: which live facts follow from a source's rows of some works?
// parameters: $works, $source
// order: none
UNWIND $works AS work
MATCH (o:Member {pk: work})<-[f:FACT]-(:Member)
WHERE f.gone = 0 AND f.origin = 1 AND f.source = $source
RETURN f.subject AS subject, f.object AS object, f.kind AS kind, f.valid_from AS valid_from, f.role AS role, f.pk AS pk
