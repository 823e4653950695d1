// question: the statements behind fact rows?
// parameters: $rows
// order: row
UNWIND $rows AS row
WITH DISTINCT row
MATCH (a:Member)-[f:FACT {pk: row}]->(b:Member)
MATCH (s:Sources {pk: f.source})
MATCH (k:Word {pk: f.kind})
OPTIONAL MATCH (r:Word {pk: f.role})
RETURN
    f.pk AS pk, s.name AS source, f.valid_from AS time, k.text AS kind, f.subject AS subject, f.object AS object,
    r.text AS role, a.key AS subject_key, b.key AS object_key
ORDER BY pk
