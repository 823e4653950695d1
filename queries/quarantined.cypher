// question: which rows could not be taken, and why?
// parameters: $source, $limit
// order: newest first
MATCH (q:Quarantined)
WHERE q.pk > 0 AND ($source IS NULL OR q.source = $source)
RETURN
    q.time AS time, q.source AS source, q.what AS what, q.place AS place, q.code AS code, q.args AS args, q.raw AS raw
ORDER BY q.pk DESC
LIMIT $limit
