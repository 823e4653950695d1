-- question: the list kept for a rep and ISO week?
-- parameters: :rep, :week
-- order: none
SELECT items FROM lists WHERE rep = :rep AND week = :week
