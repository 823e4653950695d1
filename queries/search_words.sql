-- question: which members' keys, names, titles or addresses contain all words of a text (three letters or more)?
-- parameters: :match, :label, :limit
-- order: best first by BM25, names and keys above titles, then member
SELECT f.rowid, round(bm25(found, 4.0, 8.0, 1.0, 4.0), 6) AS badness
FROM found AS f
JOIN members AS m ON m.pk = f.rowid
WHERE found MATCH :match AND (:label IS NULL OR m.label = :label)
ORDER BY badness, f.rowid
LIMIT :limit
