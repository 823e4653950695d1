-- question: the live content of cursors, without handles?
-- parameters: none
-- order: none
SELECT name, cursor FROM sources
