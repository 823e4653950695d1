-- question: which organizations have, or had, some mail domains by a source, and does a record say so now (live 1)?
-- parameters: :domains
-- order: domain, member, source
SELECT domain, source, member, max(gone = 0) AS live
FROM organizations
WHERE domain >= 0 AND domain IN (SELECT value FROM json_each(:domains))
GROUP BY domain, source, member
ORDER BY domain, member, source
