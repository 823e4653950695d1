// question: which runs have scores that are kept, and when did they start? Nulls where the run itself is not there
// parameters: none
// order: none
// scans: a small table
MATCH (s:ScoreSets)
WITH DISTINCT s.run_id AS run_id
OPTIONAL MATCH (r:Runs {id: run_id})
RETURN run_id, r.started AS started, r.pk AS pk
