-- question: what changed after one sequence number and up to another, counted by table?
-- parameters: :since, :until, :limit
-- order: sequence, table, kind of change
SELECT c.seq AS sequence, k.time AS time, c.what AS what, c.op AS op, sum(c.last - c.first + 1) AS touched
FROM change AS c
JOIN commits AS k ON k.pk = c.seq
WHERE c.seq > :since AND c.seq <= :until
GROUP BY c.seq, c.what, c.op
ORDER BY c.seq, c.what, c.op
LIMIT :limit
