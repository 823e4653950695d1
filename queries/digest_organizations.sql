-- question: the live content of organizations, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT
    s.name AS source, m.id AS member, d.text AS domain, i.text AS industry, r.text AS region, k.text AS kind,
    o.name AS name
FROM organizations AS o
JOIN sources AS s ON s.pk = o.source
JOIN members AS m ON m.pk = o.member
LEFT JOIN words AS d ON d.pk = o.domain
LEFT JOIN words AS i ON i.pk = o.industry
LEFT JOIN words AS r ON r.pk = o.region
LEFT JOIN words AS k ON k.pk = o.kind
WHERE o.gone = 0
