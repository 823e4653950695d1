// question: what is a value of the workspace itself?
// parameters: $name
// order: none
MATCH (m:Meta {name: $name})
RETURN m.value AS value
