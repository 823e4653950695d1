-- question: which models are there, of one name and by a moment where given?
-- parameters: :named, :as_of
-- order: newest first
-- scans: a small table
SELECT body
FROM models
WHERE (:named IS NULL OR name = :named) AND (:as_of IS NULL OR as_of <= :as_of)
ORDER BY as_of DESC, pk DESC
