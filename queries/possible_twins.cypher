// question: which organizations are there only because the key of some people might have meant one?
// parameters: $members
// order: handle
UNWIND $members AS pk
MATCH (m:Member {pk: pk})
MATCH (t:Member {label: 1, space: m.space, key: m.key})
WHERE m.twin = t.pk OR t.twin = m.pk
RETURN DISTINCT t.pk AS pk
ORDER BY pk
