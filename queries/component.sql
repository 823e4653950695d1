-- question: which members are one entity with a member, over the links that hold now?
-- parameters: :member
-- order: the canonical member first (recorded first, then smallest id)
WITH RECURSIVE whole(pk) AS (
    SELECT :member
    UNION
    SELECT l.b FROM whole AS w JOIN links AS l ON l.a = w.pk AND l.gone = 0
    UNION
    SELECT l.a FROM whole AS w JOIN links AS l ON l.b = w.pk AND l.gone = 0
)
SELECT m.pk
FROM whole AS w
JOIN members AS m ON m.pk = w.pk
ORDER BY m.rec, m.id
