-- question: what is a value of the workspace itself?
-- parameters: :name
-- order: none
SELECT value FROM meta WHERE name = :name
