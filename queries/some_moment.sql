-- question: is there any interaction between two moments [us], both included?
-- parameters: :first, :last
-- order: none
SELECT time FROM interactions WHERE time BETWEEN :first AND :last LIMIT 1
