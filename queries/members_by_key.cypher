// question: which members of one label and space have some keys?
// parameters: $label, $space, $keys
// order: none
UNWIND $keys AS key
MATCH (m:Member {label: $label, space: $space, key: key})
RETURN m.key AS key, m.pk AS pk, m.id AS id
