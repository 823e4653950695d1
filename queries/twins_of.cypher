// question: which twins do some members have?
// parameters: $pks
// order: none
UNWIND $pks AS pk
MATCH (m:Member {pk: pk})
RETURN m.pk AS pk, m.twin AS twin
