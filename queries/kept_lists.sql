-- question: which weekly lists were kept for a rep, or of any team for "team:"?
-- parameters: :rep
-- order: week, newest first, then rep
-- scans: a small table
SELECT week, items
FROM lists
WHERE rep = :rep OR (:rep = 'team:' AND substr(rep, 1, 5) = 'team:')
ORDER BY week DESC, rep
