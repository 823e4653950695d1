-- question: one job, by its id?
-- parameters: :id
-- order: none
SELECT
    id, kind, args, state, slot, created, started, finished, owner, lease, attempts, progress, done_rows, note, error,
    report, cancel
FROM jobs
WHERE id = :id
