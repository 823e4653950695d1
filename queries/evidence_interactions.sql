-- question: the source records behind interaction rows?
-- parameters: :rows
-- order: row
SELECT i.pk, s.name, i.record_id, i.time, k.text, c.text, i.actor, i.target, i.role, a.key
FROM interactions AS i
JOIN sources AS s ON s.pk = i.source
JOIN members AS a ON a.pk = i.actor
LEFT JOIN words AS k ON k.pk = i.kind
LEFT JOIN words AS c ON c.pk = i.channel
WHERE i.pk IN (SELECT value FROM json_each(:rows))
ORDER BY i.pk
