-- question: which members of one label and space have some keys?
-- parameters: :label, :space, :keys
-- order: none
SELECT m.key, m.pk, m.id
FROM json_each(:keys) AS j
CROSS JOIN members AS m ON m.label = :label AND m.space = :space AND m.key = j.value
