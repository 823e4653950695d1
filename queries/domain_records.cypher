// question: which organizations have, or had, some mail domains by a source, and does a record say so now (live 1)?
// parameters: $domains
// order: domain, member, source
UNWIND $domains AS wanted
MATCH (r:OrganizationRecord {domain: wanted})
WITH r.domain AS domain, r.source AS source, r.member AS member, min(r.gone) AS least
RETURN domain, source, member, CASE WHEN least = 0 THEN 1 ELSE 0 END AS live
ORDER BY domain, member, source
