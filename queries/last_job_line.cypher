// question: the number of the last line in a job's log? Zero where it has none
// parameters: $job
// order: one row
MATCH (l:JobLines {job: $job})
RETURN coalesce(max(l.line), 0) AS line
