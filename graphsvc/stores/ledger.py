"""What a store's logic needs of a database, and no more: questions, rows in, rows marked, transactions.

The logic (merging, links, erasure, look-ups) is written once over these classes and runs on SQLite and Neo4j alike;
a database only says how a transaction runs, how rows are written and what a question's text is.

A *core* table (``DELTA_TABLES``) has handles (``pk``) that are never used again and rows that are marked, not changed;
a *shelf* (:mod:`graphsvc.stores.tables`) holds everything else by its key.
"""

from __future__ import annotations

import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pyarrow as pa

from graphsvc.clock import Clock
from graphsvc.errors import InputError
from graphsvc.settings import settings
from graphsvc.store import DELTA_TABLES
from queries.question import Question
from queries.state import ErasedIds, Handle, LastCommit, Meta

T = TypeVar("T")
R = TypeVar("R", bound=tuple[Any, ...])
Range = tuple[int, int]
Column = Sequence[Any]
Values = Mapping[str, Any]  # column -> one value for all rows, or a sequence with one for each

ADDED, ERASED = 0, 1
BLOCKED_ALIASES = "blocked_aliases"  # in meta: how many further keys of erased persons were met since
COMPACT_DUE = "compact_due"  # in meta: the files may still hold bytes of what was erased
SHORTEST_KEY = 16  # [bytes]
CACHED = 200_000  # keys and words kept in memory, about 60 MB
Place = tuple[int, str, str]  # label, space, key
Known = tuple[int, bytes]  # pk, public id


class Reader(ABC):
    """Questions that see one state of the database; in Neo4j, all that is committed."""

    @abstractmethod
    def ask(self, question: Question[R]) -> list[R]:
        """All rows of the answer."""

    def one(self, question: Question[R]) -> R | None:
        """The first row of the answer, None where there is none."""
        rows = self.ask(question)
        return rows[0] if rows else None

    @abstractmethod
    def lines(self, question: Question[R]) -> Iterator[R]:
        """The rows of a long answer, one at a time; to be used up before the next question."""

    @abstractmethod
    def span(self, table: str, ranges: Sequence[Range]) -> pa.Table:
        """The delta columns of a core table's rows with handles in some ranges, ascending by handle."""

    @abstractmethod
    def claims(self, table: str, columns: Sequence[str], source: int, members: Sequence[int]) -> list[tuple[Any, ...]]:
        """A source's live claims about some members: (pk, member, columns ...), by handle."""

    @abstractmethod
    def naming(self, table: str, column: str, values: Sequence[int], more: Sequence[str]) -> list[tuple[Any, ...]]:
        """Rows of a core table, dead ones included, whose column is among values: (pk, more ...), by handle."""

    @abstractmethod
    def rows(self, table: str, after: int, limit: int) -> list[tuple[Any, ...]]:
        """Whole rows of a table, columns as in ``columns_of(table)``.

        Of a core table by handle, those after the handle ``after``; of a shelf by key, those after ``after`` rows.
        """


class Writer(Reader):
    """A transaction that writes."""

    @abstractmethod
    def add(self, table: str, values: Values, count: int) -> None:
        """Insert rows, all columns of :func:`graphsvc.stores.tables.columns_of` given."""

    @abstractmethod
    def put(self, shelf: str, values: Values, count: int) -> None:
        """Insert rows of a shelf, or replace those of the same key."""

    @abstractmethod
    def add_missing(self, shelf: str, values: Values, count: int) -> int:
        """Insert the rows of a shelf whose key is not there yet; gives how many."""

    @abstractmethod
    def amend(self, table: str, by: str, keys: Column, values: Values) -> int:
        """Set columns of the rows whose column ``by`` is a key (one value for all, or one per key); gives how many."""

    @abstractmethod
    def remove(self, table: str, by: str, keys: Column) -> int:
        """Delete the rows whose column ``by`` is among keys, for good; gives how many."""

    @abstractmethod
    def number(self, what: str, count: int = 1) -> int:
        """Reserve handles that were never given before; gives the first."""

    @abstractmethod
    def lock(self, what: str) -> None:
        """Hold a lock of a name to the end of the transaction: before a read whose answer decides a write."""


@dataclass
class Cache:
    """Keys and words a ledger knows by heart; valid for one count of erasures and of keys blocked since (``epoch``)."""

    members: dict[Place, Known] = field(default_factory=dict)
    met: dict[tuple[int, str], dict[str | None, Known]] = field(default_factory=dict)  # (label, source): key as written
    words: dict[str, int] = field(default_factory=dict)
    erased: frozenset[str] = frozenset()
    epoch: str = ""

    def forget(self, epoch: str, erased: Iterable[str]) -> None:
        """Start anew after an erasure."""
        self.members, self.met, self.words = {}, {}, {}
        self.erased, self.epoch = frozenset(erased), epoch

    def learn(self, change: Change) -> None:
        """Keep what a committed change met."""
        if change.epoch != self.epoch:
            return
        for kept, size in ((self.members, len(self.members)), (self.words, len(self.words))):
            if size > CACHED:
                kept.clear()
        if sum(map(len, self.met.values())) > CACHED:
            self.met.clear()
        self.members.update(change.members)
        for place, met in change.met.items():
            self.met.setdefault(place, {}).update(met)
        self.words.update(change.words)


