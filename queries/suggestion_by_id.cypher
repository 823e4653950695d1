// question: one suggestion, by its id?
// parameters: $id
// order: none
MATCH (s:Suggestions {id: $id})
RETURN
    s.play AS play, s.owner AS owner, s.target AS target, s.through AS through, s.gain AS gain, s.reasons AS reasons,
    s.evidence AS evidence, s.run_id AS run_id, s.expires AS expires, s.state AS state, s.author AS author,
    s.reason AS reason, s.decided AS decided, s.until AS until
