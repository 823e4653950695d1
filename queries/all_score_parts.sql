-- question: what are the parts of all scores that are kept?
-- parameters: none
-- order: none
-- scans: all rows are looked through, once per erasure
SELECT kept, part, rows FROM score_parts
