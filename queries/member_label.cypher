// question: which member has a public id, and of which label is it?
// parameters: $id
// order: none
MATCH (m:Member {id: $id})
RETURN m.pk AS pk, m.label AS label
