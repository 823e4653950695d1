"""Rows in and out of Neo4j: a ledger's reader and writer.

Rows come and go as columns: a statement writes some 20,000 of them, and an answer brings each column as one list,
because a row costs far more on the way than its values.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
from neo4j import Result, Transaction
from numpy.typing import NDArray

from graphsvc.errors import BudgetError, StoreError
from graphsvc.projection import Ints
from graphsvc.store import DELTA_TABLES
from graphsvc.stores import neo4j_text as cypher
from graphsvc.stores.ledger import Column, Range, Reader, Values, Writer
from graphsvc.stores.neo4j_connection import Server
from graphsvc.stores.tables import columns_of, kind_of
from queries.question import Question, text_of
from queries.state import Commit, LastCommit, Published

R = TypeVar("R", bound=tuple[Any, ...])
Run = Callable[[str, Mapping[str, Any]], Result]
Lag = Callable[[Commit, Commit], bool]  # (committed, published) -> whether it is worth asking again
PAGE = 50_000  # rows per answer in columns
BATCH = 20_000  # rows per statement that writes

_NO_TEXT = secrets.token_hex(16)  # stands for null where columns are gathered; no text of anybody's
_NO_INT = -(2**63)
_STAND_INS: Mapping[str, Any] = {"no_text": _NO_TEXT, "no_int": _NO_INT, "no_real": float("nan")}


class Neo4jReader(Reader):
    """Questions, each in what transaction ``run`` gives it; ``most`` is the budget of rows."""

    def __init__(self, run: Run, most: int, lag: Lag | None = None) -> None:
        self._run = run
        self._most = most
        self._lag = lag

    def ask(self, question: Question[R]) -> list[R]:
        """All rows of the answer.

        Raises
        ------
        BudgetError
            When there are more than anybody may ask for.
        """
        found = list(self.lines(question))
        late = (
            self._lag is not None
            and isinstance(question, Published)
            and self._lag(next(self.lines(LastCommit())), Commit(*found[0]))
        )
        return list(self.lines(question)) if late else found

    def lines(self, question: Question[R]) -> Iterator[R]:
        """The rows of a long answer, one at a time."""
        asked = type(question)
        found = self._run(text_of(asked, "cypher"), {k: plain(v) for k, v in question.parameters.items()})
        make: Any = asked.row
        for record in islice(found, self._most):
            yield make._make(record)
        if found.peek() is not None:
            raise BudgetError("neo4j.too_many_rows", what=asked.stem(), rows=self._most)

    def span(self, table: str, ranges: Sequence[Range]) -> pa.Table:
        """The delta columns of the rows with handles in some ranges, ascending."""
        shape = DELTA_TABLES[table]
        parts = [self._columns(cypher.span(table), {"ranges": page}) for page in _pages(self._bounded(table, ranges))]
        kinds = {c: np.float64 if pa.types.is_floating(k) else np.int64 for c, k in shape.items()}
        return pa.table({c: _joined([p[c] for p in parts], kind, kinds[c]) for c, kind in shape.items()})

    def claims(self, table: str, columns: Sequence[str], source: int, members: Sequence[int]) -> list[tuple[Any, ...]]:
        """A source's live claims about some members: (pk, member, columns ...), by handle."""
        wanted = ("pk", "member", *columns)
        text = cypher.claims(table, tuple(c for c in dict.fromkeys(columns) if c not in wanted[:2]))
        return self._tuples(table, text, members, wanted, {"source": int(source)})

    def naming(self, table: str, column: str, values: Sequence[int], more: Sequence[str]) -> list[tuple[Any, ...]]:
        """Rows of a core table whose column is among values: (pk, more ...), by handle.

        A column without an index (words) gives one row for each value that is used, which is all anybody asks of it.
        """
        return self._tuples(table, cypher.naming(table, column, tuple(more)), values, ("pk", *more), {})

    def rows(self, table: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        """Whole rows of a table."""
        found = self._columns(cypher.rows(table), {"after": after, "limit": limit})
        return list(zip(*(_nulls(table, c, found[c]) for c in columns_of(table)), strict=True))

    # -- inside -----------------------------------------------------------------------------------------------------

    def _columns(self, text: str, parameters: Mapping[str, Any]) -> Mapping[str, list[Any]]:
        """The one row of an answer that brings each column as a list."""
        record = self._run(text, {**parameters, **_STAND_INS}).single(strict=True)
        return dict(zip(record.keys(), record.values(), strict=True))

    def _tuples(
        self, table: str, text: str, values: Sequence[int], wanted: Sequence[str], more: Mapping[str, Any]
    ) -> list[tuple[Any, ...]]:
        distinct = list(dict.fromkeys(plain(values)))
        rows: list[tuple[Any, ...]] = []
        for begin in range(0, len(distinct), BATCH):
            found = self._columns(text, {"values": distinct[begin : begin + BATCH], **more})
            rows += zip(*(_nulls(table, c, found[c]) for c in wanted), strict=True)
        return sorted(rows, key=lambda row: row[0]) if len(distinct) > BATCH else rows

    def _bounded(self, table: str, ranges: Sequence[Range]) -> list[Range]:
        """Ranges that end where the table ends; ascending and apart."""
        if any(last - first >= PAGE for first, last in ranges):
            found = self._run(cypher.last(table), {}).single()
            end = int(found["last"]) if found else 0
            ranges = [(first, min(last, end)) for first, last in ranges]
        return sorted((int(first), int(last)) for first, last in ranges if first <= last)


class Neo4jWriter(Neo4jReader, Writer):
    """Questions and writes in one transaction."""

    def __init__(self, server: Server, transaction: Transaction, token: str) -> None:
        super().__init__(lambda text, values: transaction.run(text, dict(values)), _most(server))
        self._server = server
        self._token = token
        self.committed: Commit | None = None  # the last change written here

    def add(self, table: str, values: Values, count: int) -> None:
        """Insert rows."""
        columns = {c: stored(_sparse(table, c, values[c]), kind_of(table, c)) for c in columns_of(table)}
        if table == "interactions":
            self._add_interactions(columns, count)
        else:
            self._write(lambda single: cypher.add(table, single), columns, count, whole=table)
        if table == "commits" and count:
            pk, time = (list(_repeated(columns[c], count)) for c in ("pk", "time"))
            self.committed = max(Commit(*both) for both in zip(pk, time, strict=True))

    def put(self, shelf: str, values: Values, count: int) -> None:
        """Insert rows of a shelf, or replace those of the same key."""
        columns = {c: stored(values[c], kind_of(shelf, c)) for c in columns_of(shelf)}
        self._write(lambda single: cypher.put(shelf, single), columns, count, whole=shelf)

    def add_missing(self, shelf: str, values: Values, count: int) -> int:
        """Insert the rows of a shelf whose key is not there yet; gives how many."""
        columns = {c: stored(values[c], kind_of(shelf, c)) for c in columns_of(shelf)}
        return self._write(lambda single: cypher.add_missing(shelf, single), columns, count).created

    def amend(self, table: str, by: str, keys: Column, values: Values) -> int:
        """Set columns of the rows of some keys; gives how many."""
        columns = {c: stored(v, kind_of(table, c)) for c, v in values.items()}
        columns["keys"] = plain(keys)
        order = tuple(values)
        return self._write(lambda single: cypher.amend(table, by, order, single), columns, len(columns["keys"])).rows

    def remove(self, table: str, by: str, keys: Column) -> int:
        """Delete the rows whose column is among keys; gives how many."""
        return self._write(lambda _: cypher.remove(table, by), {"keys": (k := plain(keys))}, len(k)).rows

    def number(self, what: str, count: int = 1) -> int:
        """Reserve handles that were never given before; gives the first."""
        found = self._run(cypher.NUMBER, {"what": what, "count": count}).single(strict=True)
        return int(found["first"])

    def lock(self, what: str) -> None:
        """Wait until no other transaction holds the lock of this name, and hold it to the end of this one.

        Raises
        ------
        TransientError
            When another one held it for longer than we wait.
        """
        with self._server.patience(self._token, self._server.wait):
            self._run(cypher.LOCK, {"what": what}).consume()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _write(
        self, text: Callable[[frozenset[str]], str], columns: Values, count: int, whole: str | None = None
    ) -> Written:
        """Run a text over rows in batches; ``whole``: every row must be written."""
        single = frozenset(c for c, v in columns.items() if not isinstance(v, list))
        once = text(single) if count else ""
        rows = created = 0
        for begin in range(0, count, BATCH):
            n = min(BATCH, count - begin)
            part = {c: v if c in single else v[begin : begin + n] for c, v in columns.items()}
            done = self._count(once, {**part, "n": n, "member_labels": list(cypher.MEMBER_LABELS)})
            if whole and done.rows != n:
                raise StoreError("neo4j.row_without_member", table=whole, rows=n - done.rows)
            rows, created = rows + done.rows, created + done.created
        return Written(rows, created)

    def _count(self, text: str, parameters: Mapping[str, Any]) -> Written:
        found = self._run(text, parameters)
        rows = sum(int(record["n"]) for record in found)
        return Written(rows, found.consume().counters.nodes_created)

    def _add_interactions(self, columns: Mapping[str, Any], count: int) -> None:
        """Rows by event: each event is made or met once, and each actor joined to it once."""
        single = frozenset(c for c, v in columns.items() if not isinstance(v, list)) - {"time", "key", "actor"}
        for page in _events(columns, single, count):
            fresh = page.distinct and not self._run(cypher.ANY_EVENT, page.window).peek()
            text = cypher.add_interactions(single, fresh)
            done = self._count(text, page.parameters)
            if done.rows != page.rows:
                raise StoreError("neo4j.row_without_member", table="interactions", rows=page.rows - done.rows)


class Written(NamedTuple):
    """What a statement did: rows that it met or made, nodes that it made."""

    rows: int
    created: int


class EventPage(NamedTuple):
    """Parameters of one statement that writes interactions."""

    rows: int
    distinct: bool  # no two groups share an event
    window: Mapping[str, int]  # first and last time
    parameters: Mapping[str, Any]


def plain(value: Any) -> Any:
    """A parameter as the driver takes it: Python's own numbers, and lists.

    Examples
    --------
    >>> plain(np.arange(2)), plain(range(2)), plain([(np.int64(1), "x")]), plain(None)
    ([0, 1], [0, 1], [[1, 'x']], None)
    """
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    if isinstance(value, (pa.Array, pa.ChunkedArray)):
        return value.to_pylist()
    if isinstance(value, (list, tuple, range, set, frozenset)):
        return [plain(v) if isinstance(v, (np.generic, list, tuple)) else v for v in value]
    return value


def stored(value: Any, kind: str) -> Any:
    """One value or a list of a column as it is kept; a number that is none is null.

    Examples
    --------
    >>> stored(np.array([1.0, np.nan]), "real?"), stored(np.array([True]), "int"), stored(2, "real")
    ([1.0, None], [1], 2.0)
    """
    if isinstance(value, np.ndarray) and value.dtype != object and kind in ("int", "int?"):
        return value.astype(np.int64).tolist()
    if isinstance(value, np.ndarray) and value.dtype.kind == "f" and not np.isnan(value).any():
        return value.tolist()
    made = plain(value)
    one = _ONE.get(kind)
    if one is None:
        return made
    return [one(v) for v in made] if isinstance(made, list) else one(made)


def _sparse(table: str, column: str, values: Any) -> Any:
    """A column without the values that are not kept; None where all are so.

    Examples
    --------
    >>> _sparse("interactions", "topic", [-1, 7]), _sparse("interactions", "topic", np.array([-1, -1]))
    ([None, 7], None)
    """
    default = cypher.DEFAULTS.get(table, {}).get(column)
    if default is None:
        return values
    if isinstance(values, np.ndarray):
        values = values.tolist() if (values != default).any() else None
    if isinstance(values, (list, tuple)):
        return [None if v == default else v for v in values]
    return None if values == default else values


def _real(value: Any) -> float | None:
    return None if value is None or value != value else float(value)


_ONE: Mapping[str, Callable[[Any], Any]] = {
    "real": _real, "real?": _real, "bytes": lambda v: None if v is None else bytes(v),
}  # fmt: skip


def _repeated(value: Any, count: int) -> Sequence[Any]:
    return value if isinstance(value, list) else [value] * count


def _most(server: Server) -> int:
    return server.settings.query_rows


def _pages(ranges: Sequence[Range]) -> Iterator[list[list[int]]]:
    """Ranges in portions of at most ``PAGE`` handles.

    Examples
    --------
    >>> list(_pages([(1, 60_000), (70_000, 70_001)]))
    [[[1, 50000]], [[50001, 60000], [70000, 70001]]]
    """
    page: list[list[int]] = []
    room = PAGE
    for first, last in ranges:
        while first <= last:
            end = min(last, first + room - 1)
            page.append([first, end])
            room -= end - first + 1
            first = end + 1
            if not room:
                yield page
                page, room = [], PAGE
    if page:
        yield page


def _joined(parts: Sequence[list[Any]], kind: pa.DataType, number: Any) -> pa.Array[Any]:
    if pa.types.is_string(kind):
        return pa.array([text for part in parts for text in part], kind)
    arrays = [np.array(part, dtype=number) for part in parts]
    whole: NDArray[Any] = np.concatenate(arrays) if arrays else np.zeros(0, dtype=number)
    out: pa.Array[Any] = pa.array(whole).cast(kind)
    return out


def _nulls(table: str, column: str, values: list[Any]) -> list[Any]:
    """A gathered column with its nulls."""
    kind = kind_of(table, column)
    if kind == "text?":
        return [None if v == _NO_TEXT else v for v in values]
    if kind == "int?":
        return [None if v == _NO_INT else v for v in values]
    if kind == "real?":
        return [None if v != v else v for v in values]
    return values


def _events(columns: Mapping[str, Any], single: frozenset[str], count: int) -> Iterator[EventPage]:
    """Rows grouped by (time, key, actor), in portions that part no event."""
    if not count:
        return
    ends = (np.array(_repeated(columns[c], count), dtype=np.int64) for c in ("time", "key", "actor", "target"))
    time, key, actor, target = ends
    order = np.lexsort((actor, key, time))
    time, key, actor, target = time[order], key[order], actor[order], target[order]
    new_event = np.r_[True, (time[1:] != time[:-1]) | (key[1:] != key[:-1])]
    new_group = new_event | np.r_[True, actor[1:] != actor[:-1]]
    rest = {c: _ordered(v, order) for c, v in columns.items() if c not in single | {"time", "key", "actor"}}
    same = {c: columns[c] for c in single}
    for begin, end in _portions(np.flatnonzero(new_event), count):
        first = begin + np.flatnonzero(new_group[begin:end])
        groups = {c: values[first].tolist() for c, values in (("time", time), ("key", key), ("actor", actor))}
        members, at = np.unique(np.r_[actor[first], target[begin:end]], return_inverse=True)
        yield EventPage(
            rows=end - begin,
            distinct=len(first) == int(new_event[begin:end].sum()),
            window={"first": int(time[begin]), "last": int(time[end - 1])},
            parameters={
                **same, **groups, **{c: v[begin:end] for c, v in rest.items()}, "n": len(first),
                "start": [*(first - begin).tolist(), end - begin], "members": members.tolist(),
                "actor_at": at[: len(first)].tolist(), "target_at": at[len(first) :].tolist(),
            },
        )  # fmt: skip


def _ordered(values: list[Any], order: Ints) -> list[Any]:
    return [values[i] for i in order.tolist()]


def _portions(starts: Ints, count: int) -> Iterator[Range]:
    """Cuts at starts of events, about ``BATCH`` rows apart.

    Examples
    --------
    >>> list(_portions(np.array([0, 15_000, 35_000]), 36_000))
    [(0, 35000), (35000, 36000)]
    """
    begin = 0
    while begin < count:
        at = int(np.searchsorted(starts, begin + BATCH))
        end = int(starts[at]) if at < len(starts) else count
        yield begin, end
        begin = end
