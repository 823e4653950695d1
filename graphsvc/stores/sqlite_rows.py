"""Rows in and out of one SQLite connection: a ledger's reader and writer."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice, repeat
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa

from graphsvc.projection import Ints
from graphsvc.store import DELTA_TABLES
from graphsvc.stores import sqlite_text as sql
from graphsvc.stores.ledger import Column, Range, Values, Writer
from graphsvc.stores.tables import columns_of
from queries.question import Question, text_of
from queries.state import Handle

R = TypeVar("R", bound=tuple[Any, ...])
_PACKED = np.dtype([(c, np.int64) for c in ("pk", "time", "key", "pair", "codes", "rec")])
_RARE = np.dtype([("pk", np.int64), ("topic", np.int64), ("object", np.int64), ("weight", np.float64),
                  ("relevance", np.float64), ("gone", np.int64)])  # fmt: skip
_STAGED = re.compile(r"\btemp\.([a-z_]+)")


class SqliteRows(Writer):
    """Questions and writes on one connection; which transaction they belong to is the ledger's business."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection

    # -- reading ----------------------------------------------------------------------------------------------------

    def ask(self, question: Question[R]) -> list[R]:
        """All rows of the answer."""
        return list(self.lines(question))

    def lines(self, question: Question[R]) -> Iterator[R]:
        """The rows of a long answer, one at a time."""
        found = self.connection.execute(*self.prepared(question))
        make: Any = type(question).row
        return map(make._make, found)

    def prepared(self, question: Question[R]) -> tuple[str, Mapping[str, Any]]:
        """The text of a question and its parameters as SQLite takes them; lists of tuples are staged beside it."""
        text, parameters = text_of(type(question), "sql"), dict(question.parameters)
        for name in _staged(text):
            self._stage(name, parameters.pop(name))
        return text, {k: _plain(v) for k, v in parameters.items()}

    def span(self, table: str, ranges: Sequence[Range]) -> pa.Table:
        """The delta columns of the rows with handles in some ranges, ascending."""
        if table == "interactions":
            return self._interactions(ranges)
        shape, text = DELTA_TABLES[table], sql.select_span(table)
        rows = [row for span in ranges for row in self.connection.execute(text, span)]
        columns = list(zip(*rows, strict=True)) or [()] * len(shape)
        return pa.table({c: _column(values, kind) for (c, kind), values in zip(shape.items(), columns, strict=True)})

    def claims(self, table: str, columns: Sequence[str], source: int, members: Sequence[int]) -> list[tuple[Any, ...]]:
        """A source's live claims about some members: (pk, member, columns ...), by handle."""
        text = sql.select_claims(table, tuple(columns))
        return self.connection.execute(text, (source, _plain(members))).fetchall()

    def naming(self, table: str, column: str, values: Sequence[int], more: Sequence[str]) -> list[tuple[Any, ...]]:
        """Rows of a core table whose column is among values: (pk, more ...), by handle."""
        return self.connection.execute(sql.select_naming(table, column, tuple(more)), (_plain(values),)).fetchall()

    def rows(self, table: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        """Whole rows of a table."""
        return self.connection.execute(sql.select_rows(table), (after, limit)).fetchall()

    # -- writing ----------------------------------------------------------------------------------------------------

    def add(self, table: str, values: Values, count: int) -> None:
        """Insert rows."""
        self.connection.executemany(sql.insert(table), _lines(columns_of(table), values, count))

    def put(self, shelf: str, values: Values, count: int) -> None:
        """Insert rows of a shelf, or replace those of the same key."""
        self.connection.executemany(sql.upsert(shelf), _lines(columns_of(shelf), values, count))

    def add_missing(self, shelf: str, values: Values, count: int) -> int:
        """Insert the rows of a shelf whose key is not there yet; gives how many."""
        lines = _lines(columns_of(shelf), values, count)
        return max(self.connection.executemany(sql.insert_missing(shelf), lines).rowcount, 0)

    def amend(self, table: str, by: str, keys: Column, values: Values) -> int:
        """Set columns of the rows of some keys; gives how many."""
        text = sql.update(table, by, tuple(values))
        lines = _lines((*values, "="), {**values, "=": keys}, len(keys))
        return max(self.connection.executemany(text, lines).rowcount, 0)

    def remove(self, table: str, by: str, keys: Column) -> int:
        """Delete the rows whose column is among keys; gives how many."""
        return max(self.connection.execute(sql.delete(table, by), (_plain(keys),)).rowcount, 0)

    def number(self, what: str, count: int = 1) -> int:
        """Reserve handles that were never given before; gives the first."""
        found = self.one(Handle(what))
        first = (found.last if found else 0) + 1
        self.put("handles", {"what": [what], "last": [first + count - 1]}, 1)
        return first

    def lock(self, what: str) -> None:
        """Nothing to do: the whole file has one writer."""

    # -- inside -----------------------------------------------------------------------------------------------------

    def _stage(self, name: str, rows: Sequence[Sequence[Any]]) -> None:
        """Put rows where SQL can join them: a temporary table of the parameter's name, columns c0, c1, ..."""
        self.connection.execute(f"DROP TABLE IF EXISTS temp.{name}")
        width = len(rows[0]) if rows else 8
        self.connection.execute(f"CREATE TEMP TABLE {name}({', '.join(f'c{i}' for i in range(width))})")
        marks = ", ".join("?" * width)
        self.connection.executemany(f"INSERT INTO temp.{name} VALUES ({marks})", rows)  # noqa: S608  a name of ours

    def _interactions(self, ranges: Sequence[Range]) -> pa.Table:
        parts = [np.fromiter(self.connection.execute(sql.PACKED, s), dtype=_PACKED) for s in ranges]
        rare = [np.fromiter(self.connection.execute(sql.RARE, s), dtype=_RARE) for s in ranges]
        x = np.concatenate(parts) if parts else np.zeros(0, dtype=_PACKED)
        columns = {c: np.ascontiguousarray(x[c]) for c in ("pk", "time", "key", "rec")}
        pair, codes = np.ascontiguousarray(x["pair"]), np.ascontiguousarray(x["codes"])
        columns |= {"actor": pair >> 32, "target": pair & 0xFFFFFFFF}
        columns |= {"role": codes & 0xF, "kind": (codes >> 4 & 0xFFFFFFF) - 1, "channel": (codes >> 32) - 1}
        columns |= _spread(columns["pk"], np.concatenate(rare) if rare else np.zeros(0, dtype=_RARE))
        shape = DELTA_TABLES["interactions"]
        return pa.table({c: pa.array(columns[c]).cast(kind) for c, kind in shape.items()})


@cache
def _staged(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_STAGED.findall(text)))


