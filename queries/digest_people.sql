-- question: the live content of people, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT
    s.name AS source, m.id AS member, p.internal AS internal, p.level AS level, p.signs AS signs, o.id AS organization,
    p.name AS name, p.email AS email, p.title AS title, p.level_text AS level_text
FROM people AS p
JOIN sources AS s ON s.pk = p.source
JOIN members AS m ON m.pk = p.member
LEFT JOIN members AS o ON o.pk = p.organization
WHERE p.gone = 0
