// question: which texts do suggestions have?
// parameters: none
// order: id
// scans: all rows are looked through, once per erasure
MATCH (s:Suggestions)
RETURN s.id AS id, s.reasons AS reasons, s.reason AS reason
ORDER BY id
