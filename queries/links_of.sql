-- question: which links that hold now touch some members?
-- parameters: :members
-- order: handle
SELECT pk, a, b, judged FROM links WHERE gone = 0 AND a IN (SELECT value FROM json_each(:members))
UNION
SELECT pk, a, b, judged FROM links WHERE gone = 0 AND b IN (SELECT value FROM json_each(:members))
ORDER BY pk
