// question: the live content of members, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (m:Member)
OPTIONAL MATCH (w:Word {pk: m.domain})
OPTIONAL MATCH (t:Member {pk: m.twin})
RETURN m.id AS id, m.label AS label, m.space AS space, m.key AS key, w.text AS domain, t.id AS twin
