-- question: how many links that hold now lead to some members?
-- parameters: :members
-- order: none; members without a link are left out
SELECT b AS member, count(*) AS links
FROM links
WHERE gone = 0 AND b IN (SELECT value FROM json_each(:members))
GROUP BY b
