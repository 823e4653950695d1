// question: which further sources hold some interaction rows?
// parameters: $rows
// order: none
UNWIND $rows AS row
MATCH (x:Also {row: row})
RETURN x.row AS row, x.source AS source
