// question: which members' texts (keys, names, titles, addresses; no case) contain every word, the longest first looked for?
// parameters: $longest, $words, $whole, $label, $limit
// order: nearness (whole is a line, begins a line, neither), then length of the text, then public id
MATCH (f:Found)
WHERE f.text CONTAINS $longest AND all(word IN $words WHERE f.text CONTAINS word)
MATCH (m:Member {pk: f.member})
WHERE $label IS NULL OR m.label = $label
WITH m, size(f.text) AS length,
    CASE
        WHEN '\n' + f.text + '\n' CONTAINS '\n' + $whole + '\n' THEN 0
        WHEN '\n' + f.text CONTAINS '\n' + $whole THEN 1
        ELSE 2
    END AS distance
ORDER BY distance, length, m.id
LIMIT $limit
RETURN m.pk AS member, length
ORDER BY distance, length, m.id
