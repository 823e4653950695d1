// question: which mail domains and members are said to be ours now?
// parameters: none
// order: none
// scans: all of a small table
MATCH (o:Own)
WHERE o.gone = 0
RETURN o.domain AS domain, o.member AS member
