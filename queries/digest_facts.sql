-- question: the live content of facts, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT
    s.name AS source, f.origin AS origin, k.text AS kind, a.id AS subject, b.id AS object, f.valid_from AS valid_from,
    f.valid_to AS valid_to, f.weight AS weight, r.text AS role
FROM facts AS f
JOIN sources AS s ON s.pk = f.source
JOIN words AS k ON k.pk = f.kind
JOIN members AS a ON a.pk = f.subject
JOIN members AS b ON b.pk = f.object
LEFT JOIN words AS r ON r.pk = f.role
WHERE f.gone = 0
