// question: what became of the models of a score, or of all?
// parameters: $score
// order: oldest first
// scans: a small table
MATCH (s:ModelStates)
WHERE $score IS NULL OR s.score = $score
RETURN
    s.pk AS pk, s.model AS model, s.score AS score, s.state AS state, s.time AS time, s.author AS author,
    s.reason AS reason, s.said AS said, s.detail AS detail
ORDER BY pk
