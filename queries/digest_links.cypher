// question: the live content of links, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (a:Member)-[l:SAME_AS]->(b:Member)
WHERE l.gone = 0
RETURN a.id AS a, b.id AS b, l.judged AS judged
