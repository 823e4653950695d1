-- question: the live content of members, without handles?
-- parameters: none
-- order: none
SELECT m.id, m.label, m.space, m.key, w.text, t.id
FROM members AS m
LEFT JOIN words AS w ON w.pk = m.domain
LEFT JOIN members AS t ON t.pk = m.twin
