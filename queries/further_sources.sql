-- question: which further sources hold some interaction rows?
-- parameters: :rows
-- order: none
SELECT row, source FROM also WHERE row IN (SELECT value FROM json_each(:rows))
