// question: which reasons did people give for what became of models?
// parameters: none
// order: number
// scans: all rows are looked through, once per erasure
MATCH (s:ModelStates)
WHERE s.said <> ''
RETURN s.pk AS pk, s.said AS reason
ORDER BY pk
