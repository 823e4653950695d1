-- question: what is a workspace setting?
-- parameters: :name
-- order: none
SELECT value FROM settings WHERE name = :name
