// question: how do some suggestions stand?
// parameters: $ids
// order: none
UNWIND $ids AS id
MATCH (s:Suggestions {id: id})
RETURN s.id AS id, s.state AS state, s.author AS author, s.until AS until
