// question: which models are there, of one name and by a moment where given?
// parameters: $named, $as_of
// order: newest first
// scans: a small table
MATCH (m:Models)
WHERE ($named IS NULL OR m.name = $named) AND ($as_of IS NULL OR m.as_of <= $as_of)
RETURN m.body AS body
ORDER BY m.as_of DESC, m.pk DESC
