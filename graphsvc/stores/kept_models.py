"""The history of models: which state each was given, when, by whom and why; rows are added, never changed."""

from __future__ import annotations

import json
from collections.abc import Sequence

from graphsvc.models import ModelState, dump_phrase, load_phrase
from graphsvc.stores.ledger import Reader, Writer
from graphsvc.stores.results import dumped
from queries.models import LastModelState, ModelStateRow, ModelStates


def add(writer: Writer, states: Sequence[ModelState], after: int) -> bool:
    """Add entries where entry number ``after`` is the last one; False where it is not."""
    writer.lock("model_states")
    if last(writer) != after:
        return False
    if states:
        first = writer.number("model_states", len(states))
        columns = {
            "pk": range(first, first + len(states)),
            "reason": [dump_phrase(s.reason) for s in states],
            "detail": [dumped(dict(s.detail)) for s in states],
            **{c: [getattr(s, c) for s in states] for c in ("model", "score", "state", "time", "author", "said")},
        }
        writer.add("model_states", columns, len(states))
    return True


def load(reader: Reader, score: str | None) -> list[ModelState]:
    """Entries of one score, or all, oldest first."""
    return [_state(row) for row in reader.ask(ModelStates(score))]


def last(reader: Reader) -> int:
    """Number of the last entry, 0 where there is none."""
    return reader.ask(LastModelState())[0].pk


def _state(row: ModelStateRow) -> ModelState:
    kept = row._asdict() | {"reason": load_phrase(row.reason), "detail": json.loads(row.detail)}
    return ModelState(**kept)
