// question: the log of a job?
// parameters: $job
// order: oldest first
MATCH (l:JobLines {job: $job})
RETURN l.time AS time, l.text AS text
ORDER BY l.line
