-- question: when was the newest event by a moment: an interaction, a dated statement, a deal opened or closed? Null where there is none
-- parameters: :now
-- order: one row
-- scans: facts and deals have no index of time
SELECT max(time) AS time
FROM (
    SELECT max(time) AS time FROM interactions WHERE gone = 0 AND time <= :now
    UNION ALL
    SELECT max(valid_from) FROM facts WHERE gone = 0 AND valid_from <= :now AND valid_from > -9000000000000000000
    UNION ALL
    SELECT max(created) FROM opportunities WHERE gone = 0 AND created BETWEEN 1 AND :now
    UNION ALL
    SELECT max(closed) FROM opportunities WHERE gone = 0 AND closed BETWEEN 1 AND :now
)
