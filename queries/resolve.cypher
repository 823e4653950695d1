// question: which members have a text as their public id, as their key or address, or as their exact name?
// parameters: $text, $lower
// order: member
CALL () {
    MATCH (m:Member {id: $lower}) RETURN m.pk AS pk
    UNION
    MATCH (m:Member {key: $text}) RETURN m.pk AS pk
    UNION
    MATCH (m:Member {key: $lower}) WHERE m.space = 'email' RETURN m.pk AS pk
    UNION
    MATCH (n:PersonRecord {name: $text}) WHERE n.gone = 0 RETURN n.member AS pk
    UNION
    MATCH (n:OrganizationRecord {name: $text}) WHERE n.gone = 0 RETURN n.member AS pk
    UNION
    MATCH (n:WorkRecord {name: $text}) WHERE n.gone = 0 RETURN n.member AS pk
    UNION
    MATCH (n:OpportunityRecord {name: $text}) WHERE n.gone = 0 RETURN n.member AS pk
}
RETURN pk
ORDER BY pk
