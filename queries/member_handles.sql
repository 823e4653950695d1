-- question: what are the handles of some public ids?
-- parameters: :ids
-- order: none
SELECT id, pk FROM members WHERE id IN (SELECT value FROM json_each(:ids))
