-- question: which automatic links hold now from some members?
-- parameters: :members
-- order: handle
SELECT pk, a, b, judged
FROM links
WHERE gone = 0 AND judged = 0 AND a IN (SELECT value FROM json_each(:members))
ORDER BY pk
