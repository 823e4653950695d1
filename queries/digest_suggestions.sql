-- question: the live content of suggestions, without handles?
-- parameters: none
-- order: none
SELECT id, state, author, reason FROM suggestions
