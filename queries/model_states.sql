-- question: what became of the models of a score, or of all?
-- parameters: :score
-- order: oldest first
-- scans: a small table
SELECT pk, model, score, state, time, author, reason, said, detail
FROM model_states
WHERE :score IS NULL OR score = :score
ORDER BY pk
