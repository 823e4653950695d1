-- question: which twins do some members have?
-- parameters: :pks
-- order: none
SELECT pk, twin FROM members WHERE pk IN (SELECT value FROM json_each(:pks))
