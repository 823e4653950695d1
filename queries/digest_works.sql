-- question: the live content of works, without handles?
-- parameters: none
-- order: none
SELECT s.name, m.id, k.text, t.text, x.time, x.name
FROM works AS x
JOIN sources AS s ON s.pk = x.source
JOIN members AS m ON m.pk = x.member
LEFT JOIN words AS k ON k.pk = x.kind
LEFT JOIN words AS t ON t.pk = x.topic
WHERE x.gone = 0
