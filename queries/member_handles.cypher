// question: what are the handles of some public ids?
// parameters: $ids
// order: none
UNWIND $ids AS id
MATCH (m:Member {id: id})
RETURN DISTINCT m.id AS id, m.pk AS pk
