-- question: the live content of members, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT m.id AS id, m.label AS label, m.space AS space, m.key AS key, w.text AS domain, t.id AS twin
FROM members AS m
LEFT JOIN words AS w ON w.pk = m.domain
LEFT JOIN members AS t ON t.pk = m.twin
