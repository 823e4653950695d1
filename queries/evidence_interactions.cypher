// question: the source records behind interaction rows?
// parameters: $rows
// order: row
UNWIND $rows AS row
WITH DISTINCT row
MATCH (:Interaction)<-[i:TOOK_PART {pk: row}]-(:Member)
MATCH (s:Sources {pk: i.source})
MATCH (a:Member {pk: i.actor})
OPTIONAL MATCH (k:Word {pk: i.kind})
OPTIONAL MATCH (c:Word {pk: i.channel})
RETURN
    i.pk AS pk, s.name AS source, i.record_id AS record_id, i.time AS time, k.text AS kind, c.text AS channel,
    i.actor AS actor, i.target AS target, i.role AS role, a.key AS key
ORDER BY pk
