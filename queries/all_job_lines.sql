-- question: what do the logs of all jobs say?
-- parameters: none
-- order: job, line
-- scans: all rows are looked through, once per erasure
SELECT job, line, time, text FROM job_lines ORDER BY job, line
