// question: the list kept for a rep and ISO week?
// parameters: $rep, $week
// order: none
MATCH (l:Lists {rep: $rep, week: $week})
RETURN l.items AS items
