// question: the live content of organizations, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (o:OrganizationRecord)
WHERE o.gone = 0
MATCH (s:Sources {pk: o.source})
MATCH (m:Member {pk: o.member})
OPTIONAL MATCH (d:Word {pk: o.domain})
OPTIONAL MATCH (i:Word {pk: o.industry})
OPTIONAL MATCH (r:Word {pk: o.region})
OPTIONAL MATCH (k:Word {pk: o.kind})
RETURN
    s.name AS source, m.id AS member, d.text AS domain, i.text AS industry, r.text AS region, k.text AS kind,
    o.name AS name
