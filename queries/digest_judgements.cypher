// question: the live content of judgements, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (j:Judgement)
WHERE j.gone = 0
MATCH (k:Word {pk: j.kind})
MATCH (n:Word {pk: j.name})
MATCH (a:Member {pk: j.a})
OPTIONAL MATCH (b:Member {pk: j.b})
RETURN k.text AS kind, n.text AS name, a.id AS a, b.id AS b, j.value AS value
