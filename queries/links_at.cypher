// question: which links held at a sequence number, and how were their two members recorded?
// parameters: $sequence
// order: none
// scans: all links are asked for
MATCH (a:Member)-[l:SAME_AS]->(b:Member)
WHERE l.rec <= $sequence AND (l.gone = 0 OR l.gone > $sequence)
RETURN l.a AS a, a.rec AS a_rec, a.id AS a_id, l.b AS b, b.rec AS b_rec, b.id AS b_id
