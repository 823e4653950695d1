"""The store's columns in memory, kept fresh by its change feed, and the Projection as of any date made from them.

A Replica holds every row ever claimed (with the sequence numbers it came and went with), so that
:func:`graphsvc.projecting.project` needs no database for any ``as_of`` or ``known_at``; applying deltas one by one
gives the same columns as reading all at once.
It keeps no decayed sums; beside the columns it keeps the last Timeline and which interactions changed since, so that
the next Projection reads these only. A refresh equals a rebuild.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphsvc.narrow import is_repeated, one_value, repeated, room
from graphsvc.projection import Bools, Ints
from graphsvc.store import DELTA_TABLES, Delta

if TYPE_CHECKING:
    from graphsvc.timeline import Timeline

_NUMPY = {pa.int64(): "int32", pa.int32(): "int16", pa.int8(): "int8", pa.float64(): "float64",
          pa.float32(): "float32"}  # fmt: skip  # a column of integers widens when a value asks for it
Column = NDArray[Any]


class ColumnTable:
    """Columns of one table, addressed by pk; grows by doubling, so that appends are cheap.

    A column takes the smallest type that its values have needed so far, and holds a value once (stride 0) while all
    rows say the same. The columns of :mod:`graphsvc.warm` lie in files: what is written to them stays in this process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.alive: Bools = np.zeros(0, dtype=bool)
        self.columns: dict[str, Column] = {
            c: np.zeros(0, dtype=_dtype(kind)) for c, kind in DELTA_TABLES[name].items() if c != "pk"
        }
        self.size = 0  # largest pk + 1

    def __getitem__(self, column: str) -> Column:
        return self.columns[column][: self.size]

    @property
    def living(self) -> Bools:
        """Which pks exist."""
        return self.alive[: self.size]

    def put(self, rows: pa.Table) -> None:
        """Insert or replace rows by pk."""
        if not len(rows):
            return
        pk = _numpy(rows["pk"])
        first = self.size == 0
        self._grow(int(pk.max()) + 1)
        for name in self.columns:
            self._set(name, pk, _numpy(rows[name]), first=first)
        self.alive[pk] = True

    def kill(self, pks: Ints) -> None:
        """Forget rows that no longer exist; what they held is zeroed, so that nothing of it stays in memory.

        A value that all rows share says nothing of those that went; where none is left, it goes too.
        """
        pks = pks[pks < self.size]
        self.alive[pks] = False
        empty = not self.living.any()
        for name, column in self.columns.items():
            if not is_repeated(column):
                column[pks] = np.zeros(1, dtype=column.dtype)[0]
            elif empty:
                self.columns[name] = np.zeros(len(column), dtype=column.dtype)

    def detach(self) -> None:
        """Copy what lies in files into memory, so that the files can go."""
        self.alive = self.alive.copy()
        self.columns = {n: c if is_repeated(c) else c.copy() for n, c in self.columns.items()}

    def _set(self, name: str, pk: Ints, values: Column, *, first: bool) -> None:
        column, only = self.columns[name], one_value(values)
        if only is not None and (first or is_repeated(column)) and (first or _equal(column[:1], only)):
            self.columns[name] = repeated(only.astype(room(column, only)), len(column))
            return
        wide = room(column, values)
        if is_repeated(column) or column.dtype != wide:
            column = self.columns[name] = column.astype(wide)
        column[pk] = values

    def _grow(self, size: int) -> None:
        if size > len(self.alive):
            capacity = max(size, 2 * len(self.alive))
            alive: Bools = _resized(self.alive, capacity)
            self.alive = alive
            self.columns = {name: _resized(c, capacity) for name, c in self.columns.items()}
        self.size = max(self.size, size)


@dataclass(frozen=True)
class Kept:
    """The last Timeline and what changed since. Never changed in place: another thread may be reading it."""

    timeline: Timeline
    interactions: tuple[Ints, ...] = ()  # handles of rows that came, went or were replaced
    regrouped: bool = False  # members or links changed


