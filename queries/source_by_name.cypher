// question: what is the handle of a source?
// parameters: $source
// order: none
MATCH (s:Sources {name: $source})
RETURN s.pk AS pk
