// question: the live content of quarantine, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (q:Quarantined)
RETURN q.digest AS digest
