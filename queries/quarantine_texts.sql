-- question: which texts are held back?
-- parameters: none
-- order: handle
-- scans: all rows are looked through, once per erasure
SELECT pk, raw, args FROM quarantine ORDER BY pk
