// question: which keys, addresses and names were ever given to some people?
// parameters: $members
// order: none
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
OPTIONAL MATCH (m)<-[:ABOUT]-(r:PersonRecord)
UNWIND [m.key, r.email, r.name] AS text
WITH DISTINCT text
WHERE text <> ''
RETURN text
