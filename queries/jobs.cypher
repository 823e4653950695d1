// question: which jobs are there, in one state or all?
// parameters: $state, $limit
// order: newest first, then id
// scans: an index in the order asked for, as far as the limit
MATCH (j:Jobs)
WHERE j.created IS NOT NULL AND ($state IS NULL OR j.state = $state)
RETURN
    j.id AS id, j.kind AS kind, j.args AS args, j.state AS state, j.slot AS slot, j.created AS created,
    j.started AS started, j.finished AS finished, j.owner AS owner, j.lease AS lease, j.attempts AS attempts,
    j.progress AS progress, j.done_rows AS done_rows, j.note AS note, j.error AS error, j.report AS report,
    j.cancel AS cancel
ORDER BY j.created DESC, j.id
LIMIT $limit
