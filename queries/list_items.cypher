// question: what do the weekly lists hold?
// parameters: none
// order: none
// scans: all rows are looked through, once per erasure
MATCH (l:Lists)
RETURN l.rep AS rep, l.week AS week, l.run_id AS run_id, l.items AS items
