-- question: which suggestions are in a state, for an owner?
-- parameters: :state, :owner
-- order: gain, highest first, then id
-- scans: a small table
SELECT play, owner, target, through, gain, reasons, evidence, run_id, expires, state, author, reason, decided, until
FROM suggestions
WHERE (:state IS NULL OR state = :state) AND (:owner IS NULL OR owner = :owner)
ORDER BY gain DESC, id
