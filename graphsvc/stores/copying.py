"""Copying a whole workspace from one database to another, whatever their kinds: every row, with its handle.

The copy is checked by digests of all rows, can be interrupted at any moment and goes on where it ended. Until it is
whole the target says so and opens for nothing else.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from graphsvc.errors import InputError, StoreError
from graphsvc.store import DELTA_TABLES
from graphsvc.stores.ledger import Ledger, Reader, Writer, meta
from graphsvc.stores.tables import SHELVES, columns_of
from queries.state import Handle, LastCommit

Progress = Callable[[str, int], None]  # table, rows so far
COPYING = "copying"  # in meta of the target while it is not whole
ROWS, WIDE_ROWS = 20_000, 20  # per batch; wide rows hold bytes
# Rows that others point at come first, the commits that make them visible last.
ORDER = (
    *(t for t in DELTA_TABLES if t in ("members", "words")),
    *(t for t in DELTA_TABLES if t not in ("members", "words", "commits")),
    *(s for s in SHELVES if s not in ("meta", "handles")),
    "handles",
    "commits",
    "meta",
)


@dataclass(frozen=True)
class CopyReport:
    """What a copy holds: rows per table, and the digest of all of them, equal on both sides."""

    tables: Mapping[str, int]
    digest: str
    sequence: int


@dataclass(frozen=True)
class _Seen:
    """What a table holds: SHA-256 of all rows, how many there are, and the last handle of a core table."""

    digest: str
    rows: int
    last: int = field(compare=False)


def copy(source: Ledger, target: Ledger, progress: Progress | None = None) -> CopyReport:
    """Make ``target`` equal to ``source``.

    Raises
    ------
    InputError
        When the target holds a workspace of its own.
    StoreError
        When the source changed meanwhile: the same command again copies what is missing.
    """
    _claim(source, target)
    before = _sequence(source)
    tables: dict[str, int] = {}
    whole = hashlib.sha256()
    for table in ORDER:
        digest, rows = _copy_table(source, target, table, progress)
        tables[table] = rows
        whole.update(digest.encode())
    if _sequence(source) != before:
        raise StoreError("store.copy_source_changed")
    target.write(lambda writer: writer.remove("meta", "name", [COPYING]))
    return CopyReport(tables, whole.hexdigest(), before)


def unfinished(reader: Reader) -> bool:
    """True for a target that a copy has not finished."""
    return meta(reader, COPYING) is not None


def _claim(source: Ledger, target: Ledger) -> None:
    """Mark the target as one that a copy of this source is being written to."""
    mark = hashlib.sha256(source.key).hexdigest()
    held = target.read(lambda reader: meta(reader, COPYING))
    if held is None and _sequence(target):
        raise InputError("store.copy_not_empty", url=target.url)
    if held not in (None, mark):
        raise InputError("store.copy_other_source", url=target.url)
    target.write(lambda writer: writer.put("meta", {"name": [COPYING], "value": [mark]}, 1))


def _sequence(ledger: Ledger) -> int:
    return ledger.read(lambda reader: reader.ask(LastCommit())[0].sequence)


def _copy_table(source: Ledger, target: Ledger, table: str, progress: Progress | None) -> tuple[str, int]:
    """Copy one table, going on after the rows that are there; one that then differs is copied anew."""
    wanted, held = _seen(source, table), _seen(target, table)
    for begin in (held.last if table in DELTA_TABLES else 0, 0):  # shelves begin anew
        if held == wanted:
            return wanted.digest, wanted.rows
        if not begin:
            _empty(target, table)
        _pour(source, target, table, begin, progress)
        held = _seen(target, table)
    if held == wanted:
        return wanted.digest, wanted.rows
    raise StoreError("store.copy_differs", table=table)


def _empty(ledger: Ledger, table: str) -> None:
    by = "pk" if table in DELTA_TABLES else SHELVES[table].key[0]
    place = columns_of(table).index(by)
    for batch in list(_batches(ledger, table)):
        keys = sorted({row[place] for row in batch if not _kept_back(table, row)})
        ledger.write(partial(_remove, table, by, keys))


def _pour(source: Ledger, target: Ledger, table: str, after: int, progress: Progress | None) -> None:
    done = 0
    for batch in _batches(source, table, after):
        rows = [row for row in batch if not _kept_back(table, row)]
        values = dict(zip(columns_of(table), zip(*rows, strict=True), strict=True)) if rows else {}
        if table == "commits":  # they tell readers how far they may read
            target.exclusive(partial(_commit, values, len(rows)))
        elif rows:
            target.write(partial(_write, table, values, len(rows)))
        done += len(rows)
        if progress is not None:
            progress(table, done)


def _remove(table: str, by: str, keys: Sequence[Any], writer: Writer) -> None:
    writer.remove(table, by, keys)


def _commit(values: Mapping[str, Sequence[Any]], count: int, writer: Writer) -> tuple[None, bool]:
    writer.add("commits", values, count)
    return None, True


def _write(table: str, values: Mapping[str, Sequence[Any]], count: int, writer: Writer) -> None:
    if table in DELTA_TABLES:
        writer.add(table, values, count)
    else:
        writer.put(table, values, count)


def _batches(ledger: Ledger, table: str, after: int = 0) -> Iterator[list[tuple[Any, ...]]]:
    """Rows of a table as it is now: handles given out meanwhile are left for the next try, or this would not end."""
    core = table in DELTA_TABLES
    last = ledger.read(lambda reader: reader.one(Handle(table))) if core and table != "commits" else None
    size = WIDE_ROWS if table in SHELVES and "bytes" in SHELVES[table].columns.values() else ROWS
    while batch := ledger.read(partial(_rows, table, after, size)):
        yield [row for row in batch if last is None or row[0] <= last.last]
        if last is not None and batch[-1][0] >= last.last:
            return
        after = batch[-1][0] if core else after + len(batch)


def _rows(table: str, after: int, limit: int, reader: Reader) -> list[tuple[Any, ...]]:
    return reader.rows(table, after, limit)


def _seen(ledger: Ledger, table: str) -> _Seen:
    """One pass over a table."""
    whole, count, last = hashlib.sha256(), 0, 0
    shelf = table in SHELVES
    lines: list[str] = []
    for batch in _batches(ledger, table):
        kept = [repr(tuple(_plain(v) for v in row)) for row in batch if not _kept_back(table, row)]
        count += len(kept)
        last = batch[-1][0] if batch and not shelf else last
        if shelf:
            lines += kept  # databases order texts differently
        else:
            whole.update("\n".join([*kept, ""]).encode(errors="surrogatepass"))
    whole.update("\n".join(sorted(lines)).encode(errors="surrogatepass"))
    return _Seen(whole.hexdigest(), count, last)


def _plain(value: Any) -> Any:
    return hashlib.sha256(value).hexdigest() if isinstance(value, (bytes, bytearray)) else value


def _kept_back(table: str, row: tuple[Any, ...]) -> bool:
    """The mark of an unfinished copy is no part of what is copied."""
    return table == "meta" and row[0] == COPYING
