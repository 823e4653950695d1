-- question: at which change did links change last? Zero where they never did
-- parameters: none
-- order: one row
SELECT ifnull(max(seq), 0) AS sequence FROM change WHERE what = 'links'
