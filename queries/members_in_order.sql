-- question: what are the public ids and labels of some members?
-- parameters: :members
-- order: the canonical member first (recorded first, then smallest id)
SELECT pk, id, label FROM members WHERE pk IN (SELECT value FROM json_each(:members)) ORDER BY rec, id
