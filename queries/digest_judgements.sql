-- question: the live content of judgements, without handles?
-- parameters: none
-- order: none
SELECT k.text, n.text, a.id, b.id, j.value
FROM judgements AS j
JOIN words AS k ON k.pk = j.kind
JOIN words AS n ON n.pk = j.name
JOIN members AS a ON a.pk = j.a
LEFT JOIN members AS b ON b.pk = j.b
WHERE j.gone = 0
