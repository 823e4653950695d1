-- question: the source records behind interaction rows?
-- parameters: :rows
-- order: row
SELECT
    i.pk AS pk, s.name AS source, i.record_id AS record_id, i.time AS time, k.text AS kind, c.text AS channel,
    i.actor AS actor, i.target AS target, i.role AS role, a.key AS key
FROM interactions AS i
JOIN sources AS s ON s.pk = i.source
JOIN members AS a ON a.pk = i.actor
LEFT JOIN words AS k ON k.pk = i.kind
LEFT JOIN words AS c ON c.pk = i.channel
WHERE i.pk IN (SELECT value FROM json_each(:rows))
ORDER BY i.pk
