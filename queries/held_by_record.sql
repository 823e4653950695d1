-- question: which interactions with some keys made of record ids does a source hold, and which other source does too?
-- parameters: :source, :keys
-- order: handle
SELECT i.pk, i.time, i.key,
    CASE WHEN i.source = :source THEN (SELECT min(x.source) FROM also AS x WHERE x.row = i.pk) ELSE i.source END AS other
FROM json_each(:keys) AS k
CROSS JOIN interactions AS i ON i.key = k.value AND i.record_id IS NOT NULL AND i.gone = 0
WHERE i.gone = 0
  AND (i.source = :source OR EXISTS (SELECT 1 FROM also AS x WHERE x.row = i.pk AND x.source = :source))
ORDER BY i.pk
