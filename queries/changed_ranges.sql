-- question: which rows were added, changed or erased after one sequence number and up to another?
-- parameters: :since, :until
-- order: table, first row
SELECT what, op, first, last
FROM change
WHERE seq > :since AND seq <= :until
ORDER BY what, first
