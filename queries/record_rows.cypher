// question: which live rows with an id belong to some interaction keys?
// parameters: $keys
// order: none
UNWIND $keys AS key
MATCH (n:Interaction)<-[i:TOOK_PART]-(:Member)
USING INDEX SEEK n:Interaction(key, time)
WHERE n.key = key AND n.time IS NOT NULL AND i.record_id IS NOT NULL AND i.gone = 0
RETURN i.pk AS pk, i.key AS key, i.time AS time
