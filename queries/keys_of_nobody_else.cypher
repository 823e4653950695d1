// question: which keys have some members and no other?
// parameters: $members
// order: none
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
WITH DISTINCT m.key AS key
WHERE NOT EXISTS { MATCH (x:Member {key: key}) WHERE NOT x.pk IN $members }
RETURN key
