-- question: which pairs of members do the judgements of one kind that hold now name?
-- parameters: :kind
-- order: handle
-- scans: what people judged is little, and asked for only where something new is to be joined
SELECT j.pk, j.a, j.b
FROM words AS w
JOIN judgements AS j ON j.kind = w.pk
WHERE w.text = :kind AND j.gone = 0
ORDER BY j.pk
