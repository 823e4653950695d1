-- question: which scores of a run are kept, or one of them?
-- parameters: :run_id, :score
-- order: none
SELECT pk FROM score_sets WHERE run_id = :run_id AND (:score IS NULL OR name = :score)
