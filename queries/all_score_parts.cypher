// question: what are the parts of all scores that are kept?
// parameters: none
// order: none
// scans: all rows are looked through, once per erasure
MATCH (p:ScoreParts)
RETURN p.kept AS kept, p.part AS part, p.rows AS rows
