-- question: which jobs have a slot?
-- parameters: :slot
-- order: id
SELECT id FROM jobs WHERE slot = :slot ORDER BY id
