-- question: which members from a handle on have a key said to be ours, and who said so?
-- parameters: :first_new, :labels
-- order: handle
-- scans: of our own keys there are few
SELECT o.author, m.pk
FROM own_keys AS o
JOIN members AS m ON m.key = o.key
WHERE m.pk >= :first_new AND m.label IN (SELECT value FROM json_each(:labels))
ORDER BY m.pk
