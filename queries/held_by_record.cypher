// question: which interactions with some keys made of record ids does a source hold, and which other source does too?
// parameters: $source, $keys
// order: handle
UNWIND $keys AS wanted
MATCH (i:Interaction {key: wanted})<-[t:TOOK_PART]-(:Member)
USING INDEX SEEK i:Interaction(key, time)
WHERE i.time IS NOT NULL AND t.gone = 0 AND t.record_id IS NOT NULL
WITH DISTINCT t
OPTIONAL MATCH (x:Also {row: t.pk})
USING INDEX SEEK x:Also(row)
WITH t, collect(x.source) AS others, min(x.source) AS least
WHERE t.source = $source OR $source IN others
RETURN t.pk AS pk, t.time AS time, t.key AS key, CASE WHEN t.source = $source THEN least ELSE t.source END AS other
ORDER BY pk
