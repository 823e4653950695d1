-- question: which mail domains do the records of some organizations give, or gave before?
-- parameters: :members
-- order: none
SELECT DISTINCT domain FROM organizations WHERE domain >= 0 AND member IN (SELECT value FROM json_each(:members))
