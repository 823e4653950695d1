// question: which suggestions are in a state, for an owner?
// parameters: $state, $owner
// order: gain, highest first, then id
// scans: a small table
MATCH (s:Suggestions)
WHERE ($state IS NULL OR s.state = $state) AND ($owner IS NULL OR s.owner = $owner)
RETURN
    s.play AS play, s.owner AS owner, s.target AS target, s.through AS through, s.gain AS gain, s.reasons AS reasons,
    s.evidence AS evidence, s.run_id AS run_id, s.expires AS expires, s.state AS state, s.author AS author,
    s.reason AS reason, s.decided AS decided, s.until AS until
ORDER BY s.gain DESC, s.id
