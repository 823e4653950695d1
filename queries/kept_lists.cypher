// question: which weekly lists were kept for a rep, or of any team for "team:"?
// parameters: $rep
// order: week, newest first, then rep
// scans: a small table
MATCH (l:Lists)
WHERE l.rep = $rep OR ($rep = 'team:' AND l.rep STARTS WITH 'team:')
RETURN l.week AS week, l.items AS items
ORDER BY l.week DESC, l.rep
