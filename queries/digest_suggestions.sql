-- question: the live content of suggestions, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT id, state, author, reason FROM suggestions
