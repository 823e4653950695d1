-- question: which facts of one kind did a source itself state between some subjects and objects?
-- parameters: :source, :kind, :subjects, :objects
-- order: handle
SELECT f.pk
FROM words AS w
CROSS JOIN json_each(:subjects) AS s
CROSS JOIN facts AS f ON f.subject = s.value AND f.kind = w.pk
WHERE w.text = :kind AND f.gone = 0 AND f.source = :source AND f.origin = 0
  AND f.object IN (SELECT value FROM json_each(:objects))
ORDER BY f.pk
