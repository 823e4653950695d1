// question: which mail addresses, as members, do the live records of some people give?
// parameters: $members
// order: member, mail
UNWIND $members AS pk
MATCH (:Member {pk: pk})<-[:ABOUT]-(r:PersonRecord)
WHERE r.gone = 0 AND r.mail >= 0 AND r.mail <> r.member
RETURN DISTINCT r.member AS member, r.mail AS mail
ORDER BY member, mail
