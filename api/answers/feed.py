"""Answers about the store itself: changes, incoming records, models, runs and people's decisions on suggestions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from api.answers.ask import Ask
from api.shapes import (
    ChangesAnswer,
    Entity,
    Evidence,
    LineResult,
    ModelsAnswer,
    RecordsAnswer,
    RunsAnswer,
    SuggestionItem,
    SuggestionsAnswer,
)
from graphsvc.cleaning import clean
from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.model import TABLES, column_names
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import require
from graphsvc.records import Page, Reject
from graphsvc.suggestions import State, Suggestion

API_SOURCE = "api"
Line = tuple[int, dict[str, str | None]]


def changes(ask: Ask, since: int = 0, limit: int = 1000) -> ChangesAnswer:
    """The change feed after a sequence number."""
    ask.budget.limit(limit)
    items = []
    for change in ask.workspace.store.changes(since, ask.caller, ask.budget):
        items.append(dict(change))
        if len(items) >= limit:
            break
    next_since = max((int(c["sequence"]) for c in items), default=since)
    return ChangesAnswer(meta=ask.meta(), items=items, next_since=next_since)


def models(ask: Ask, name: str | None = None, limit: int = 50) -> ModelsAnswer:
    """Fitted models with their coefficients and held-out figures, newest first."""
    ask.budget.limit(limit)
    items = [
        asdict(m) | {"id": m.id, "as_of": show_moment(m.as_of), "label_cutoff": show_moment(m.label_cutoff)}
        for m in ask.workspace.store.models(name)[:limit]
    ]
    return ModelsAnswer(meta=ask.meta(), items=items)


def runs(ask: Ask, kind: str | None = None, limit: int = 50) -> RunsAnswer:
    """Runs with their lineage, newest first."""
    ask.budget.limit(limit)
    items = []
    for run in ask.workspace.store.runs(kind, limit):
        shown = asdict(run) | {"started": show_moment(run.started)}
        shown |= {k: show_moment(v) for k in ("as_of", "known_at") if (v := shown[k]) is not None}
        items.append(shown)
    return RunsAnswer(meta=ask.meta(), items=items)


# -- records -------------------------------------------------------------------------------------------------


def records(ask: Ask, body: bytes) -> RecordsAnswer:
    """Take NDJSON lines ``{"table": "interactions", "time": ..., ...}`` in; each line has its result.

    Lines of one table are merged in one transaction, entities before interactions and facts; sending the same lines
    again changes nothing.
    """
    require(ask.caller, "write")
    results: dict[int, LineResult] = {}
    by_table = _read_lines(body, results)
    for table in TABLES:
        if by_table.get(table):
            _merge_lines(ask, table, by_table[table], results)
    ordered = [results[i] for i in sorted(results)]
    rejected = sum(r.status == "rejected" for r in ordered)
    return RecordsAnswer(
        meta=Ask(ask.workspace, ask.caller, ask.budget).meta(),
        accepted=len(ordered) - rejected,
        rejected=rejected,
        sequence=ask.workspace.store.sequence,
        results=ordered,
    )


def _read_lines(body: bytes, results: dict[int, LineResult]) -> dict[str, list[Line]]:
    by_table: dict[str, list[Line]] = {}
    for number, line in enumerate(body.splitlines(), 1):
        if not line.strip():
            continue
        try:
            table, row = _read_line(line)
        except InputError as error:
            results[number] = LineResult(line=number, status="rejected", reason=str(error))
            continue
        by_table.setdefault(table, []).append((number, row))
    return by_table


def _read_line(line: bytes) -> tuple[str, dict[str, str | None]]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InputError("errors.bad_json") from error
    if not isinstance(value, dict) or value.get("table") not in TABLES:
        raise InputError("errors.bad_table", tables=", ".join(TABLES))
    table = str(value.pop("table"))
    unknown = sorted(set(value) - set(column_names(TABLES[table])))
    if unknown:
        known = ", ".join(column_names(TABLES[table]))
        raise InputError("errors.bad_field", fields=", ".join(unknown), table=table, known=known)
    return table, {k: _plain(v) for k, v in value.items()}


def _plain(value: Any) -> str | None:
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float):
        return str(value)
    raise InputError("errors.bad_value")


def _merge_lines(ask: Ask, table: str, lines: list[Line], results: dict[int, LineResult]) -> None:
    numbers = [n for n, _ in lines]
    names = column_names(TABLES[table])
    raw = pa.table({c: pa.array([row.get(c) for _, row in lines], pa.string()) for c in names})
    cleaned = clean(table, raw, where=lambda i: f"line {numbers[i]}", received=ask.workspace.clock())
    for number in numbers:
        results[number] = LineResult(line=number, status="accepted")
    for position, reject in zip(cleaned.reject_positions, cleaned.rejects, strict=True):
        number = numbers[int(position)]
        results[number] = LineResult(line=number, status="rejected", reason=_why(reject))
    page = Page(
        source=API_SOURCE,
        table=table,
        rows=cleaned.rows,
        read=len(lines),
        rejects=tuple(cleaned.rejects),
        notes=cleaned.notes,
    )
    ask.workspace.store.merge(page)


def _why(reject: Reject) -> str:
    return reject.reason.text()


# -- suggestions ---------------------------------------------------------------------------------------------


def recommendations(
    ask: Ask, state: State | None = None, owner: str | None = None, limit: int = 50
) -> SuggestionsAnswer:
    """Suggestions by gain, highest first; a rep sees the own ones."""
    ask.budget.limit(limit)
    found = ask.workspace.store.suggestions(ask.caller, state, _owner_id(ask, owner))
    mine = [s for s in found if ask.caller.is_owner or s.owner == ask.caller.entity]
    return SuggestionsAnswer(meta=ask.meta(hidden=len(found) - len(mine)), items=_suggestion_items(ask, mine[:limit]))


def decide(ask: Ask, suggestion_id: str, state: State, reason: str = "", until: int | None = None) -> SuggestionsAnswer:
    """Confirm, decline or snooze a suggestion; who and why are kept, and a declined one stays away."""
    require(ask.caller, "write")
    decided = ask.workspace.store.decide(suggestion_id, state, ask.caller, reason, until)
    return SuggestionsAnswer(meta=ask.meta(), items=_suggestion_items(ask, [decided]))


def _owner_id(ask: Ask, owner: str | None) -> str | None:
    return None if owner is None else ask.projection.entities.id[ask.find(owner, "person")].decode()


def _suggestion_items(ask: Ask, found: list[Suggestion]) -> list[SuggestionItem]:
    ids = {i for s in found for i in (s.owner, s.target, s.through) if i}
    known = ask.workspace.store.describe(sorted(ids), ask.caller)
    names = {i: Entity(id=d.id, label=d.label, key=d.key, name=d.name) for i, d in known.items()}
    return [_suggestion(ask, s, names) for s in found if s.target in names]


def _suggestion(ask: Ask, s: Suggestion, names: Mapping[str, Entity]) -> SuggestionItem:
    return SuggestionItem(
        id=s.id,
        play=s.play,
        play_text=phrase(f"answers.play_{s.play}").text(),
        owner=names.get(s.owner or ""),
        target=names[s.target],
        through=names.get(s.through or ""),
        gain=s.gain,
        reasons=[ask.text(_by_id(ask, r)) for r in s.reasons],
        evidence=_evidence(ask, s),
        state=s.state,
        author=s.author,
        reason=s.reason,
        expires=show_moment(s.expires) if s.expires is not None else None,
    )


def _by_id(ask: Ask, said: Phrase) -> Phrase:
    """A stored phrase names entities by public id; here they become indices again."""
    args = {k: ask.projection.index.get(v, v) if isinstance(v, str) else v for k, v in said.args.items()}
    return Phrase(said.code, args)


def _evidence(ask: Ask, s: Suggestion) -> list[Evidence]:
    out: list[Evidence] = []
    for table in ("interactions", "facts"):
        rows = [row for kind, row in s.evidence if kind == table]
        if rows:
            out += ask.evidence(table, rows)
    return out
