// question: the number of the last entry in the history of models? Zero where it is empty
// parameters: none
// order: one row
MATCH (s:ModelStates)
WHERE s.pk > 0
RETURN coalesce(max(s.pk), 0) AS pk
