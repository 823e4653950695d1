-- question: the number of the last line in a job's log? Zero where it has none
-- parameters: :job
-- order: one row
SELECT ifnull(max(line), 0) AS line FROM job_lines WHERE job = :job
