// question: where did the last committed page of a source end?
// parameters: $name
// order: none
MATCH (s:Sources {name: $name})
RETURN s.cursor AS value
