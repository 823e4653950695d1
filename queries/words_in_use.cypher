// question: which of some words does a row other than an interaction use?
// parameters: $words
// order: none
// scans: all rows are looked through, once per erasure
MATCH (x:Member)
UNWIND [x.domain] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (x:OrganizationRecord)
UNWIND [x.domain, x.industry, x.region, x.kind] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (x:WorkRecord)
UNWIND [x.kind, x.topic] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (x:OpportunityRecord)
UNWIND [x.stage, x.currency, x.product] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (:Member)-[x:FACT]->(:Member)
UNWIND [x.kind, x.role] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (x:Own)
UNWIND [x.domain] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
UNION
MATCH (x:Judgement)
UNWIND [x.kind, x.name] AS pk
WITH DISTINCT pk
WHERE pk IN $words
RETURN pk
