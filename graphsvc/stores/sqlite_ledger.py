"""One SQLite file that several threads and processes use at once: its connections and transactions.

Each thread has its own connection; one writer at a time holds the file's write lock, which a second one waits for. A
change first takes the next sequence number, under that lock, so that no reader of the change feed can miss it.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from graphsvc.clock import Clock, now
from graphsvc.errors import GraphsvcError, NotFoundError, ReadOnlyError, StoreError, TransientError
from graphsvc.settings import settings
from graphsvc.store import SCHEMA_VERSION
from graphsvc.stores import sqlite_schema as schema
from graphsvc.stores.ledger import COMPACT_DUE, Change, Ledger, Reader, Writer, meta, new_key
from graphsvc.stores.names import update_search
from graphsvc.stores.sqlite_rows import SqliteRows
from queries.members import AllMembers

T = TypeVar("T")
SEARCH_DUE = "search_due"  # in meta: a migration left the texts that search looks at to be written

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
    sqlite3.SQLITE_READONLY: (ReadOnlyError, "store.read_only"),
    sqlite3.SQLITE_PERM: (ReadOnlyError, "store.read_only"),
    sqlite3.SQLITE_IOERR: (StoreError, "store.disk_error"),
}


class SqliteLedger(Ledger):
    """The file: opens it, hands out connections, runs reads, writes and changes."""

    def __init__(self, path: Path, *, create: bool = True, clock: Clock = now) -> None:
        super().__init__(clock)
        self.url = f"sqlite:///{path}"
        self.path = path
        self.wait = settings().wait_seconds
        self._local = threading.local()
        self._open: list[tuple[int, sqlite3.Connection]] = []  # (process, connection)
        weakref.finalize(self, _close, self._open)  # a store nobody closed leaves no connection behind
        self._guard = threading.RLock()
        if not create and not path.exists():
            raise NotFoundError("store.no_database", path=str(path))
        self.still = _lies_still(path)
        with self.translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare(self.connection)
            self.key = bytes.fromhex(str(meta(SqliteRows(self.connection), "workspace_key")))
            if not self.still:
                self._finish()

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

    def read(self, work: Callable[[Reader], T]) -> T:
        """Run questions that see one state of the file."""
        connection = self.connection
        with self.translated():
            if connection.in_transaction:
                return work(SqliteRows(connection))
            connection.execute("BEGIN")
            try:
                return work(SqliteRows(connection))
            finally:
                connection.execute("ROLLBACK")

    def remembered(self, name: str, work: Callable[[Reader], T]) -> T:
        """What :meth:`read` gives; from memory while no connection has written to the file since.

        SQLite tells a connection of every commit by another one (``data_version``), and counts its own changes: that
        costs a twentieth of the smallest question.
        """
        connection = self.connection
        if connection.in_transaction:
            return self.read(work)
        with self.translated():
            told = connection.execute("PRAGMA data_version").fetchone()[0]
        version = connection, told, connection.total_changes
        if getattr(self._local, "version", None) != version:
            self._local.version, self._local.remembered = version, {}
        kept: dict[str, T] = self._local.remembered
        if name not in kept:
            kept[name] = self.read(work)
        return kept[name]

    def write(self, work: Callable[[Writer], T]) -> T:
        """Run a write of results or settings, all or nothing, that takes no sequence number."""
        return self.exclusive(lambda writer: (work(writer), True))

    def exclusive(self, work: Callable[[Writer], tuple[T, bool]]) -> T:
        """Run a write under the file's write lock."""
        connection = self.connection
        with self._turn(), self.translated():
            connection.execute("BEGIN IMMEDIATE")
            try:
                result, keep = work(SqliteRows(connection))
                if keep:
                    connection.execute("COMMIT")
                return result
            finally:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")

    def compact(self) -> bool:
        """Rewrite the file without its deleted content and empty the log; False when a reader hinders it."""
        connection = self.connection
        with self._turn(), self.translated():
            connection.execute("INSERT INTO found_words(found_words) VALUES ('rebuild')")
            connection.execute("PRAGMA temp_store = FILE")  # the copy may be larger than memory
            connection.execute("VACUUM")
            connection.execute("PRAGMA temp_store = MEMORY")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                SqliteRows(connection).remove("meta", "name", [COMPACT_DUE])
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

    def _finish(self) -> None:
        """What an erasure or a migration left to do; what another process hinders stays due."""
        rows = SqliteRows(self.connection)
        if meta(rows, SEARCH_DUE):
            self.change(_write_search)
        if meta(rows, COMPACT_DUE):
            with suppress(TransientError):
                self.compact()

    def _connect(self) -> sqlite3.Connection:
        place = f"{self.path.absolute().as_uri()}?mode=ro&immutable=1" if self.still else str(self.path)
        connection = sqlite3.connect(
            place, timeout=self.wait, isolation_level=None, check_same_thread=False, uri=self.still
        )
        self._open.append((os.getpid(), connection))
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        return connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version > SCHEMA_VERSION:
            raise StoreError("store.newer_schema", path=str(self.path), found=version, known=SCHEMA_VERSION)
        if version < SCHEMA_VERSION:
            self._write_ahead(connection)
            self.write(lambda _: self._install(connection))

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
            values = {"name": ["workspace_key", "erasures"], "value": [new_key().hex(), "0"]}
            SqliteRows(connection).put("meta", values, 2)
        elif version < SCHEMA_VERSION:
            schema.migrate(connection, version)


def _write_search(change: Change) -> None:
    change.renamed.update(row.pk for row in change.ask(AllMembers()))
    update_search(change, 0)
    change.writer.remove("meta", "name", [SEARCH_DUE])
    change.dirty = True


def _lies_still(path: Path) -> bool:
    """True of a file that cannot be written here and that nobody writes: SQLite then needs no files beside it.

    A file in use has its log beside it; to read over that, as if it were not there, would miss what was committed.
    """
    if not path.exists() or (os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)):
        return False
    log, shared = (path.with_name(path.name + end) for end in ("-wal", "-shm"))
    return not log.exists() or (log.stat().st_size == 0 and not shared.exists())


def _close(opened: list[tuple[int, sqlite3.Connection]]) -> None:
    """Close the connections of this process; those a parent process opened are the parent's."""
    for pid, connection in opened:
        if pid == os.getpid():
            connection.close()
    opened.clear()
