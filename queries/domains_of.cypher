// question: which mail domains do the records of some organizations give, or gave before?
// parameters: $members
// order: none
UNWIND $members AS pk
MATCH (m:Member {pk: pk})<-[:ABOUT]-(r:OrganizationRecord)
USING INDEX SEEK m:Member(pk)
WHERE r.domain >= 0
RETURN DISTINCT r.domain AS domain
