-- question: the live content of judgements, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT k.text AS kind, n.text AS name, a.id AS a, b.id AS b, j.value AS value
FROM judgements AS j
JOIN words AS k ON k.pk = j.kind
JOIN words AS n ON n.pk = j.name
JOIN members AS a ON a.pk = j.a
LEFT JOIN members AS b ON b.pk = j.b
WHERE j.gone = 0
