// question: which interactions of some times and keys does a source hold, and which other source does too?
// parameters: $source, $moments
// order: handle
UNWIND $moments AS wanted
MATCH (i:Interaction {key: wanted[1], time: wanted[0]})<-[t:TOOK_PART]-(:Member)
USING INDEX SEEK i:Interaction(key, time)
WHERE t.gone = 0
WITH DISTINCT t
OPTIONAL MATCH (x:Also {row: t.pk})
USING INDEX SEEK x:Also(row)
WITH t, collect(x.source) AS others, min(x.source) AS least
WHERE t.source = $source OR $source IN others
RETURN t.pk AS pk, t.time AS time, t.key AS key, CASE WHEN t.source = $source THEN least ELSE t.source END AS other
ORDER BY pk
