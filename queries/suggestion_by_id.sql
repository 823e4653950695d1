-- question: one suggestion, by its id?
-- parameters: :id
-- order: none
SELECT play, owner, target, through, gain, reasons, evidence, run_id, expires, state, author, reason, decided, until
FROM suggestions
WHERE id = :id
