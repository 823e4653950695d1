-- question: which texts do jobs have?
-- parameters: none
-- order: id
-- scans: all rows are looked through, once per erasure
SELECT id, args, note, error, report FROM jobs ORDER BY id
