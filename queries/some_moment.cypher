// question: is there any interaction between two moments [us], both included?
// parameters: $first, $last
// order: none
MATCH (n:Interaction) WHERE $first <= n.time <= $last
RETURN n.time AS time
LIMIT 1
