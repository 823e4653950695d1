// question: which sources are there?
// parameters: none
// order: none
// scans: all sources are asked for
MATCH (s:Sources)
RETURN s.pk AS pk, s.name AS name
