-- question: which judgements of one kind and name on one member or pair hold now?
-- parameters: :kind, :word, :a, :b
-- order: handle
-- scans: what people judged is little
SELECT pk FROM judgements WHERE gone = 0 AND kind = :kind AND name = :word AND a = :a AND b = :b ORDER BY pk
