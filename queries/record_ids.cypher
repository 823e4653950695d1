// question: which records have a text as their own public id, key or mail address?
// parameters: $text, $lower, $label
// order: public id
CALL () {
    MATCH (m:Member {id: $lower}) RETURN m
    UNION
    MATCH (m:Member {key: $text}) RETURN m
    UNION
    MATCH (m:Member {key: $lower}) WHERE m.space = 'email' RETURN m
}
WITH m
WHERE $label IS NULL OR m.label = $label
RETURN m.id AS id
ORDER BY id
