// question: all documents?
// parameters: none
// order: oldest first
// scans: all rows are looked through, once per erasure
MATCH (d:Documents)
RETURN
    d.pk AS pk, d.kind AS kind, d.id AS id, d.owner AS owner, d.value AS value, d.version AS version,
    d.created AS created, d.changed AS changed
ORDER BY pk
