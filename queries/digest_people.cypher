// question: the live content of people, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (p:PersonRecord)
WHERE p.gone = 0
MATCH (s:Sources {pk: p.source})
MATCH (m:Member {pk: p.member})
OPTIONAL MATCH (o:Member {pk: p.organization})
RETURN
    s.name AS source, m.id AS member, p.internal AS internal, p.level AS level, p.signs AS signs, o.id AS organization,
    p.name AS name, p.email AS email, p.title AS title, p.level_text AS level_text
