-- question: the live content of interactions, with all sources of a row, without handles?
-- parameters: none
-- order: none
SELECT
    i.time, i.key, a.id, b.id, i.role, k.text, c.text, t.text, o.id, i.weight, i.relevance, i.record_id,
    (
        SELECT group_concat(name, char(31))
        FROM (
            SELECT s.name
            FROM sources AS s
            WHERE s.pk = i.source OR s.pk IN (SELECT x.source FROM also AS x WHERE x.row = i.pk)
            ORDER BY s.name
        )
    )
FROM interactions AS i
JOIN members AS a ON a.pk = i.actor
JOIN members AS b ON b.pk = i.target
LEFT JOIN words AS k ON k.pk = i.kind
LEFT JOIN words AS c ON c.pk = i.channel
LEFT JOIN words AS t ON t.pk = i.topic
LEFT JOIN members AS o ON o.pk = i.object
WHERE i.gone = 0
