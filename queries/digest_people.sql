-- question: the live content of people, without handles?
-- parameters: none
-- order: none
SELECT s.name, m.id, p.internal, p.level, p.signs, o.id, p.name, p.email, p.title, p.level_text
FROM people AS p
JOIN sources AS s ON s.pk = p.source
JOIN members AS m ON m.pk = p.member
LEFT JOIN members AS o ON o.pk = p.organization
WHERE p.gone = 0
