// question: which members from a handle on have a key said to be ours, and who said so?
// parameters: $first_new, $labels
// order: handle
// scans: of our own keys there are few
MATCH (o:OwnKeys)
MATCH (m:Member {key: o.key})
WHERE m.pk >= $first_new AND m.label IN $labels
RETURN o.author AS author, m.pk AS pk
ORDER BY pk
