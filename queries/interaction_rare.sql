-- question: the columns of interactions that mostly hold their default, where one of them does not?
-- parameters: :first, :last
-- order: pk
-- a relevance that was not measured comes as infinity, since a column of floats has no NULL
SELECT pk, topic, object, weight, ifnull(relevance, 9e999), gone
FROM interactions
WHERE pk BETWEEN :first AND :last
    AND (gone <> 0 OR topic <> -1 OR object <> -1 OR weight <> 1.0 OR relevance IS NOT NULL)
ORDER BY pk
