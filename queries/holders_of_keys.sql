-- question: which members of some labels have some keys, whatever their source?
-- parameters: :keys, :labels
-- order: key by key as given, then handle
SELECT m.key, m.pk
FROM json_each(:keys) AS k
CROSS JOIN members AS m ON m.key = k.value
WHERE m.label IN (SELECT value FROM json_each(:labels))
ORDER BY k.key, m.pk
