// question: what changed after one sequence number and up to another, counted by table?
// parameters: $since, $until, $limit
// order: sequence, table, kind of change
MATCH (c:ChangeLine)
WHERE c.seq > $since AND c.seq <= $until
WITH c.seq AS sequence, c.what AS what, c.op AS op, sum(c.last - c.first + 1) AS touched
MATCH (k:Commit {pk: sequence})
RETURN sequence, k.time AS time, what, op, touched
ORDER BY sequence, what, op
LIMIT $limit
