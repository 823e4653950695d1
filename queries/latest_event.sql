-- question: when was the newest accepted interaction?
-- parameters: none
-- order: newest first
SELECT time FROM interactions WHERE gone = 0 ORDER BY time DESC LIMIT 1
