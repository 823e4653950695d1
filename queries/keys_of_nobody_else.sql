-- question: which keys have some members and no other?
-- parameters: :members
-- order: none
SELECT DISTINCT m.key
FROM members AS m
WHERE m.pk IN (SELECT value FROM json_each(:members))
  AND NOT EXISTS (SELECT 1 FROM members AS x
                  WHERE x.key = m.key AND x.pk NOT IN (SELECT value FROM json_each(:members)))
