"""Answers about the store itself: changes, incoming records, models, runs and people's decisions on suggestions."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

import pyarrow as pa

from api.answers import redact, standing, steps
from api.answers.ask import Ask, channels_of, missing
from api.answers.by_day import READ, by_day, day_of, zone_of
from api.shapes import (
    ChangesAnswer,
    DayGroup,
    Entity,
    LineResult,
    Meta,
    RecordsAnswer,
    RunsAnswer,
    SuggestionItem,
    SuggestionsAnswer,
)
from graphsvc.cleaning import clean
from graphsvc.clock import show_moment
from graphsvc.errors import ForbiddenError, InputError, NotFoundError
from graphsvc.model import TABLES, column_names
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import OWNER, require
from graphsvc.records import Page, Reject
from graphsvc.scores import Run
from graphsvc.suggestions import State, Suggestion

API_SOURCE = "api"
ENTITIES = ("who", "org", "work", "via")  # arguments of phrases that name entities
_SURROGATE = re.compile("[\ud800-\udfff]")
Line = tuple[int, dict[str, str | None]]


def changes(ask: Ask, since: int = 0, limit: int = 1000) -> ChangesAnswer:
    """The change feed after a sequence number; how much changed is the owner's to know: it counts others' ties."""
    ask.budget.limit(limit)
    items = []
    for change in ask.workspace.store.changes(since, ask.caller, ask.budget):
        items.append({k: v for k, v in change.items() if ask.caller.is_owner or k != "count"})
        if len(items) >= limit:
            break
    next_since = max((int(c["sequence"]) for c in items), default=since)
    hidden = 0 if ask.caller.is_owner else len(items)
    return ChangesAnswer(meta=ask.meta(hidden=hidden), items=items, next_since=next_since)


def runs(ask: Ask, kind: str | None = None, limit: int = 50, *, grouped: bool = False) -> RunsAnswer:
    """Runs with their lineage, newest first; what a sync reported is the owner's.

    ``grouped``: one entry for the runs of a kind on a day, of the newest :data:`READ` ones.
    """
    ask.budget.limit(limit)
    store = ask.workspace.store
    if not grouped:
        items = [_run(run) for run in store.runs(kind, limit)]
        return RunsAnswer(meta=ask.meta(hidden=_strip(ask, items, "report", "params")), items=items)
    groups = by_day(store, store.runs(kind, READ), lambda run: run.kind, lambda run: run.started)
    latest = [_run(group[0]) for group in groups[:limit]]
    hidden = _strip(ask, latest, "report", "params")
    shown = [
        DayGroup(
            kind=group[0].kind,
            day=day_of(group[0].started, zone_of(store)),
            count=len(group),
            seconds=sum(run.seconds for run in group),
            latest=newest,
        )
        for group, newest in zip(groups, latest, strict=False)
    ]
    return RunsAnswer(meta=ask.meta(hidden=hidden, total=len(groups)), items=[], groups=shown)


def _run(run: Run) -> dict[str, Any]:
    shown = asdict(run) | {"started": show_moment(run.started)}
    return shown | {k: show_moment(v) for k in ("as_of", "known_at") if (v := shown[k]) is not None}


def _strip(ask: Ask, items: list[dict[str, Any]], *fields: str) -> int:
    """Empty fields that hold counts over all of the workspace, for whoever is not the owner; how many there were."""
    if ask.caller.is_owner:
        return 0
    held = [(item, f) for item in items for f in fields if item[f]]
    for item, name in held:
        item[name] = {}
    return len(held)


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
        meta=_meta_after(ask),
        accepted=sum(r.status == "accepted" for r in ordered),
        rejected=rejected,
        sequence=ask.workspace.store.sequence,
        results=ordered,
    )


def _meta_after(ask: Ask) -> Meta:
    """Of the state with the new records, whose graph nobody has to wait for.

    Who may only write learns nothing of the channels.
    """
    workspace = ask.workspace
    moment = workspace.moment()
    fresh = workspace.freshness(moment)
    channels = channels_of(fresh, moment.as_of)
    may_read = "read" in ask.caller.scopes
    return Meta(
        as_of=show_moment(moment.as_of),
        as_of_note=moment.why.text() if moment.why else None,
        known_at=None,
        sequence=fresh.sequence,
        channels=channels if may_read else [],
        missing_channels=missing(channels) if may_read else [],
        own_known=fresh.own_known,
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
    table = value.pop("table", None) if isinstance(value, dict) else None
    if not isinstance(table, str) or table not in TABLES:
        raise InputError("errors.bad_table", tables=", ".join(TABLES))
    if not all(map(_storable, (*value, *value.values()))):
        raise InputError("errors.bad_text")
    unknown = sorted(set(value) - set(column_names(TABLES[table])))
    if unknown:
        known = ", ".join(column_names(TABLES[table]))
        raise InputError("errors.bad_field", fields=", ".join(unknown), table=table, known=known)
    return table, {k: _plain(v) for k, v in value.items()}


def _storable(value: Any) -> bool:
    """False for a text with half a surrogate pair: no database keeps it, and no answer can say it."""
    return not isinstance(value, str) or value.isascii() or _SURROGATE.search(value) is None


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
    if ask.workspace.store.merge(page).blocked:
        for row in _blocked(ask, page):
            number = numbers[int(cleaned.positions[row])]
            results[number] = LineResult(line=number, status="blocked")


def _blocked(ask: Ask, page: Page) -> list[int]:
    """Rows of a merged page that name an erased person: merged again one by one, which changes nothing."""
    alone = (replace(page, rows=page.rows.slice(i, 1), read=1, rejects=(), notes={}) for i in range(len(page.rows)))
    return [i for i, one in enumerate(alone) if ask.workspace.store.merge(one).blocked]


def _why(reject: Reject) -> str:
    return reject.reason.text()


# -- suggestions ---------------------------------------------------------------------------------------------


def recommendations(
    ask: Ask, state: State | None = None, owner: str | None = None, limit: int = 50
) -> SuggestionsAnswer:
    """Suggestions by gain, highest first; a rep sees the own ones.

    Now, those of the last scoring; at another T those that the scores of that T give, with what was decided by then.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's.
    """
    ask.budget.limit(limit)
    whose = _owner_id(ask, owner)
    if not ask.caller.is_owner and whose not in (None, ask.caller.entity):
        raise ForbiddenError("errors.not_your_list")
    found = [(s, to) for s, to in steps.current(ask) if state is None or s.state == state]
    found = [(s, to) for s, to in found if whose is None or to == whose]
    mine = [s for s, to in found if ask.caller.is_owner or to == ask.caller.entity]
    items, hidden = suggestion_items(ask, mine[:limit])
    total, hidden = len(mine), hidden + len(found) - len(mine)
    return SuggestionsAnswer(meta=ask.meta(hidden=hidden, total=total), items=items)


def decide(ask: Ask, suggestion_id: str, state: State, reason: str = "", until: int | None = None) -> SuggestionsAnswer:
    """Confirm, decline or snooze a suggestion; who and why are kept, and a declined one stays away."""
    require(ask.caller, "write")
    require(ask.caller, "read")  # before anything is decided: the answer shows the suggestion
    decided = standing.decide(ask, find_suggestion(ask, suggestion_id), state, reason, until)
    items, hidden = suggestion_items(ask, [decided])
    return SuggestionsAnswer(meta=ask.meta(hidden=hidden), items=items)


def find_suggestion(ask: Ask, ident: str) -> Suggestion:
    """A suggestion by its id, if it is the caller's.

    Raises
    ------
    NotFoundError
        When there is none, or it is somebody else's.
    """
    found = [s for s in ask.workspace.store.suggestions(OWNER) if s.id == ident]
    to = standing.followed(ask, (s.owner for s in found))
    if not found or (not ask.caller.is_owner and to.get(found[0].owner or "") != ask.caller.entity):
        raise NotFoundError("store.no_suggestion", id=ident)
    return found[0]


def _owner_id(ask: Ask, owner: str | None) -> str | None:
    return None if owner is None else ask.projection.entities.id[ask.find(owner, "person")].decode()


def suggestion_items(ask: Ask, found: list[Suggestion]) -> tuple[list[SuggestionItem], int]:
    """Suggestions as the caller may see them, and how much of them is hidden."""
    to = standing.followed(ask, (i for s in found for i in (s.owner, s.target, s.through)))
    known = ask.describe(sorted(set(to.values())))
    names, deadline = {i: ask.shown(d) for i, d in known.items()}, ask.budget.deadline()
    made = []
    for s in found:
        deadline.check()
        if to[s.target] in names:
            _, owner, target, through = standing.proposes(s, to)
            now = replace(s, owner=owner, target=target, through=through)
            made.append(_suggestion(ask, s.id, now, names))
    return [item for item, _ in made], sum(hidden for _, hidden in made)


def _suggestion(ask: Ask, ident: str, s: Suggestion, names: Mapping[str, Entity]) -> tuple[SuggestionItem, int]:
    """A suggestion by the id it is kept under, its people being those of now."""
    said, cut = redact.step_reasons(ask, s, s.reasons)
    evidence, closed = ask.evidence_of(s.evidence)
    item = SuggestionItem(
        id=ident,
        play=s.play,
        play_text=phrase(f"answers.play_{s.play}").text(),
        owner=names.get(s.owner or ""),
        target=names[s.target],
        through=names.get(s.through or ""),
        gain=redact.step_gain(ask, s),
        reasons=[ask.text(_by_id(ask, r)) for r in said],
        evidence=evidence,
        state=s.state,
        author=s.author,
        reason=s.reason,
        expires=show_moment(s.expires) if s.expires is not None else None,
    )
    return item, cut + closed


def _by_id(ask: Ask, said: Phrase) -> Phrase:
    """A stored phrase names entities by public id; here they become indices again."""
    index, ids = ask.projection.index, {str(said.args[k]) for k in ENTITIES if k in said.args}
    to = standing.followed(ask, ids)
    args = {k: index.get(to.get(v, v), v) if isinstance(v, str) else v for k, v in said.args.items()}
    return Phrase(said.code, args)
