// question: what are the handles of some words?
// parameters: $texts
// order: none
UNWIND $texts AS text
MATCH (w:Word {text: text})
RETURN w.text AS text, w.pk AS pk
