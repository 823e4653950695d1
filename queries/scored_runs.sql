-- question: which runs have scores that are kept, and when did they start? Nulls where the run itself is not there
-- parameters: none
-- order: none
-- scans: a small table
SELECT DISTINCT s.run_id AS run_id, r.started AS started, r.pk AS pk
FROM score_sets AS s
LEFT JOIN runs AS r ON r.id = s.run_id
