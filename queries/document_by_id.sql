-- question: one document, by its kind and id?
-- parameters: :kind, :id
-- order: none
SELECT pk, kind, id, owner, value, version, created, changed
FROM documents
WHERE kind = :kind AND id = :id
