-- question: which of some words does a row other than an interaction use?
-- parameters: :words
-- order: none
-- scans: all rows are looked through, once per erasure
SELECT domain AS pk FROM members WHERE domain IN (SELECT value FROM json_each(:words))
UNION
SELECT domain FROM organizations WHERE domain IN (SELECT value FROM json_each(:words))
UNION
SELECT industry FROM organizations WHERE industry IN (SELECT value FROM json_each(:words))
UNION
SELECT region FROM organizations WHERE region IN (SELECT value FROM json_each(:words))
UNION
SELECT kind FROM organizations WHERE kind IN (SELECT value FROM json_each(:words))
UNION
SELECT kind FROM works WHERE kind IN (SELECT value FROM json_each(:words))
UNION
SELECT topic FROM works WHERE topic IN (SELECT value FROM json_each(:words))
UNION
SELECT stage FROM opportunities WHERE stage IN (SELECT value FROM json_each(:words))
UNION
SELECT currency FROM opportunities WHERE currency IN (SELECT value FROM json_each(:words))
UNION
SELECT product FROM opportunities WHERE product IN (SELECT value FROM json_each(:words))
UNION
SELECT kind FROM facts WHERE kind IN (SELECT value FROM json_each(:words))
UNION
SELECT role FROM facts WHERE role IN (SELECT value FROM json_each(:words))
UNION
SELECT domain FROM own WHERE domain IN (SELECT value FROM json_each(:words))
UNION
SELECT kind FROM judgements WHERE kind IN (SELECT value FROM json_each(:words))
UNION
SELECT name FROM judgements WHERE name IN (SELECT value FROM json_each(:words))
