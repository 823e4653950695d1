-- question: the live content of who is ours, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT w.text AS domain, m.id AS member
FROM own AS o
LEFT JOIN words AS w ON w.pk = o.domain
LEFT JOIN members AS m ON m.pk = o.member
WHERE o.gone = 0
