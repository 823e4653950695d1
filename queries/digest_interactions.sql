-- question: the live content of interactions, with all sources of a row, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT
    i.time AS time, i.key AS key, a.id AS actor, b.id AS target, i.role AS role, k.text AS kind, c.text AS channel,
    t.text AS topic, o.id AS object, i.weight AS weight, i.relevance AS relevance, i.record_id AS record_id,
    (
        SELECT group_concat(name, char(31))
        FROM (
            SELECT s.name
            FROM sources AS s
            WHERE s.pk = i.source OR s.pk IN (SELECT x.source FROM also AS x WHERE x.row = i.pk)
            ORDER BY s.name
        )
    ) AS sources
FROM interactions AS i
JOIN members AS a ON a.pk = i.actor
JOIN members AS b ON b.pk = i.target
LEFT JOIN words AS k ON k.pk = i.kind
LEFT JOIN words AS c ON c.pk = i.channel
LEFT JOIN words AS t ON t.pk = i.topic
LEFT JOIN members AS o ON o.pk = i.object
WHERE i.gone = 0
