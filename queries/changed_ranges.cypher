// question: which rows were added, changed or erased after one sequence number and up to another?
// parameters: $since, $until
// order: table, first row
MATCH (c:ChangeLine)
WHERE c.seq > $since AND c.seq <= $until
RETURN c.what AS what, c.op AS op, c.first AS first, c.last AS last
ORDER BY what, first
