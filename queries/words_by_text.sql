-- question: what are the handles of some words?
-- parameters: :texts
-- order: none
SELECT text, pk FROM words WHERE text IN (SELECT value FROM json_each(:texts))
