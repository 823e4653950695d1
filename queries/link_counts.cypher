// question: how many links that hold now lead to some members?
// parameters: $members
// order: none; members without a link are left out
UNWIND $members AS member
MATCH (:Member {pk: member})<-[l:SAME_AS]-(:Member)
WHERE l.gone = 0
RETURN member, count(DISTINCT l.pk) AS links
