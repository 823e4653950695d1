-- question: what do the weekly lists hold?
-- parameters: none
-- order: none
-- scans: all rows are looked through, once per erasure
SELECT rep, week, run_id, items FROM lists
