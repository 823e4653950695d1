-- question: what was the last handle a table gave out?
-- parameters: :what
-- order: none
SELECT last FROM handles WHERE what = :what
