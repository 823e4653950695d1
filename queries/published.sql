-- question: up to which change may everybody read?
-- parameters: none
-- order: one row
SELECT ifnull(max(pk), 0) AS sequence, ifnull((SELECT time FROM commits ORDER BY pk DESC LIMIT 1), 0) AS time
FROM commits
