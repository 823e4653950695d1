-- question: what do sources say of some members: key, space and every name, address and title, as known at a sequence number?
-- parameters: :members, :sequence
-- order: member in order of recording, claims in order of arrival
SELECT m.pk, m.id, m.label, m.twin, m.space, m.key, n.source, n.name, n.email, n.title
FROM members AS m
LEFT JOIN (
    SELECT pk, member, source, name, email, title FROM people
    WHERE rec <= :sequence AND (gone = 0 OR gone > :sequence) AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT pk, member, source, name, NULL, NULL FROM organizations
    WHERE rec <= :sequence AND (gone = 0 OR gone > :sequence) AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT pk, member, source, name, NULL, NULL FROM works
    WHERE rec <= :sequence AND (gone = 0 OR gone > :sequence) AND member IN (SELECT value FROM json_each(:members))
    UNION ALL
    SELECT pk, member, source, name, NULL, NULL FROM opportunities
    WHERE rec <= :sequence AND (gone = 0 OR gone > :sequence) AND member IN (SELECT value FROM json_each(:members))
) AS n ON n.member = m.pk
WHERE m.pk IN (SELECT value FROM json_each(:members))
ORDER BY m.rec, m.id, n.pk
