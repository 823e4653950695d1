-- question: the live content of quarantine, without handles?
-- parameters: none
-- order: none
-- scans: a digest is of everything
SELECT digest FROM quarantine
