// question: which rows in quarantine are older than a moment [us]?
// parameters: $before
// order: none
MATCH (q:Quarantined) WHERE q.time < $before
RETURN q.pk AS pk
