-- question: the live content of links, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT a.id AS a, b.id AS b, l.judged AS judged
FROM links AS l
JOIN members AS a ON a.pk = l.a
JOIN members AS b ON b.pk = l.b
WHERE l.gone = 0
