// question: the live content of works, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (x:WorkRecord)
WHERE x.gone = 0
MATCH (s:Sources {pk: x.source})
MATCH (m:Member {pk: x.member})
OPTIONAL MATCH (k:Word {pk: x.kind})
OPTIONAL MATCH (t:Word {pk: x.topic})
RETURN s.name AS source, m.id AS member, k.text AS kind, t.text AS topic, x.time AS time, x.name AS name
