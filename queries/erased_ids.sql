-- question: which public ids were erased?
-- parameters: none
-- order: id
-- scans: all of them are asked for
SELECT id FROM erased ORDER BY id
