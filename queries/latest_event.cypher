// question: when was the newest event by a moment: an interaction, a dated statement, a deal opened or closed? Null where there is none
// parameters: $now
// order: one row
// scans: facts and deals have no index of time
CALL () {
    MATCH (i:Interaction)
    WHERE i.time <= $now AND EXISTS { MATCH (i)<-[t:TOOK_PART]-(:Member) WHERE t.gone = 0 }
    WITH i.time AS time
    ORDER BY time DESC
    LIMIT 1
    RETURN time
    UNION ALL
    MATCH (:Member)-[f:FACT]->(:Member)
    WHERE f.gone = 0 AND f.valid_from <= $now AND f.valid_from > -9000000000000000000
    RETURN max(f.valid_from) AS time
    UNION ALL
    MATCH (o:OpportunityRecord)
    WHERE o.gone = 0 AND o.created >= 1 AND o.created <= $now
    RETURN max(o.created) AS time
    UNION ALL
    MATCH (o:OpportunityRecord)
    WHERE o.gone = 0 AND o.closed >= 1 AND o.closed <= $now
    RETURN max(o.closed) AS time
}
RETURN max(time) AS time
