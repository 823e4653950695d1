-- question: which live rows with an id belong to some interaction keys?
-- parameters: :keys
-- order: none
SELECT i.pk, i.key, i.time
FROM json_each(:keys) AS j
CROSS JOIN interactions AS i INDEXED BY interactions_record ON i.key = j.value
WHERE i.record_id IS NOT NULL AND i.gone = 0
