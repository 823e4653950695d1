-- question: which reasons were given for judgements?
-- parameters: none
-- order: handle
-- scans: all rows are looked through, once per erasure
SELECT pk, reason FROM judgements WHERE reason <> '' ORDER BY pk
