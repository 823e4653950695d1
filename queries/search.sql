-- question: which members' texts (keys, names, titles, addresses; no case) contain every word, the longest first looked for?
-- parameters: :longest, :words, :whole, :label, :limit
-- order: nearness (whole is a line, begins a line, neither), then length of the text, then public id
-- scans: a word of one or two letters is looked for in all texts
WITH hit(member) AS (
    SELECT rowid FROM found_words
    WHERE length(:longest) >= 3 AND found_words MATCH '"' || replace(:longest, '"', '""') || '"'
    UNION ALL
    SELECT member FROM found WHERE length(:longest) < 3 AND instr(text, :longest) > 0
)
SELECT m.pk AS member, length(f.text) AS length
FROM hit AS h
CROSS JOIN found AS f ON f.member = h.member
CROSS JOIN members AS m ON m.pk = h.member
WHERE (:label IS NULL OR m.label = :label)
    AND NOT EXISTS (SELECT 1 FROM json_each(:words) AS w WHERE instr(f.text, w.value) = 0)
ORDER BY
    CASE
        WHEN instr(char(10) || f.text || char(10), char(10) || :whole || char(10)) > 0 THEN 0
        WHEN instr(char(10) || f.text, char(10) || :whole) > 0 THEN 1
        ELSE 2
    END,
    length(f.text), m.id
LIMIT :limit
