// question: what are the texts of some words?
// parameters: $pks
// order: none
UNWIND $pks AS pk
MATCH (w:Word {pk: pk})
RETURN w.text AS text, w.pk AS pk
