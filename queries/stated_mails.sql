-- question: which mail addresses, as members, do the live records of some people give?
-- parameters: :members
-- order: member, mail
SELECT DISTINCT member, mail
FROM people
WHERE gone = 0 AND mail >= 0 AND mail <> member AND member IN (SELECT value FROM json_each(:members))
ORDER BY member, mail
