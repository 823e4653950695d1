-- question: where did the last committed page of a source end?
-- parameters: :name
-- order: none
SELECT cursor AS value FROM sources WHERE name = :name
