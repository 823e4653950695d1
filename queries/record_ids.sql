-- question: which records have a text as their own public id, key or mail address?
-- parameters: :text, :lower, :label
-- order: public id
SELECT id
FROM members
WHERE (id = :lower OR key = :text OR (space = 'email' AND key = :lower)) AND (:label IS NULL OR label = :label)
ORDER BY id
