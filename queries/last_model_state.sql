-- question: the number of the last entry in the history of models? Zero where it is empty
-- parameters: none
-- order: one row
SELECT ifnull(max(pk), 0) AS pk FROM model_states
