-- question: which reasons did people give for what became of models?
-- parameters: none
-- order: number
-- scans: all rows are looked through, once per erasure
SELECT pk, said AS reason FROM model_states WHERE said <> '' ORDER BY pk
