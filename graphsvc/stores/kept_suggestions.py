"""Suggestions: kept by what they propose, so that a decision outlives the run that found them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from graphsvc.errors import NotFoundError
from graphsvc.phrases import Phrase
from graphsvc.stores.ledger import Reader, Writer
from graphsvc.stores.results import dumped
from graphsvc.stores.tables import columns_of
from graphsvc.suggestions import State, Suggestion, check_transition
from queries.results import Standing, SuggestionById, SuggestionRow, Suggestions, SuggestionStates

_REFRESHED = ("gain", "reasons", "evidence", "run_id", "expires")


def save(writer: Writer, suggestions: Sequence[Suggestion], now: int) -> int:
    """Add new ones and refresh proposed ones; a snooze that is over, or one that merely expired, is proposed again."""
    writer.lock("suggestions")
    found = {s.id: s for s in suggestions}
    known = {row.id: row for row in writer.ask(SuggestionStates(list(found)))}
    woken = [row.id for row in known.values() if _wakes(row, now)]
    if woken:
        writer.amend("suggestions", "id", woken, {"state": "proposed", "until": None})
    proposed = {row.id for row in known.values() if row.state == "proposed"}.union(woken)
    refreshed = [i for i in found if i in proposed]
    if refreshed:
        rows = [_row(found[i]) for i in refreshed]
        writer.amend("suggestions", "id", refreshed, {c: [row[c] for row in rows] for c in _REFRESHED})
    new = [_row(s) for i, s in found.items() if i not in known]
    if new:
        writer.put("suggestions", {c: [row[c] for row in new] for c in columns_of("suggestions")}, len(new))
    return len(new)


def load(reader: Reader, state: State | None, owner: str | None) -> list[Suggestion]:
    """Suggestions by gain, highest first."""
    return [_suggestion(row) for row in reader.ask(Suggestions(state, owner))]


def find(reader: Reader, ident: str) -> Suggestion:
    """One suggestion.

    Raises
    ------
    NotFoundError
        When there is none of this id.
    """
    row = reader.one(SuggestionById(ident))
    if row is None:
        raise NotFoundError("store.no_suggestion", id=ident)
    return _suggestion(row)


def decide(
    writer: Writer, ident: str, state: State, author: str, reason: str, moment: tuple[int, int | None]
) -> Suggestion:
    """Keep a decision with its author and reason; ``moment`` is (now, snoozed until) in [us]."""
    writer.lock("suggestions")
    check_transition(find(writer, ident).state, state)
    now, until = moment
    decided = {"state": state, "author": author, "reason": reason or None, "decided": now, "until": until}
    writer.amend("suggestions", "id", [ident], decided)
    return find(writer, ident)


def expire(writer: Writer, idents: Sequence[str]) -> int:
    """Let those still proposed expire; gives how many."""
    writer.lock("suggestions")
    still = [row.id for row in writer.ask(SuggestionStates(list(idents))) if row.state == "proposed"]
    return writer.amend("suggestions", "id", still, {"state": "expired", "author": None})


def _wakes(known: Standing, now: int) -> bool:
    if known.state == "expired":
        return known.author is None
    return known.state == "snoozed" and known.until is not None and known.until <= now


def _row(s: Suggestion) -> dict[str, Any]:
    row = {c: getattr(s, c) for c in columns_of("suggestions")}
    reasons = dumped([{"code": p.code, "args": dict(p.args)} for p in s.reasons])
    return {**row, "gain": float(s.gain), "reasons": reasons, "evidence": dumped([list(e) for e in s.evidence])}


def _suggestion(row: SuggestionRow) -> Suggestion:
    values: dict[str, Any] = row._asdict()
    values["reasons"] = tuple(Phrase(p["code"], p["args"]) for p in json.loads(row.reasons))
    values["evidence"] = tuple((table, pk) for table, pk in json.loads(row.evidence))
    return Suggestion(**values)
