// question: the rows of a score of a run, in parts?
// parameters: $run_id, $score
// order: part
MATCH (s:ScoreSets {run_id: $run_id, name: $score})
MATCH (p:ScoreParts {kept: s.pk})
RETURN p.rows AS rows
ORDER BY p.part
