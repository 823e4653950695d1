// question: what do sources say of some members: key, space and every name, address and title, as known at a sequence number?
// parameters: $members, $sequence
// order: member in order of recording, claims in order of arrival
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
OPTIONAL MATCH (n)-[:ABOUT]->(m) WHERE n.rec <= $sequence AND (n.gone = 0 OR n.gone > $sequence)
RETURN
    m.pk AS pk, m.id AS id, m.label AS label, m.twin AS twin, m.space AS space, m.key AS key,
    n.source AS source, n.name AS name, n.email AS email, n.title AS title
ORDER BY m.rec, m.id, n.pk
