// question: what was the last handle a table gave out?
// parameters: $what
// order: none
MATCH (h:Handles {what: $what})
RETURN h.last AS last
