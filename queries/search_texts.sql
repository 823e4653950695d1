-- question: what do live claims say of some members: names, titles, addresses?
-- parameters: :members
-- order: none
SELECT m.pk, m.key, n.name, n.title, n.email
FROM members AS m
LEFT JOIN (
    SELECT member, name, title, email FROM people
    WHERE gone = 0 AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT member, name, NULL, NULL FROM organizations
    WHERE gone = 0 AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT member, name, NULL, NULL FROM works
    WHERE gone = 0 AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT member, name, NULL, NULL FROM opportunities
    WHERE gone = 0 AND member IN (SELECT value FROM json_each(:members))
) AS n ON n.member = m.pk
WHERE m.pk IN (SELECT value FROM json_each(:members))
