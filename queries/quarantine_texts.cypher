// question: which texts are held back?
// parameters: none
// order: handle
// scans: all rows are looked through, once per erasure
MATCH (q:Quarantined)
RETURN q.pk AS pk, q.raw AS raw, q.args AS args
ORDER BY pk
