-- question: which members are there?
-- parameters: none
-- order: member
-- scans: the question is about all of them
SELECT pk FROM members ORDER BY pk
