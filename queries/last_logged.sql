-- question: what is the newest change in the change log?
-- parameters: none
-- order: none
SELECT ifnull(max(seq), 0) AS last FROM change
