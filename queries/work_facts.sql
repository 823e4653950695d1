-- question: which live facts follow from a source's rows of some works?
-- parameters: :works, :source
-- order: none
SELECT subject, object, kind, valid_from, role, pk
FROM facts
WHERE gone = 0 AND origin = 1 AND source = :source AND object IN (SELECT value FROM json_each(:works))
