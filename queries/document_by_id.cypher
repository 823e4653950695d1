// question: one document, by its kind and id?
// parameters: $kind, $id
// order: none
MATCH (d:Documents {kind: $kind, id: $id})
RETURN
    d.pk AS pk, d.kind AS kind, d.id AS id, d.owner AS owner, d.value AS value, d.version AS version,
    d.created AS created, d.changed AS changed
