-- question: what changed after a sequence number, counted by table?
-- parameters: :since
-- order: sequence, table, kind of change
SELECT c.seq, k.time, c.what, c.op, sum(c.last - c.first + 1)
FROM change AS c
JOIN commits AS k ON k.pk = c.seq
WHERE c.seq > :since
GROUP BY c.seq, c.what, c.op
ORDER BY c.seq, c.what, c.op
