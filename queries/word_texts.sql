-- question: what are the texts of some words?
-- parameters: :pks
-- order: none
SELECT text, pk FROM words WHERE pk IN (SELECT value FROM json_each(:pks))
