-- question: the log of a job?
-- parameters: :job
-- order: oldest first
SELECT time, text FROM job_lines WHERE job = :job ORDER BY line
