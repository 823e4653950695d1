-- question: what are the public ids of some members?
-- parameters: :pks
-- order: none
SELECT pk, id FROM members WHERE pk IN (SELECT value FROM json_each(:pks))
