// question: which rows of a source's file are in quarantine?
// parameters: $source, $place
// order: none
MATCH (q:Quarantined) WHERE q.pk > 0 AND q.source = $source AND q.place STARTS WITH $place
RETURN q.pk AS pk, q.digest AS digest
