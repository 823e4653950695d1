"""Merging a page of interactions, column by column.

Keys become handles once per distinct key, hashes are taken once per distinct id or (sender, channel), and a page that
meets nothing it repeats is written by one insert in index order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from graphsvc.identity import moment_key, record_keys
from graphsvc.model import Label, Role
from graphsvc.projection import Bools, Ints
from graphsvc.records import MergeReport, Page
from graphsvc.stores.names import BLOCKED, Names, distinct, filled
from graphsvc.stores.settle import Ranks, Rows, Settled, is_plain, joined, settle
from queries.interactions import FurtherSources, RecordRows, ScopeSources, SomeMoment, StoredInteractions
from queries.members import MemberIds, WordTexts

ROLES = {r.name.lower(): r for r in Role} | {"organiser": Role.ORGANIZER, "required": Role.TO, "": Role.TO}

_COLUMNS = (  # of StoredInteractions, as the fields of Rows
    "time", "key", "actor", "target", "role", "kind", "channel", "topic", "object", "weight", "relevance", "record",
    "source", "old",
)  # fmt: skip


def merge_interactions(names: Names, page: Page, report: MergeReport) -> None:
    """Take the rows of a page of interactions into the store."""
    scope = page.scope or page.source
    known = bool(names.ask(ScopeSources(scope)))  # else no stored row can have an id of this page
    rows, blocked = _read(names, page)
    report.blocked += int(blocked.sum())
    rows = _latest_times(rows.take(~blocked) if blocked.any() else rows, report)
    rows = rows.take(_index_order(rows))
    moved = _retire_moved(names, rows) if known else set()
    stored = _stored(names, rows)
    if not len(stored) and is_plain(rows):
        _insert(names, rows)
        _count(report, rows, moved)
        return
    together = joined(stored, rows)
    settled = settle(together, _ranks(names, together))
    _replace(names, settled)
    _count(report, settled.insert.take(settled.replaces == 0), moved)
    report.repeated += settled.exact + settled.recipients
    _note(report, "sources.exact_repeat", settled.exact)
    _note(report, "sources.repeated_recipient", settled.recipients)


def _read(names: Names, page: Page) -> tuple[Rows, Bools]:
    """The page in handles, and which rows name an erased person."""
    t, n = page.rows, len(page.rows)
    ends = pa.chunked_array([*t["from"].chunks, *t["to"].chunks], type=pa.string())
    people = names.column(Label.PERSON, ends)
    actor, target = people[:n], people[n:]
    channel = names.word_column(t["channel"])
    record, key = _keys(names, page, actor, channel)
    rows = Rows(
        time=t["time"].cast(pa.int64()).to_numpy().astype(np.int64),
        key=key,
        actor=actor,
        target=target,
        role=_roles(t["role"]),
        kind=names.word_column(t["kind"], lower=True),
        channel=channel,
        topic=names.word_column(t["topic"]),
        object=names.column(Label.WORK, t["object"]),
        weight=filled(t["weight"], 1.0),
        relevance=filled(t["relevance"], np.nan),
        record=record,
        source=np.full(n, names.source_pk, dtype=np.int64),
        old=np.zeros(n, dtype=np.int64),
    )
    return rows, (actor == BLOCKED) | (target == BLOCKED)


def _records(names: Names, page: Page) -> tuple[NDArray[np.object_], Ints]:
    """Each row's id in its source, None where it has none, and the interaction key that follows from it."""
    texts, codes = distinct(page.rows["id"])
    cleaned: list[str | None] = [text.strip() or None for text in texts]
    scope = page.scope or page.source
    keys = record_keys(scope, [text or "" for text in cleaned])
    if any(cleaned):
        names.change.writer.add_missing("scopes", {"source": [names.source_pk], "scope": [scope]}, 1)
    return np.array([*cleaned, None], dtype=object)[codes], np.append(keys, 0)[codes]


def _roles(column: pa.ChunkedArray[pa.StringScalar]) -> Ints:
    texts, codes = distinct(column)
    known = [int(ROLES.get(t.strip().lower(), Role.OTHER)) for t in texts]
    return np.array([*known, int(Role.TO)], dtype=np.int64)[codes]


def _keys(names: Names, page: Page, actor: Ints, channel: Ints) -> tuple[NDArray[np.object_], Ints]:
    """Ids, and the key of each row's interaction: of its id where it has one, else of (source, sender, channel)."""
    record, keys = _records(names, page)
    free = ~_given(record)
    if free.any():
        keys[free] = _moment_keys(names, actor[free], channel[free])
    return record, keys


def _given(record: NDArray[np.object_]) -> Bools:
    given: Bools = np.asarray(record.astype(object, copy=False) != np.array(None, dtype=object), dtype=np.bool_)
    return given


def _moment_keys(names: Names, actor: Ints, channel: Ints) -> Ints:
    pairs, inverse = np.unique((actor << 32) | (channel & 0xFFFFFFFF), return_inverse=True)
    actors, channels = pairs >> 32, (pairs & 0xFFFFFFFF).astype(np.uint32).view(np.int32)
    texts = word_texts(names, channels)
    hashed = [
        moment_key(names.source, names.ids.get(int(a), b"").decode(), texts.get(int(c), ""))
        for a, c in zip(actors, channels, strict=True)
    ]
    keys: Ints = np.array(hashed, dtype=np.int64)[inverse]
    return keys


def _index_order(rows: Rows) -> Ints:
    """Order by (time, key, target); pages mostly come by time, so that only rows of one moment are left to sort."""
    order: Ints = np.argsort(rows.time, kind="stable")
    time, same = rows.time[order], np.zeros(len(rows) + 1, dtype=bool)
    same[1:-1] = time[1:] == time[:-1]  # as the row before
    part = order[tied := same[1:] | same[:-1]]
    order[tied] = part[np.lexsort((rows.target[part], rows.key[part], rows.time[part]))]
    return order


