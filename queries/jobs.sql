-- question: which jobs are there, in one state or all?
-- parameters: :state, :limit
-- order: newest first, then id
SELECT
    id, kind, args, state, slot, created, started, finished, owner, lease, attempts, progress, done_rows, note, error,
    report, cancel
FROM jobs
WHERE :state IS NULL OR state = :state
ORDER BY created DESC, id
LIMIT :limit
