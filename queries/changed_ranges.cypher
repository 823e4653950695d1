// question: which rows were added, changed or erased after one sequence number and up to another?
// parameters: $since, $until
// order: table, first row
MATCH (c:ChangeLine)
WHERE c.seq > $since AND c.seq <= $until AND c.what IS NOT NULL AND c.op IS NOT NULL AND c.first IS NOT NULL
RETURN c.what AS what, c.op AS op, c.first AS first, c.last AS last
ORDER BY what, first
