-- question: which rows were added, changed or erased after a sequence number?
-- parameters: :since
-- order: table, first row
SELECT what, op, first, last
FROM change
WHERE seq > :since
ORDER BY what, first
