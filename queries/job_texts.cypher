// question: which texts do jobs have?
// parameters: none
// order: id
// scans: all rows are looked through, once per erasure
MATCH (j:Jobs)
RETURN j.id AS id, j.args AS args, j.note AS note, j.error AS error, j.report AS report
ORDER BY id
