// question: which scores of a run are kept, or one of them?
// parameters: $run_id, $score
// order: none
MATCH (s:ScoreSets)
WHERE s.run_id = $run_id AND s.name IS NOT NULL AND ($score IS NULL OR s.name = $score)
RETURN s.pk AS pk
