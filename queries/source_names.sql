-- question: which sources are there?
-- parameters: none
-- order: none
-- scans: all sources are asked for
SELECT pk, name FROM sources
