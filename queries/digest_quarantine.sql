-- question: the live content of quarantine, without handles?
-- parameters: none
-- order: none
SELECT digest FROM quarantine
