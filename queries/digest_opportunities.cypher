// question: the live content of opportunities, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (x:OpportunityRecord)
WHERE x.gone = 0
MATCH (s:Sources {pk: x.source})
MATCH (m:Member {pk: x.member})
OPTIONAL MATCH (o:Member {pk: x.organization})
OPTIONAL MATCH (p:Member {pk: x.owner})
OPTIONAL MATCH (g:Word {pk: x.stage})
OPTIONAL MATCH (c:Word {pk: x.currency})
OPTIONAL MATCH (d:Word {pk: x.product})
RETURN
    s.name AS source, m.id AS member, o.id AS organization, p.id AS owner, g.text AS stage, x.amount AS amount,
    c.text AS currency, d.text AS product, x.created AS created, x.closed AS closed, x.won AS won, x.name AS name
