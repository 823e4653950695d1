// question: the live content of facts, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (a:Member)-[f:FACT]->(b:Member)
WHERE f.gone = 0
MATCH (s:Sources {pk: f.source})
MATCH (k:Word {pk: f.kind})
OPTIONAL MATCH (r:Word {pk: f.role})
RETURN
    s.name AS source, f.origin AS origin, k.text AS kind, a.id AS subject, b.id AS object, f.valid_from AS valid_from,
    f.valid_to AS valid_to, f.weight AS weight, r.text AS role
