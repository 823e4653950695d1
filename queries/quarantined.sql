-- question: which rows could not be taken, and why?
-- parameters: :source, :limit
-- order: newest first
SELECT time, source, what, place, code, args, raw
FROM quarantine
WHERE :source IS NULL OR source = :source
ORDER BY pk DESC
LIMIT :limit
