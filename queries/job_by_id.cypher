// question: one job, by its id?
// parameters: $id
// order: none
MATCH (j:Jobs {id: $id})
RETURN
    j.id AS id, j.kind AS kind, j.args AS args, j.state AS state, j.slot AS slot, j.created AS created,
    j.started AS started, j.finished AS finished, j.owner AS owner, j.lease AS lease, j.attempts AS attempts,
    j.progress AS progress, j.done_rows AS done_rows, j.note AS note, j.error AS error, j.report AS report,
    j.cancel AS cancel
