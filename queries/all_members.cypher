// question: which members are there?
// parameters: none
// order: member
// scans: the question is about all of them
MATCH (m:Member)
RETURN m.pk AS pk
ORDER BY pk
