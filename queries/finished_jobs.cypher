// question: which jobs ended before a moment?
// parameters: $before, $limit
// order: oldest first, then id
MATCH (j:Jobs)
WHERE j.created < $before AND j.finished < $before AND NOT j.state IN ['queued', 'running']
RETURN j.id AS id
ORDER BY j.created, j.id
LIMIT $limit
