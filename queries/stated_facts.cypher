// question: which live facts did a source state among some claims: (subject, object, kind, valid_from, role)?
// parameters: $claims, $source
// order: none
UNWIND $claims AS c
MATCH (s:Member {pk: c[0]})-[f:FACT]->(o:Member {pk: c[1]})
WHERE f.kind = c[2] AND f.valid_from = c[3] AND f.role = c[4] AND f.source = $source AND f.origin = 0 AND f.gone = 0
RETURN
    f.subject AS subject, f.object AS object, f.kind AS kind, f.valid_from AS valid_from, f.role AS role, f.pk AS pk,
    f.valid_to AS valid_to, f.weight AS weight
