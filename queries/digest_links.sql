-- question: the live content of links, without handles?
-- parameters: none
-- order: none
SELECT a.id, b.id, l.judged
FROM links AS l
JOIN members AS a ON a.pk = l.a
JOIN members AS b ON b.pk = l.b
WHERE l.gone = 0
