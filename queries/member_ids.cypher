// question: what are the public ids of some members?
// parameters: $pks
// order: none
UNWIND $pks AS pk
MATCH (m:Member {pk: pk})
RETURN m.pk AS pk, m.id AS id
