// question: which change was committed last?
// parameters: none
// order: one row
MATCH (c:Counter {name: 'committed'})
RETURN c.sequence AS sequence, c.time AS time