def _plain(value: Any) -> Any:
    """A parameter as SQLite takes it; a list as JSON."""
    if isinstance(value, np.ndarray):
        return json.dumps(value.tolist())
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (list, tuple, range, set, frozenset)):
        return json.dumps([v.item() if isinstance(v, np.generic) else v for v in value])
    return value


def _lines(order: Sequence[str], values: Values, count: int) -> Iterable[tuple[Any, ...]]:
    """Rows from columns, in an order; one value stands for all rows."""
    if not count:
        return iter(())
    columns = [_repeated(values[c]) for c in order]
    return islice(zip(*columns, strict=False), count)


def _repeated(value: Any) -> Iterable[Any]:
    if isinstance(value, np.ndarray):
        plain: list[Any] = value.tolist()
        return plain
    if value is None or isinstance(value, (str, bytes, int, float)):
        return repeat(value)
    out: Iterable[Any] = value
    return out


def _column(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array[Any]:
    if pa.types.is_floating(kind):
        return pa.array(np.array([np.nan if v is None else v for v in values], dtype=np.float64), kind)
    return pa.array(values, kind)


def _spread(pk: Ints, rare: np.ndarray[Any, Any]) -> Mapping[str, np.ndarray[Any, Any]]:
    defaults = {"topic": -1, "object": -1, "weight": 1.0, "relevance": np.nan, "gone": 0}
    out = {c: np.full(len(pk), d, dtype=_RARE[c]) for c, d in defaults.items()}
    place = np.searchsorted(pk, rare["pk"])
    for name, column in out.items():
        column[place] = rare[name]
    out["relevance"][np.isinf(out["relevance"])] = np.nan
    return out
