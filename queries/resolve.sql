-- question: which members have a text as their public id, as their key or address, or as their exact name?
-- parameters: :text, :lower
-- order: member
SELECT pk FROM members WHERE id = :lower
UNION
SELECT pk FROM members WHERE key = :text OR (space = 'email' AND key = :lower)
UNION
SELECT member FROM people WHERE gone = 0 AND name = :text
UNION
SELECT member FROM organizations WHERE gone = 0 AND name = :text
UNION
SELECT member FROM works WHERE gone = 0 AND name = :text
UNION
SELECT member FROM opportunities WHERE gone = 0 AND name = :text
ORDER BY 1
