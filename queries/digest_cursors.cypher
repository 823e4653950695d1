// question: the live content of cursors, without handles?
// parameters: none
// order: none
// scans: a digest is of everything
MATCH (s:Sources)
RETURN s.name AS name, s.cursor AS cursor
