// question: which jobs have a slot?
// parameters: $slot
// order: id
MATCH (j:Jobs {slot: $slot})
RETURN j.id AS id
ORDER BY id
