-- question: the live content of cursors, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT name, cursor FROM sources
