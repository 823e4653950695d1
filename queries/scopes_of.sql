-- question: in which scopes are the ids of a source's records unique?
-- parameters: :source
-- order: scope
SELECT scope FROM scopes WHERE source = :source ORDER BY scope
