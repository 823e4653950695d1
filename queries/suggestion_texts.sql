-- question: which texts do suggestions have?
-- parameters: none
-- order: id
-- scans: all rows are looked through, once per erasure
SELECT id, reasons, reason FROM suggestions ORDER BY id
