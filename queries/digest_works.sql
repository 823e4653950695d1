-- question: the live content of works, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT s.name AS source, m.id AS member, k.text AS kind, t.text AS topic, x.time AS time, x.name AS name
FROM works AS x
JOIN sources AS s ON s.pk = x.source
JOIN members AS m ON m.pk = x.member
LEFT JOIN words AS k ON k.pk = x.kind
LEFT JOIN words AS t ON t.pk = x.topic
WHERE x.gone = 0
