-- question: the live content of organizations, without handles?
-- parameters: none
-- order: none
SELECT s.name, m.id, d.text, i.text, r.text, k.text, o.name
FROM organizations AS o
JOIN sources AS s ON s.pk = o.source
JOIN members AS m ON m.pk = o.member
LEFT JOIN words AS d ON d.pk = o.domain
LEFT JOIN words AS i ON i.pk = o.industry
LEFT JOIN words AS r ON r.pk = o.region
LEFT JOIN words AS k ON k.pk = o.kind
WHERE o.gone = 0
