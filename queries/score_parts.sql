-- question: the rows of a score of a run, in parts?
-- parameters: :run_id, :score
-- order: part
SELECT p.rows
FROM score_sets AS s
JOIN score_parts AS p ON p.kept = s.pk
WHERE s.run_id = :run_id AND s.name = :score
ORDER BY p.part
