-- question: which member has a public id, and of which label is it?
-- parameters: :id
-- order: none
SELECT pk, label FROM members WHERE id = :id
