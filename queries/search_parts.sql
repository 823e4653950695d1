-- question: which members' keys, names, titles or addresses contain a short text anywhere?
-- parameters: :pattern, :label, :limit
-- order: where it stands (name, key, address, title), then length, then member
SELECT f.rowid,
    CASE
        WHEN f.name LIKE :pattern ESCAPE '\' THEN 0
        WHEN f.key LIKE :pattern ESCAPE '\' THEN 1
        WHEN f.email LIKE :pattern ESCAPE '\' THEN 2
        ELSE 3
    END AS badness
FROM found AS f
JOIN members AS m ON m.pk = f.rowid
WHERE (:label IS NULL OR m.label = :label)
    AND (
        f.name LIKE :pattern ESCAPE '\' OR f.key LIKE :pattern ESCAPE '\'
        OR f.email LIKE :pattern ESCAPE '\' OR f.title LIKE :pattern ESCAPE '\'
    )
ORDER BY badness, length(f.name), f.rowid
LIMIT :limit
