-- question: the documents of a kind, of one owner or of all?
-- parameters: :kind, :owner
-- order: oldest first
SELECT pk, kind, id, owner, value, version, created, changed
FROM documents
WHERE kind = :kind AND (:owner IS NULL OR owner = :owner)
ORDER BY pk
