// question: what is a workspace setting?
// parameters: $name
// order: none
MATCH (s:Settings {name: $name})
RETURN s.value AS value
