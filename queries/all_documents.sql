-- question: all documents?
-- parameters: none
-- order: oldest first
-- scans: all rows are looked through, once per erasure
SELECT pk, kind, id, owner, value, version, created, changed FROM documents ORDER BY pk
