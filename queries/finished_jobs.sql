-- question: which jobs ended before a moment?
-- parameters: :before, :limit
-- order: oldest first, then id
SELECT id
FROM jobs
WHERE created < :before AND finished < :before AND state NOT IN ('queued', 'running')
ORDER BY created, id
LIMIT :limit
