// question: up to which change may everybody read?
// parameters: none
// order: one row
MATCH (c:Counter {name: 'published'})
RETURN c.sequence AS sequence, c.time AS time
