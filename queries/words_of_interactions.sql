-- question: which of some words does an interaction use?
-- parameters: :words
-- order: none
-- scans: all rows are looked through, once per erasure
SELECT kind AS pk FROM interactions WHERE kind IN (SELECT value FROM json_each(:words))
UNION
SELECT channel FROM interactions WHERE channel IN (SELECT value FROM json_each(:words))
UNION
SELECT topic FROM interactions WHERE topic IN (SELECT value FROM json_each(:words))
