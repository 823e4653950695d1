// question: what is the newest change in the change log?
// parameters: none
// order: none
OPTIONAL MATCH (c:ChangeLine)
WHERE c.seq > 0
WITH c ORDER BY c.seq DESC LIMIT 1
RETURN coalesce(c.seq, 0) AS last
