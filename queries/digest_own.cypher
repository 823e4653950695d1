// question: the live content of who is ours, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (o:Own)
WHERE o.gone = 0
OPTIONAL MATCH (w:Word {pk: o.domain})
OPTIONAL MATCH (m:Member {pk: o.member})
RETURN w.text AS domain, m.id AS member
