-- question: the columns of interactions that differ from row to row, packed into six integers?
-- parameters: :first, :last
-- order: pk
-- pair = actor, target; codes = role, kind + 1, channel + 1 (a word's handle stays far below 28 bits)
SELECT pk, time, key, (actor << 32) | target, role | ((kind + 1) << 4) | ((channel + 1) << 32), rec
FROM interactions
WHERE pk BETWEEN :first AND :last
ORDER BY pk
