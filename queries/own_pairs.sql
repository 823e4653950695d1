-- question: which mail domains and members are said to be ours now?
-- parameters: none
-- order: none
-- scans: all of a small table
SELECT domain, member FROM own WHERE gone = 0
