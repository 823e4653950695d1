// question: which runs were there, of one kind or of all?
// parameters: $kind, $limit
// order: newest first
// scans: a small table; its texts are read for the rows given only
MATCH (r:Runs)
WHERE $kind IS NULL OR r.kind = $kind
WITH r
ORDER BY r.started DESC, r.pk DESC
LIMIT $limit
RETURN r.body AS body
ORDER BY r.started DESC, r.pk DESC
