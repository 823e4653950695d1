-- question: which live facts did a source state among some claims: (subject, object, kind, valid_from, role)?
-- parameters: :claims, :source
-- order: none
SELECT f.subject, f.object, f.kind, f.valid_from, f.role, f.pk, f.valid_to, f.weight
FROM temp.claims AS c
CROSS JOIN facts AS f ON f.subject = c.c0 AND f.object = c.c1 AND f.kind = c.c2 AND f.valid_from = c.c3 AND f.role = c.c4
    AND f.source = :source AND f.origin = 0 AND f.gone = 0
