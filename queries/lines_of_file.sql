-- question: which rows of a source's file are in quarantine?
-- parameters: :source, :place
-- order: none
-- scans: all rows in quarantine are looked through, once per file that is read anew
SELECT pk, digest FROM quarantine WHERE source = :source AND substr(place, 1, length(:place)) = :place
