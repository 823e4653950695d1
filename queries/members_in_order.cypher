// question: what are the public ids and labels of some members?
// parameters: $members
// order: the canonical member first (recorded first, then smallest id)
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
WITH DISTINCT m
ORDER BY m.rec, m.id
RETURN m.pk AS pk, m.id AS id, m.label AS label
