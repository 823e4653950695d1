// question: which links that hold now touch some members?
// parameters: $members
// order: handle
UNWIND $members AS member
MATCH (:Member {pk: member})-[l:SAME_AS]-(:Member)
WHERE l.gone = 0
RETURN DISTINCT l.pk AS pk, l.a AS a, l.b AS b, l.judged AS judged
ORDER BY pk
