"""Everything in columns, or what changed since a sequence number; and a digest of all live content."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.policy import Budget
from graphsvc.projection import Ints
from graphsvc.store import DELTA_TABLES, Delta
from graphsvc.stores import sqlite_schema as schema
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite_connection import ADDED, ERASED

Range = tuple[int, int]
_EVERYTHING: list[Range] = [(1, 2**62)]
_PACKED = np.dtype([(c, np.int64) for c in ("pk", "time", "key", "pair", "codes", "rec")])
_RARE = np.dtype([("pk", np.int64), ("topic", np.int64), ("object", np.int64), ("weight", np.float64),
                  ("relevance", np.float64), ("gone", np.int64)])  # fmt: skip


def read_delta(connection: sqlite3.Connection, since: int) -> Delta:
    """All columns (``since`` 0) or those of the rows changed after ``since``; one state of the file."""
    sequence = last_sequence(connection)
    changed, dead = _logged(connection, since) if since else ({}, {})
    tables = {
        name: _table(connection, name, [(since + 1, 2**62)] if name == "commits" else changed.get(name, []))
        if since
        else _table(connection, name, _EVERYTHING)
        for name in DELTA_TABLES
    }
    return Delta(since, sequence, tables, dead)


def last_sequence(connection: sqlite3.Connection) -> int:
    """Number of the last committed change."""
    return int(connection.execute("SELECT ifnull(max(pk), 0) FROM commits").fetchone()[0])


def read_changes(connection: sqlite3.Connection, since: int, budget: Budget) -> Iterator[Mapping[str, Any]]:
    """The change feed, whole sequence numbers at a time, until the budget's rows are reached."""
    rows = connection.execute(query("changes"), {"since": since})
    given = 0
    for sequence, group in groupby(rows, key=lambda row: row[0]):
        entries = list(group)
        if given and given + len(entries) > budget.rows:
            return
        given += len(entries)
        for _, time, what, op, count in entries:
            yield {"sequence": sequence, "time": time, "what": what, "change": _OPS[op], "count": count}


_OPS = {ADDED: "changed", ERASED: "erased"}


def _logged(connection: sqlite3.Connection, since: int) -> tuple[dict[str, list[Range]], dict[str, list[int]]]:
    changed: dict[str, list[Range]] = {}
    dead: dict[str, list[int]] = {}
    for what, op, first, last in connection.execute(query("changed_ranges"), {"since": since}):
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


def _table(connection: sqlite3.Connection, name: str, where: list[Range]) -> pa.Table:
    if name == "interactions":
        return _interactions(connection, where)
    shape = DELTA_TABLES[name]
    sql = schema.select_sql(name, tuple(shape), "pk BETWEEN ? AND ? ORDER BY pk")
    rows = [row for span in where for row in connection.execute(sql, span)]
    columns = list(zip(*rows, strict=True)) or [()] * len(shape)
    return pa.table({c: _column(values, kind) for (c, kind), values in zip(shape.items(), columns, strict=True)})


def _column(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array[Any]:
    if pa.types.is_floating(kind):
        return pa.array(np.array([np.nan if v is None else v for v in values], dtype=np.float64), kind)
    return pa.array(values, kind)


def _interactions(connection: sqlite3.Connection, where: list[Range]) -> pa.Table:
    """The one large table: few packed integers per row, and the columns that mostly hold their default apart.

    A row costs most by its number of values, each of which becomes a Python object on the way.
    """
    sql, rare_sql = query("interaction_columns"), query("interaction_rare")
    parts = [np.fromiter(connection.execute(sql, _span(s)), dtype=_PACKED) for s in where]
    rare = [np.fromiter(connection.execute(rare_sql, _span(s)), dtype=_RARE) for s in where]
    x = np.concatenate(parts) if parts else np.zeros(0, dtype=_PACKED)
    columns = {c: np.ascontiguousarray(x[c]) for c in ("pk", "time", "key", "rec")}
    pair, codes = np.ascontiguousarray(x["pair"]), np.ascontiguousarray(x["codes"])
    columns |= {"actor": pair >> 32, "target": pair & 0xFFFFFFFF}
    columns |= {"role": codes & 0xF, "kind": (codes >> 4 & 0xFFFFFFF) - 1, "channel": (codes >> 32) - 1}
    columns |= _spread(columns["pk"], np.concatenate(rare) if rare else np.zeros(0, dtype=_RARE))
    shape = DELTA_TABLES["interactions"]
    return pa.table({c: pa.array(columns[c].astype(kind.to_pandas_dtype())) for c, kind in shape.items()})


def _spread(pk: Ints, rare: np.ndarray[Any, Any]) -> dict[str, np.ndarray[Any, Any]]:
    defaults = {"topic": -1, "object": -1, "weight": 1.0, "relevance": np.nan, "gone": 0}
    out = {c: np.full(len(pk), d, dtype=_RARE[c]) for c, d in defaults.items()}
    place = np.searchsorted(pk, rare["pk"])
    for name, column in out.items():
        column[place] = rare[name]
    out["relevance"][np.isinf(out["relevance"])] = np.nan
    return out


def _span(span: Range) -> dict[str, int]:
    return {"first": span[0], "last": span[1]}


def content_digest(connection: sqlite3.Connection) -> str:
    """SHA-256 of all live content by public ids and texts: whatever the order, the handles and the pages were."""
    whole = hashlib.sha256()
    for name in ("members", "links", "people", "organizations", "works", "opportunities", "facts", "interactions",
                 "own", "judgements", "quarantine", "suggestions", "cursors"):  # fmt: skip
        whole.update(name.encode())
        for line in sorted(map(repr, connection.execute(query(f"digest_{name}")))):
            whole.update(line.encode(errors="surrogatepass"))
    return whole.hexdigest()
