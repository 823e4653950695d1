// question: which members of some labels have some keys, whatever their source?
// parameters: $keys, $labels
// order: key by key as given, then handle
UNWIND range(0, size($keys) - 1) AS place
WITH place, $keys[place] AS key
MATCH (m:Member {key: key})
WHERE m.label IN $labels
RETURN m.key AS key, m.pk AS pk
ORDER BY place, pk
