-- question: how do some suggestions stand?
-- parameters: :ids
-- order: none
SELECT id, state, author, until FROM suggestions WHERE id IN (SELECT value FROM json_each(:ids))
