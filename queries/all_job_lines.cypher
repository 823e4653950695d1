// question: what do the logs of all jobs say?
// parameters: none
// order: job, line
// scans: all rows are looked through, once per erasure
MATCH (l:JobLines)
RETURN l.job AS job, l.line AS line, l.time AS time, l.text AS text
ORDER BY job, line
