-- question: the statements behind fact rows?
-- parameters: :rows
-- order: row
SELECT
    f.pk AS pk, s.name AS source, f.valid_from AS time, k.text AS kind, f.subject AS subject, f.object AS object,
    r.text AS role, a.key AS subject_key, b.key AS object_key
FROM facts AS f
JOIN sources AS s ON s.pk = f.source
JOIN words AS k ON k.pk = f.kind
JOIN members AS a ON a.pk = f.subject
JOIN members AS b ON b.pk = f.object
LEFT JOIN words AS r ON r.pk = f.role
WHERE f.pk IN (SELECT value FROM json_each(:rows))
ORDER BY f.pk
