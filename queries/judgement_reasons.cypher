// question: which reasons were given for judgements?
// parameters: none
// order: handle
// scans: all rows are looked through, once per erasure
MATCH (j:Judgement)
WHERE j.reason <> ''
RETURN j.pk AS pk, j.reason AS reason
ORDER BY pk
