// question: the documents of a kind, of one owner or of all?
// parameters: $kind, $owner
// order: oldest first
MATCH (d:Documents {kind: $kind})
WHERE $owner IS NULL OR d.owner = $owner
RETURN
    d.pk AS pk, d.kind AS kind, d.id AS id, d.owner AS owner, d.value AS value, d.version AS version,
    d.created AS created, d.changed AS changed
ORDER BY pk