def _latest_times(rows: Rows, report: MergeReport) -> Rows:
    """Of an id that stands at several times in one page, the last time holds; the rest is counted and told."""
    given = _given(rows.record)
    if not given.any():
        return rows
    _, code = np.unique(rows.key, return_inverse=True)
    last = np.full(int(code.max()) + 1, np.iinfo(np.int64).min)
    np.maximum.at(last, code, rows.time)
    stale = given & (rows.time < last[code])
    if not stale.any():
        return rows
    report.repeated += int(stale.sum())
    _note(report, "store.other_time", int(stale.sum()))
    return rows.take(~stale)


def _retire_moved(names: Names, rows: Rows) -> set[int]:
    """Retract what the store has of the page's ids at another time; gives the keys that moved."""
    given = _given(rows.record)
    if not given.any():
        return set()
    keys, first = np.unique(rows.key[given], return_index=True)  # ascending: neighbours in the index
    times = dict(zip(keys.tolist(), rows.time[given][first].tolist(), strict=True))
    moved = [(pk, key) for pk, key, time in names.ask(RecordRows(keys.tolist())) if time != times[key]]
    names.change.retire("interactions", [pk for pk, _ in moved])
    return {key for _, key in moved}


def _stored(names: Names, rows: Rows) -> Rows:
    """Live stored rows of the interactions in the page."""
    met = len(rows) and names.ask(SomeMoment(int(rows.time[0]), int(rows.time[-1])))
    found = names.ask(StoredInteractions(_moments(rows))) if met else []
    columns = list(zip(*found, strict=True)) or [()] * len(_COLUMNS)
    return Rows(**{name: _typed(name, values) for name, values in zip(_COLUMNS, columns, strict=True)})


def _moments(rows: Rows) -> list[tuple[int, int]]:
    """The distinct (time, key) of rows in index order, in that order."""
    first = np.ones(len(rows), dtype=bool)
    first[1:] = (rows.time[1:] != rows.time[:-1]) | (rows.key[1:] != rows.key[:-1])
    return list(zip(rows.time[first].tolist(), rows.key[first].tolist(), strict=True))


def _typed(name: str, values: Sequence[Any]) -> NDArray[Any]:
    if name == "record":
        out = np.empty(len(values), dtype=object)
        out[:] = values
        return out
    if name in ("weight", "relevance"):
        return np.array([np.nan if x is None else x for x in values], dtype=np.float64)
    return np.array(values, dtype=np.int64)


def _ranks(names: Names, rows: Rows) -> Ranks:
    words = word_texts(names, np.concatenate((rows.kind, rows.topic, rows.channel)))
    ids = _member_ids(names, np.concatenate((rows.object, rows.actor)))
    return Ranks(
        kind=_rank(rows.kind, words),
        topic=_rank(rows.topic, words),
        object=_rank(rows.object, ids),
        channel=_rank(rows.channel, words),
        actor=_rank(rows.actor, ids),
    )


def _rank(handles: Ints, texts: Mapping[int, str]) -> Ints:
    values, inverse = np.unique(handles, return_inverse=True)
    order = sorted(range(len(values)), key=lambda i: (values[i] < 0, texts.get(int(values[i]), "")))
    rank = np.empty(len(values), dtype=np.int64)
    rank[order] = np.arange(len(values))
    out: Ints = rank[inverse]
    return out


def word_texts(names: Names, handles: NDArray[np.integer[Any]]) -> dict[int, str]:
    """Texts of word handles."""
    return {word.pk: word.text for word in names.ask(WordTexts(np.unique(handles).tolist()))}


def _member_ids(names: Names, handles: Ints) -> dict[int, str]:
    return {row.pk: row.id for row in names.ask(MemberIds(np.unique(handles).tolist()))}


def _insert(names: Names, rows: Rows) -> int:
    """Write rows that are in index order; gives the handle of the first."""
    ints = ("time", "key", "actor", "target", "role", "kind", "channel", "topic", "object", "source")
    values: dict[str, Any] = {name: getattr(rows, name) for name in ints}
    relevance = None if np.isnan(rows.relevance).all() else rows.relevance  # NaN is stored as null
    values |= {"weight": rows.weight, "relevance": relevance, "record_id": rows.record}
    return names.change.insert("interactions", values, len(rows))


def _replace(names: Names, settled: Settled) -> None:
    """Write what was settled; what is known of a replaced row's further sources goes over to its successor."""
    names.change.dirty |= _add_sources(names, settled.shared) > 0
    replaced = settled.replaces[settled.replaces > 0].tolist()
    names.change.retire("interactions", replaced)
    first = _insert(names, settled.insert)
    successor = {old: first + i for i, old in enumerate(settled.replaces.tolist()) if old}
    further = names.ask(FurtherSources(replaced)) if replaced else []
    _add_sources(names, [(successor[row], source) for row, source in further])


def _add_sources(names: Names, pairs: Sequence[tuple[int, int]]) -> int:
    """Say which further sources hold rows; gives how many of the (row, source) were not known."""
    if not pairs:
        return 0
    rows, sources = zip(*pairs, strict=True)
    return names.change.writer.add_missing("also", {"row": rows, "source": sources}, len(pairs))


def _count(report: MergeReport, new: Rows, moved: set[int]) -> None:
    """Rows of ids that moved in time are updates; all other new rows are taken."""
    updated = int(np.isin(new.key, list(moved)).sum()) if moved else 0
    report.updated += updated
    report.taken += len(new) - updated


def _note(report: MergeReport, code: str, count: int) -> None:
    if count:
        report.notes[code] = report.notes.get(code, 0) + count
