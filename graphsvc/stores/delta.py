"""Everything in columns, or what changed since a sequence number; and a digest of all live content."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graphsvc.policy import Budget
from graphsvc.store import DELTA_TABLES, Delta, Lineage
from graphsvc.stores.ledger import ADDED, ERASED, Range, Reader, meta
from queries import digests
from queries.feed import ChangedRanges, Changes
from queries.question import Question
from queries.state import Handle, Published

_OPS = {ADDED: "changed", ERASED: "erased"}
_LINES = len(DELTA_TABLES) * len(_OPS)  # of the feed for one change, at most
_MANY = 2**40
_AT_ONCE = 2**20  # rows
_COMMITS = 256
_JOINT = "\x1f"  # between the names of an interaction's sources


def read_delta(reader: Reader, since: int) -> Delta:
    """All columns (``since`` 0) or those of the rows changed after ``since``.

    It is the state at the sequence number published first, also where the database shows what others commit meanwhile:
    rows of later changes are left out, and what they retired still lives.
    """
    sequence = last_sequence(reader)
    changed, dead = _logged(reader, since, sequence) if since else (_whole(reader), {})
    changed["commits"] = [(since + 1, sequence)] if since < sequence else []
    tables = {name: _as_of(_read(reader, name, changed.get(name, [])), sequence) for name in DELTA_TABLES}
    return Delta(since, sequence, tables, dead)


def _read(reader: Reader, table: str, ranges: list[Range]) -> pa.Table:
    """Rows of some ranges, read a million at a time: what a database's rows take beside the columns stays small."""
    parts: list[list[Range]] = [[]]
    room = _AT_ONCE
    for first, last in ranges:
        for begin in range(first, last + 1, _AT_ONCE):
            end = min(begin + _AT_ONCE - 1, last)
            if end - begin >= room:
                parts.append([])
                room = _AT_ONCE
            parts[-1].append((begin, end))
            room -= end - begin + 1
    return pa.concat_tables([reader.span(table, part) for part in parts])


def read_lineage(reader: Reader, key: bytes, sequence: int) -> Lineage:
    """Whose columns these are, and a digest of the last commits up to a sequence number.

    A database restored from a copy and written to again has other commits under the same numbers.
    """
    commits = reader.span("commits", [(max(1, sequence - _COMMITS + 1), sequence)] if sequence else [])
    told = repr(list(zip(commits["pk"].to_pylist(), commits["time"].to_pylist(), strict=True)))
    workspace = workspace_mark(key)
    return Lineage(workspace, int(meta(reader, "erasures") or 0), hashlib.sha256(told.encode()).hexdigest())


def workspace_mark(key: bytes) -> str:
    """A name of a workspace that tells nothing of its key."""
    return hashlib.sha256(b"columns" + key).hexdigest()[:16]


def read_words(reader: Reader) -> dict[int, str]:
    """All words, by handle."""
    last = reader.one(Handle("words"))
    found = reader.span("words", [(1, last.last)] if last else [])
    return {int(row["pk"]): str(row["text"]) for row in found.to_pylist()}


def last_sequence(reader: Reader) -> int:
    """Number of the last change that everybody may read."""
    published = reader.one(Published())
    return published.sequence if published else 0


def read_changes(reader: Reader, since: int, budget: Budget) -> Iterator[Mapping[str, Any]]:
    """The change feed, whole sequence numbers at a time, until the budget's rows are reached."""
    limit = min(max(budget.rows, _LINES) + 1, _MANY)  # one more than may be given: the last number may be cut off
    given = 0
    for _, group in groupby(reader.ask(Changes(since, last_sequence(reader), limit)), key=lambda row: row.sequence):
        entries = list(group)
        if given and given + len(entries) > budget.rows:
            return
        given += len(entries)
        for sequence, time, what, op, count in entries:
            yield {"sequence": sequence, "time": time, "what": what, "change": _OPS[op], "count": count}


def content_digest(reader: Reader) -> str:
    """SHA-256 of all live content by public ids and texts: whatever the order, the handles and the pages were."""
    whole = hashlib.sha256()
    for name, question in _DIGESTS.items():
        whole.update(name.encode())
        for line in sorted(repr(_settled(row)) for row in reader.lines(question)):
            whole.update(line.encode(errors="surrogatepass"))
    return whole.hexdigest()


_DIGESTS: dict[str, Question[Any]] = {
    "members": digests.DigestMembers(),
    "links": digests.DigestLinks(),
    "people": digests.DigestPeople(),
    "organizations": digests.DigestOrganizations(),
    "works": digests.DigestWorks(),
    "opportunities": digests.DigestOpportunities(),
    "facts": digests.DigestFacts(),
    "interactions": digests.DigestInteractions(),
    "own": digests.DigestOwn(),
    "judgements": digests.DigestJudgements(),
    "quarantine": digests.DigestQuarantine(),
    "suggestions": digests.DigestSuggestions(),
    "cursors": digests.DigestCursors(),
}


def _settled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """A row as plain values, the sources of an interaction in one order."""
    if isinstance(row, digests.InteractionRow) and _JOINT in row.sources:
        return (*row[:-1], _JOINT.join(sorted(row.sources.split(_JOINT))))
    return tuple(row)


def _whole(reader: Reader) -> dict[str, list[Range]]:
    """All rows of every table, as ranges."""
    last = {name: reader.one(Handle(name)) for name in DELTA_TABLES}
    return {name: [(1, found.last)] for name, found in last.items() if found}


def _logged(reader: Reader, since: int, until: int) -> tuple[dict[str, list[Range]], dict[str, list[int]]]:
    changed: dict[str, list[Range]] = {}
    dead: dict[str, list[int]] = {}
    for what, op, first, last in reader.ask(ChangedRanges(since, until)):
        if op == ERASED:
            dead.setdefault(what, []).extend(range(first, last + 1))
        else:
            changed.setdefault(what, []).append((first, last))
    return {name: _merged(found) for name, found in changed.items()}, dead


def _merged(found: list[Range]) -> list[Range]:
    """Overlapping and touching ranges as one."""
    out: list[Range] = []
    for first, last in sorted(found):
        if out and first <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], last))
        else:
            out.append((first, last))
    return out


def _as_of(table: pa.Table, sequence: int) -> pa.Table:
    """Rows as they were at a sequence number, whatever was committed while they were read."""
    last = pa.scalar(sequence, pa.int64())
    if _beyond(table, "rec", sequence):
        table = table.filter(pc.less_equal(table["rec"], last))
    if _beyond(table, "gone", sequence):
        gone = pc.if_else(pc.greater(table["gone"], last), pa.scalar(0, pa.int64()), table["gone"])
        table = table.set_column(table.column_names.index("gone"), "gone", gone)
    return table


def _beyond(table: pa.Table, column: str, sequence: int) -> bool:
    return column in table.column_names and len(table) > 0 and int(pc.max(table[column]).as_py()) > sequence
