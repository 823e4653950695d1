// question: what do live claims say of some members: names, titles, addresses?
// parameters: $members
// order: none
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
OPTIONAL MATCH (c)-[:ABOUT]->(m) WHERE c.gone = 0
RETURN m.pk AS pk, m.key AS key, c.name AS name, c.title AS title, c.email AS email
