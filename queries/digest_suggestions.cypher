// question: the live content of suggestions, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (s:Suggestions)
RETURN s.id AS id, s.state AS state, s.author AS author, s.reason AS reason
