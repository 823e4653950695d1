// question: which live rows do the interactions of some (time, key) have?
// parameters: $moments
// order: none
UNWIND $moments AS s
MATCH (n:Interaction {key: s[1], time: s[0]})<-[i:TOOK_PART]-(:Member)
USING INDEX SEEK n:Interaction(key, time)
WHERE i.gone = 0
RETURN
    i.time AS time, i.key AS key, i.actor AS actor, i.target AS target, i.role AS role, i.kind AS kind,
    i.channel AS channel, coalesce(i.topic, -1) AS topic, coalesce(i.object, -1) AS object,
    i.weight AS weight, i.relevance AS relevance, i.record_id AS record_id, i.source AS source, i.pk AS pk