class Change:
    """One change under way: its sequence number, its moment [us] and what it touched."""

    def __init__(self, writer: Writer, sequence: int, now: int, epoch: str) -> None:
        self.writer = writer
        self.sequence = sequence
        self.now = now
        self.epoch = epoch
        self.dirty = False  # something was written; else the sequence number is given back
        self.members: dict[Place, Known] = {}  # to be cached once committed
        self.met: dict[tuple[int, str], dict[str | None, Known]] = {}
        self.words: dict[str, int] = {}
        self.blocked: set[str] = set()  # public ids of further keys of erased persons, met in this change
        self.renamed: set[int] = set()  # members whose names or keys search must learn
        self._log: list[tuple[str, int, int, int]] = []
        self._next: dict[str, int] = {}

    def ask(self, question: Question[R]) -> list[R]:
        """All rows of a question's answer, as they are inside this change."""
        return self.writer.ask(question)

    def one(self, question: Question[R]) -> R | None:
        """The first row of a question's answer."""
        return self.writer.one(question)

    def next_pk(self, table: str) -> int:
        """The first handle no row of the table ever had; safe because changes come one after the other."""
        if table not in self._next:
            found = self.writer.one(Handle(table))
            self._next[table] = (found.last if found else 0) + 1
        return self._next[table]

    def insert(self, table: str, values: Values, count: int) -> int:
        """Insert rows of a core table, all columns but ``pk``, ``rec`` and ``gone`` given; gives the first handle."""
        first = self.next_pk(table)
        if count:
            life = {c: v for c, v in (("rec", self.sequence), ("gone", 0)) if c in DELTA_TABLES[table]}
            self.writer.add(table, {**values, **life, "pk": range(first, first + count)}, count)
            self._next[table] = first + count
            self.writer.put("handles", {"what": [table], "last": [first + count - 1]}, 1)
            self.log(table, ADDED, first, first + count - 1)
        return first

    def retire(self, table: str, pks: Iterable[int]) -> None:
        """Mark rows as gone with this change."""
        if pks := sorted(pks):
            self.writer.amend(table, "pk", pks, {"gone": self.sequence})
            self.touch(table, pks)

    def touch(self, table: str, pks: Iterable[int], op: int = ADDED) -> None:
        """Log rows that changed (``ADDED``) or no longer exist (``ERASED``), as ranges."""
        for first, last in ranges(pks):
            self.log(table, op, first, last)

    def log(self, table: str, op: int, first: int, last: int) -> None:
        """Log one range of rows."""
        self.dirty = True
        self._log.append((table, op, first, last))

    def finish(self) -> None:
        """Write the commit and its change log."""
        self.writer.add("commits", {"pk": [self.sequence], "time": [self.now]}, 1)
        entries = sorted(set(self._log))
        columns = list(zip(*entries, strict=True)) or [(), (), (), ()]
        values = dict(zip(("what", "op", "first", "last"), columns, strict=True))
        self.writer.add("change", {**values, "seq": self.sequence}, len(entries))


class Ledger(ABC):
    """A database: opens it, runs reads, writes and changes; work may run again after a fault that passes."""

    url: str
    key: bytes  # of the workspace
    clock: Clock

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.cache = Cache()

    @abstractmethod
    def read(self, work: Callable[[Reader], T]) -> T:
        """Run questions."""

    def remembered(self, name: str, work: Callable[[Reader], T]) -> T:
        """What :meth:`read` gives for a small question asked all the time; kept where it is known to hold still."""
        return self.read(work)

    @abstractmethod
    def write(self, work: Callable[[Writer], T]) -> T:
        """Run a write of results or settings, all or nothing, that takes no sequence number."""

    @abstractmethod
    def exclusive(self, work: Callable[[Writer], tuple[T, bool]]) -> T:
        """Run a write that no other change runs beside; it is committed when ``work`` says True, all or nothing."""

    @abstractmethod
    def compact(self) -> bool:
        """Leave no byte of what was erased in the database's files, as far as it can; False when it is still due."""

    @abstractmethod
    def close(self) -> None:
        """Release the connections."""

    def change(self, work: Callable[[Change], T]) -> T:
        """Run a change of claims or decisions, all or nothing; one that changed nothing leaves no trace."""
        made: list[Change] = []

        def run(writer: Writer) -> tuple[T, bool]:
            change = self._begin(writer)
            result = work(change)
            if change.dirty:
                change.finish()
            made[:] = [change] if change.dirty else []
            return result, change.dirty

        result = self.exclusive(run)
        for change in made:
            self.cache.learn(change)
        return result

    def _begin(self, writer: Writer) -> Change:
        last = writer.ask(LastCommit())[0]
        epoch = ":".join(meta(writer, name) or "0" for name in ("erasures", BLOCKED_ALIASES))
        if epoch != self.cache.epoch:
            self.cache.forget(epoch, (row.id for row in writer.ask(ErasedIds())))
        return Change(writer, last.sequence + 1, max(self.clock(), last.time), epoch)


def meta(reader: Reader, name: str) -> str | None:
    """A value of the shelf meta."""
    row = reader.one(Meta(name))
    return row.value if row else None


def new_key() -> bytes:
    """Key of a new workspace: the one configured, else 32 random bytes.

    Raises
    ------
    InputError
        When the configured key is not hexadecimal or too short.
    """
    given = settings().workspace_key
    try:
        key = bytes.fromhex(given) if given else secrets.token_bytes(32)
    except ValueError as error:
        raise InputError("store.bad_workspace_key") from error
    if len(key) < SHORTEST_KEY:
        raise InputError("store.bad_workspace_key")
    return key


def ranges(pks: Iterable[int]) -> Iterator[Range]:
    """Runs of consecutive handles.

    Examples
    --------
    >>> list(ranges([5, 1, 2, 3, 3]))
    [(1, 3), (5, 5)]
    """
    first = last = None
    for pk in sorted(set(pks)):
        if last is not None and pk == last + 1:
            last = pk
            continue
        if first is not None and last is not None:
            yield first, last
        first = last = pk
    if first is not None and last is not None:
        yield first, last
