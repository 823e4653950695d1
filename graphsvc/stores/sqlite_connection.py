"""Connections, transactions and the sequence of one SQLite file that several threads and processes use at once.

Each thread has its own connection; one writer at a time holds the file's write lock, which a second one waits for. A
change first takes the next sequence number, under that lock, so that no reader of the change feed can miss it.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from graphsvc.errors import GraphsvcError, InputError, NotFoundError, StoreError, TransientError
from graphsvc.settings import settings
from graphsvc.store import SCHEMA_VERSION
from graphsvc.stores import sqlite_schema as schema

Clock = Callable[[], int]
ADDED, ERASED = 0, 1
COMPACT_DUE = "compact_due"  # in meta: the file may still hold bytes of what was erased
SHORTEST_KEY = 16  # [bytes]
CACHED = 200_000  # keys and words kept in memory, about 60 MB

_PRAGMAS = (
    "PRAGMA synchronous = NORMAL",
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -65536",
    "PRAGMA journal_size_limit = 67108864",
)
_BY_CODE: dict[int, tuple[type[GraphsvcError], str]] = {
    sqlite3.SQLITE_BUSY: (TransientError, "store.busy"),
    sqlite3.SQLITE_LOCKED: (TransientError, "store.busy"),
    sqlite3.SQLITE_FULL: (StoreError, "store.disk_full"),
    sqlite3.SQLITE_CORRUPT: (StoreError, "store.damaged"),
    sqlite3.SQLITE_NOTADB: (StoreError, "store.damaged"),
    sqlite3.SQLITE_CANTOPEN: (StoreError, "store.cannot_open"),
    sqlite3.SQLITE_READONLY: (StoreError, "store.read_only"),
    sqlite3.SQLITE_PERM: (StoreError, "store.read_only"),
    sqlite3.SQLITE_IOERR: (StoreError, "store.disk_error"),
}


def wall_clock() -> int:
    """The present moment [us]."""
    return time.time_ns() // 1000


class Transaction:
    """One change under way: its sequence number, its moment [us] and what it touched."""

    def __init__(self, connection: sqlite3.Connection, sequence: int, now: int) -> None:
        self.connection = connection
        self.sequence = sequence
        self.now = now
        self.dirty = False  # something was written; else the sequence number is given back
        self.members: dict[tuple[int, str, str], tuple[int, bytes]] = {}  # to be cached once committed
        self.met: dict[tuple[int, str], dict[str | None, tuple[int, bytes]]] = {}
        self.words: dict[str, int] = {}
        self.renamed: set[int] = set()  # members whose names or keys search must learn
        self.epoch = ""
        self._log: list[tuple[str, int, int, int]] = []

    def next_pk(self, table: str) -> int:
        """The first handle no row of the table ever had; safe under the write lock."""
        row = self.connection.execute("SELECT last FROM handles WHERE what = ?", (table,)).fetchone()
        return (int(row[0]) if row else 0) + 1

    def insert(self, table: str, rows: Iterable[tuple[object, ...]], first: int, count: int) -> None:
        """Insert ``count`` whole rows whose handles are first, first + 1, ..."""
        if count:
            self.connection.executemany(schema.insert_sql(table), rows)
            self.connection.execute("INSERT OR REPLACE INTO handles VALUES (?, ?)", (table, first + count - 1))
            self.log(table, ADDED, first, first + count - 1)

    def retire(self, table: str, pks: Iterable[int]) -> None:
        """Mark rows as gone with this change."""
        pks = sorted(pks)
        self.connection.executemany(schema.gone_sql(table), ((self.sequence, pk) for pk in pks))
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
        self.connection.execute("INSERT INTO commits(pk, time) VALUES (?, ?)", (self.sequence, self.now))
        self.connection.executemany(
            "INSERT INTO change(seq, what, op, first, last) VALUES (?, ?, ?, ?, ?)",
            [(self.sequence, *entry) for entry in sorted(set(self._log))],
        )


class Database:
    """The file: opens it, hands out connections, runs reads, writes and changes."""

    def __init__(self, path: Path, *, create: bool, clock: Clock) -> None:
        self.path = path
        self.clock = clock
        self.wait = settings().wait_seconds
        self.members: dict[tuple[int, str, str], tuple[int, bytes]] = {}  # (label, space, key) -> (pk, id)
        self.met: dict[tuple[int, str], dict[str | None, tuple[int, bytes]]] = {}  # (label, source) -> key as written
        self.words: dict[str, int] = {}
        self.erased: frozenset[str] = frozenset()
        self.epoch = ""  # how often something was erased, as of the caches above
        self._local = threading.local()
        self._open: list[tuple[int, sqlite3.Connection]] = []  # (process, connection)
        weakref.finalize(self, _close, self._open)  # a store nobody closed leaves no connection behind
        self._guard = threading.RLock()
        if not create and not path.exists():
            raise NotFoundError("store.no_database", path=str(path))
        with self.translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare(self.connection)
            self.key = self._workspace_key()
            self._finish_erasure()

    @property
    def connection(self) -> sqlite3.Connection:
        """Connection of the calling thread; a forked child never uses its parent's."""
        if getattr(self._local, "pid", None) != os.getpid():
            self._local.connection = self._connect()
            self._local.pid = os.getpid()
        found: sqlite3.Connection = self._local.connection
        return found

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Turn SQLite's errors into sentences."""
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0) & 0xFF
            if code not in _BY_CODE:
                raise
            kind, phrase = _BY_CODE[code]
            raise kind(phrase, path=str(self.path), seconds=self.wait, detail=str(error)) from error
        except OSError as error:
            raise StoreError("store.cannot_open", path=str(self.path), detail=str(error)) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Several statements that see one state of the file."""
        connection = self.connection
        with self.translated():
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A write of results or settings, all or nothing, that takes no sequence number."""
        connection = self.connection
        with self._turn(), self.translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    @contextmanager
    def changing(self) -> Iterator[Transaction]:
        """A change of claims or decisions, all or nothing; one that changed nothing leaves no trace."""
        connection = self.connection
        with self._turn(), self.translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                change = self._begin(connection)
                yield change
                if change.dirty:
                    change.finish()
                    connection.execute("COMMIT")
                    self._remember(change)
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def compact(self) -> bool:
        """Rewrite the file without its deleted content and empty the log; False when a reader hinders it."""
        connection = self.connection
        with self._turn(), self.translated():
            connection.execute("PRAGMA temp_store = FILE")  # the copy may be larger than memory
            connection.execute("VACUUM")
            connection.execute("PRAGMA temp_store = MEMORY")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                connection.execute("DELETE FROM meta WHERE name = ?", (COMPACT_DUE,))
        return not busy

    def close(self) -> None:
        """Close the connections this process opened."""
        with self._guard:
            _close(self._open)
            self._local = threading.local()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One writer at a time among this process's threads; they too wait only so long."""
        if not self._guard.acquire(timeout=self.wait):
            raise TransientError("store.busy", path=str(self.path), seconds=self.wait)
        try:
            yield
        finally:
            self._guard.release()

    def _finish_erasure(self) -> None:
        """What an erasure left to do: it was killed, or a reader hindered it. It stays due when hindered again."""
        if meta(self.connection, COMPACT_DUE):
            with suppress(TransientError):
                self.compact()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=self.wait, isolation_level=None, check_same_thread=False)
        self._open.append((os.getpid(), connection))
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    def _begin(self, connection: sqlite3.Connection) -> Transaction:
        sequence, last = connection.execute("SELECT ifnull(max(pk), 0), ifnull(max(time), 0) FROM commits").fetchone()
        change = Transaction(connection, sequence + 1, max(self.clock(), last))
        change.epoch = str(meta(connection, "erasures"))
        if change.epoch != self.epoch:
            self.members, self.met, self.words = {}, {}, {}
            self.erased = frozenset(row[0] for row in connection.execute("SELECT id FROM erased"))
            self.epoch = change.epoch
        return change

    def _remember(self, change: Transaction) -> None:
        if change.epoch == self.epoch:
            if len(self.members) > CACHED:
                self.members.clear()
            if len(self.words) > CACHED:
                self.words.clear()
            if sum(map(len, self.met.values())) > CACHED:
                self.met.clear()
            self.members.update(change.members)
            for place, met in change.met.items():
                self.met.setdefault(place, {}).update(met)
            self.words.update(change.words)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError("store.newer_schema", path=str(self.path), found=version, known=SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            self._write_ahead(connection)
            with self.writing():
                self._install(connection)

    def _write_ahead(self, connection: sqlite3.Connection) -> None:
        if connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0] and not self._ours(connection):
            raise StoreError("store.not_ours", path=str(self.path))
        deadline = time.monotonic() + self.wait
        while True:  # another process that creates the same file makes this fail at once, not after the wait
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
            else:
                return

    def _ours(self, connection: sqlite3.Connection) -> bool:
        return bool(connection.execute("PRAGMA application_id").fetchone()[0] == schema.APPLICATION_ID)

    def _install(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version == 0:
            schema.create(connection)
            connection.execute("INSERT INTO meta(name, value) VALUES ('workspace_key', ?)", (_new_key().hex(),))
            connection.execute("INSERT INTO meta(name, value) VALUES ('erasures', '0')")
        elif version < SCHEMA_VERSION:
            schema.migrate(connection, version)

    def _workspace_key(self) -> bytes:
        return bytes.fromhex(str(meta(self.connection, "workspace_key")))


def _new_key() -> bytes:
    """Key of a new workspace: the one configured, else 32 random bytes."""
    given = settings().workspace_key
    try:
        key = bytes.fromhex(given) if given else secrets.token_bytes(32)
    except ValueError as error:
        raise InputError("store.bad_workspace_key") from error
    if len(key) < SHORTEST_KEY:
        raise InputError("store.bad_workspace_key")
    return key


def meta(connection: sqlite3.Connection, name: str) -> str | None:
    """A value of the table meta."""
    row = connection.execute("SELECT value FROM meta WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else None


def ranges(pks: Iterable[int]) -> Iterator[tuple[int, int]]:
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


def _close(opened: list[tuple[int, sqlite3.Connection]]) -> None:
    """Close the connections of this process; those a parent process opened are the parent's."""
    for pid, connection in opened:
        if pid == os.getpid():
            connection.close()
    opened.clear()
