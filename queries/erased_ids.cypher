// question: which public ids were erased?
// parameters: none
// order: id
// scans: all of them are asked for
MATCH (e:Erased)
RETURN e.id AS id
ORDER BY id
