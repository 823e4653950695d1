-- question: which interactions of some times and keys does a source hold, and which other source does too?
-- parameters: :source, :moments
-- order: handle
SELECT i.pk, i.time, i.key,
    CASE WHEN i.source = :source THEN (SELECT min(x.source) FROM also AS x WHERE x.row = i.pk) ELSE i.source END AS other
FROM temp.moments AS m
CROSS JOIN interactions AS i ON i.time = m.c0 AND i.key = m.c1
WHERE i.gone = 0
  AND (i.source = :source OR EXISTS (SELECT 1 FROM also AS x WHERE x.row = i.pk AND x.source = :source))
ORDER BY i.pk