class Replica:
    """All columns of a workspace at one sequence number."""

    def __init__(self) -> None:
        self.sequence = 0
        self.tables = {name: ColumnTable(name) for name in DELTA_TABLES if name != "words"}
        self.words: dict[int, str] = {}
        self.kept: Kept | None = None
        self.unfiled = 0  # rows of interactions that came after the files the columns lie in

    def detach(self) -> None:
        """Copy what lies in files into memory, so that nothing of an erased person is held by a file still open."""
        self.kept = None
        for table in self.tables.values():
            table.detach()
        self.unfiled = self.tables["interactions"].size

    def apply(self, delta: Delta) -> None:
        """Take a delta in.

        Raises
        ------
        ValueError
            When the delta starts after this replica's sequence: changes between would be lost.
        """
        if delta.since > self.sequence:
            raise ValueError(f"delta starts at {delta.since}, replica is at {self.sequence}")
        for name, rows in delta.tables.items():
            if name == "words":
                self.words.update((int(r["pk"]), str(r["text"])) for r in rows.to_pylist())
            else:
                self.tables[name].put(rows)
        for name, pks in delta.dead.items():
            if name == "words":
                for pk in pks:
                    self.words.pop(int(pk), None)
            else:
                self.tables[name].kill(np.asarray(pks, dtype=np.int64))
        self._note(delta)
        self.unfiled += len(delta.tables.get("interactions", ()))
        self.sequence = delta.sequence

    def _note(self, delta: Delta) -> None:
        """Remember what changed; after an erasure forget all, so that nothing of the person stays in memory."""
        if self.kept is None or any(len(pks) for pks in delta.dead.values()):
            self.kept = None
            return
        rows = delta.tables.get("interactions")
        changed = () if rows is None else (_numpy(rows["pk"]),)
        regrouped = any(len(delta.tables[name]) for name in ("members", "links") if name in delta.tables)
        self.kept = Kept(
            self.kept.timeline, (*self.kept.interactions, *changed), regrouped=self.kept.regrouped or regrouped
        )

    def sequence_at(self, known_at: int | None) -> int:
        """The last sequence number committed at or before a record time [us]; None means now."""
        if known_at is None:
            return self.sequence
        commits = self.tables["commits"]
        known = np.flatnonzero(commits.living & (commits["time"] <= known_at))
        return int(known[-1]) if len(known) else 0

    def visible(self, name: str, sequence: int) -> Ints:
        """Handles (pks) of the rows of a table that were known and not yet replaced at a sequence number."""
        return np.flatnonzero(self.visible_among(name, sequence, slice(None)))

    def visible_among(self, name: str, sequence: int, rows: Ints | slice) -> Bools:
        """Which of some rows of a table were known and not yet replaced at a sequence number."""
        t = self.tables[name]
        mask: Bools = t.living[rows] & (t["rec"][rows] <= sequence)
        if "gone" in t.columns:
            gone = t["gone"][rows]
            mask &= (gone == 0) | (gone > sequence)
        return mask


def _dtype(kind: pa.DataType) -> np.dtype[np.generic]:
    return np.dtype("S32") if kind == pa.string() else np.dtype(_NUMPY[kind])


def _numpy(column: pa.ChunkedArray[Any]) -> Column:
    if pa.types.is_string(column.type):
        return np.asarray(column.to_pylist(), dtype="S32")
    missing = np.nan if pa.types.is_floating(column.type) else -1
    filled = pc.fill_null(column, pa.scalar(missing, column.type)) if column.null_count else column
    return filled.to_numpy()


def _equal(a: Column, b: Column) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")


def _resized(column: Column, capacity: int) -> Column:
    if is_repeated(column):
        return repeated(column, capacity)
    out = np.zeros(capacity, dtype=column.dtype)
    out[: len(column)] = column
    return out
