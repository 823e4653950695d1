-- question: which reasons were given for links?
-- parameters: none
-- order: handle
-- scans: all rows are looked through, once per erasure
SELECT pk, reason FROM links WHERE reason <> '' ORDER BY pk
