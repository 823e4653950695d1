-- question: the live content of facts, without handles?
-- parameters: none
-- order: none
SELECT s.name, f.origin, k.text, a.id, b.id, f.valid_from, f.valid_to, f.weight, r.text
FROM facts AS f
JOIN sources AS s ON s.pk = f.source
JOIN words AS k ON k.pk = f.kind
JOIN members AS a ON a.pk = f.subject
JOIN members AS b ON b.pk = f.object
LEFT JOIN words AS r ON r.pk = f.role
WHERE f.gone = 0
