-- question: what is the handle of a source?
-- parameters: :source
-- order: none
SELECT pk FROM sources WHERE name = :source
