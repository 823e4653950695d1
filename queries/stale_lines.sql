-- question: which rows in quarantine are older than a moment [us]?
-- parameters: :before
-- order: none
SELECT pk FROM quarantine WHERE time < :before
