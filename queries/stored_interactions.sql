-- question: which live rows do the interactions of some (time, key) have?
-- parameters: :moments
-- order: none
SELECT
    i.time, i.key, i.actor, i.target, i.role, i.kind, i.channel, i.topic, i.object, i.weight, i.relevance, i.record_id,
    i.source, i.pk
FROM temp.moments AS s
CROSS JOIN interactions AS i ON i.time = s.c0 AND i.key = s.c1
WHERE i.gone = 0
