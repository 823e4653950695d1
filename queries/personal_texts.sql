-- question: which keys, addresses and names were ever given to some people?
-- parameters: :members
-- order: none
SELECT key AS text FROM members WHERE pk IN (SELECT value FROM json_each(:members))
UNION
SELECT email FROM people WHERE member IN (SELECT value FROM json_each(:members)) AND email <> ''
UNION
SELECT name FROM people WHERE member IN (SELECT value FROM json_each(:members)) AND name <> ''
