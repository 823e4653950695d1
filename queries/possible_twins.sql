-- question: which organizations are there only because the key of some people might have meant one?
-- parameters: :members
-- order: handle
SELECT DISTINCT t.pk
FROM members AS m
JOIN members AS t ON t.label = 1 AND t.space = m.space AND t.key = m.key AND (m.twin = t.pk OR t.twin = m.pk)
WHERE m.pk IN (SELECT value FROM json_each(:members))
ORDER BY t.pk
