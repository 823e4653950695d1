-- question: which runs were there, of one kind or of all?
-- parameters: :kind, :limit
-- order: newest first
-- scans: a small table; its texts are read for the rows given only
SELECT r.body
FROM (
    SELECT pk FROM runs WHERE :kind IS NULL OR kind = :kind ORDER BY started DESC, pk DESC LIMIT :limit
) AS newest
JOIN runs AS r ON r.pk = newest.pk
ORDER BY r.started DESC, r.pk DESC
