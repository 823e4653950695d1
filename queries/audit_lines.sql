-- question: who did what, and when?
-- parameters: :limit
-- order: newest first
SELECT time, who, action, detail FROM audit ORDER BY pk DESC LIMIT :limit
