"""Suggestions: kept by what they propose, so that a decision outlives the run that found them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from graphsvc.errors import NotFoundError
from graphsvc.phrases import Phrase
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite_results import dumped
from graphsvc.suggestions import State, Suggestion, check_transition

_COLUMNS = (
    "play", "owner", "target", "through", "gain", "reasons", "evidence", "run_id", "expires", "state", "author",
    "reason", "decided", "until",
)  # fmt: skip
_ADD = (
    "INSERT INTO suggestions(id, play, owner, target, through, gain, reasons, evidence, run_id, expires, state, author,"
    " reason, decided, until) VALUES (:id, :play, :owner, :target, :through, :gain, :reasons, :evidence, :run_id,"
    " :expires, :state, :author, :reason, :decided, :until)"
    " ON CONFLICT(id) DO UPDATE SET gain = :gain, reasons = :reasons, evidence = :evidence, run_id = :run_id,"
    " expires = :expires WHERE state = 'proposed'"
)
_WAKE = (
    "UPDATE suggestions SET state = 'proposed', until = NULL WHERE id = :id AND ("
    "(state = 'snoozed' AND until IS NOT NULL AND until <= :now) OR (state = 'expired' AND author IS NULL))"
)


def save(connection: sqlite3.Connection, suggestions: Sequence[Suggestion], now: int) -> int:
    """Add new ones and refresh proposed ones; a snooze that is over, or one that merely expired, is proposed again."""
    new = 0
    for s in suggestions:
        known = connection.execute("SELECT 1 FROM suggestions WHERE id = ?", (s.id,)).fetchone()
        new += known is None
        connection.execute(_WAKE, {"id": s.id, "now": now})
        connection.execute(_ADD, _row(s))
    return new


def load(connection: sqlite3.Connection, state: State | None, owner: str | None) -> list[Suggestion]:
    """Suggestions by gain, highest first."""
    return [_suggestion(row) for row in connection.execute(query("suggestions"), {"state": state, "owner": owner})]


def find(connection: sqlite3.Connection, ident: str) -> Suggestion:
    """One suggestion.

    Raises
    ------
    NotFoundError
        When there is none of this id.
    """
    row = connection.execute(
        "SELECT play, owner, target, through, gain, reasons, evidence, run_id, expires, state, author, reason, decided,"
        " until FROM suggestions WHERE id = ?",
        (ident,),
    ).fetchone()
    if row is None:
        raise NotFoundError("store.no_suggestion", id=ident)
    return _suggestion(row)


def decide(
    connection: sqlite3.Connection, ident: str, state: State, author: str, reason: str, moment: tuple[int, int | None]
) -> Suggestion:
    """Keep a decision with its author and reason; ``moment`` is (now, snoozed until) in [us]."""
    check_transition(find(connection, ident).state, state)
    connection.execute(
        "UPDATE suggestions SET state = ?, author = ?, reason = ?, decided = ?, until = ? WHERE id = ?",
        (state, author, reason or None, *moment, ident),
    )
    return find(connection, ident)


def _row(s: Suggestion) -> dict[str, Any]:
    row = {c: getattr(s, c) for c in _COLUMNS}
    reasons = dumped([{"code": p.code, "args": dict(p.args)} for p in s.reasons])
    return {**row, "id": s.id, "reasons": reasons, "evidence": dumped([list(e) for e in s.evidence])}


def _suggestion(row: Sequence[Any]) -> Suggestion:
    values = dict(zip(_COLUMNS, row, strict=True))
    values["reasons"] = tuple(Phrase(p["code"], p["args"]) for p in json.loads(values["reasons"]))
    values["evidence"] = tuple((table, pk) for table, pk in json.loads(values["evidence"]))
    return Suggestion(**values)
