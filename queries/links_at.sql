-- question: which links held at a sequence number, and how were their two members recorded?
-- parameters: :sequence
-- order: none
-- scans: all links are asked for
SELECT l.a AS a, a.rec AS a_rec, a.id AS a_id, l.b AS b, b.rec AS b_rec, b.id AS b_id
FROM links AS l
JOIN members AS a ON a.pk = l.a
JOIN members AS b ON b.pk = l.b
WHERE l.rec <= :sequence AND (l.gone = 0 OR l.gone > :sequence)
