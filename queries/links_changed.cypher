// question: at which change did links change last? Zero where they never did
// parameters: none
// order: one row
MATCH (c:ChangeLine {what: 'links'})
RETURN coalesce(max(c.seq), 0) AS sequence
