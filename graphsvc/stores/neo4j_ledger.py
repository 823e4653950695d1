"""One Neo4j database that several threads and processes use at once: its transactions and its sequence.

A change first takes the lock of the counter ``committed`` by writing to it, so that changes come one after the other.
Neo4j lets readers see what is committed row by row, and a commit not all at once; readers therefore go by the counter
``published``, which follows in a transaction of its own once the commit has returned. Who finds it behind for longer
than a second (its writer died in between) brings it up.
"""

from __future__ import annotations

import secrets
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from neo4j import Session, Transaction
from neo4j.exceptions import ConstraintError, DriverError, Neo4jError

from graphsvc.clock import Clock, now
from graphsvc.errors import StoreError, TransientError
from graphsvc.stores import neo4j_schema as schema
from graphsvc.stores.ledger import COMPACT_DUE, Ledger, Reader, Writer, meta, new_key
from graphsvc.stores.neo4j_connection import Server, close
from graphsvc.stores.neo4j_rows import Neo4jReader, Neo4jWriter
from queries.state import Commit

T = TypeVar("T")
LATE = 1.0  # [s] behind for longer: the writer that should have published died
SHORT = 0.5  # [s] to wait for the lock in order to publish what another one left
LEFT = 86_400_000  # [ms] after which the trace of a write that died is swept

_TAKE = "MATCH (c:Counter {name: 'committed'}) SET c.name = c.name"  # a write, though of nothing new, takes the lock
_COUNTERS = (
    "MATCH (c:Counter {name: 'committed'}), (p:Counter {name: 'published'})"
    " RETURN c.sequence AS committed, c.time AS time, p.sequence AS published, p.time AS published_time"
)
_COMMITTED = "MATCH (c:Counter {name: 'committed'}) SET c.sequence = $sequence, c.time = $time"
_PUBLISH = (
    "MATCH (p:Counter {name: 'published'}) SET p.name = p.name WITH p WHERE p.sequence < $sequence"
    " SET p.sequence = $sequence, p.time = $time"
)
_MARK = "CREATE (:Written {token: $token, at: timestamp()})"
_UNMARK = "UNWIND $tokens AS token MATCH (w:Written {token: token}) DELETE w"
_OLD = "MATCH (w:Written) WHERE w.at < timestamp() - $left RETURN collect(w.token) AS tokens"
_CAN_CHECKPOINT = "SHOW PROCEDURES YIELD name WHERE name = 'db.checkpoint' RETURN count(*) > 0 AS can"
_CHECKPOINT = "CALL db.checkpoint()"


@dataclass(frozen=True)
class _Outcome(Generic[T]):
    """What a work gave, kept for the case that its commit broke off: it may have been done."""

    result: T
    commit: Commit | None


class Neo4jLedger(Ledger):
    """The database: opens it, runs reads, writes and changes.

    Parameters
    ----------
    url : see :class:`graphsvc.stores.neo4j_connection.Server`.
    create : make the schema where it is not there.
    clock : gives the present moment [us].
    """

    def __init__(self, url: str, *, create: bool = True, clock: Clock = now) -> None:
        super().__init__(clock)
        self.server = server = Server(url)
        self.url = server.url
        self._turn_lock = threading.Lock()
        self._behind: tuple[int, float] | None = None  # published number that is late, and since when
        self._finished: list[str] = []  # tokens of writes whose outcome is known
        weakref.finalize(self, close, server.opened)  # a ledger nobody closed leaves no connection behind
        try:
            server.version()
            schema.install(server, create=create, key=lambda: new_key().hex())
            self.key = self._workspace_key()
            self._finish()
        except BaseException:
            self.server.close()
            raise

    def read(self, work: Callable[[Reader], T]) -> T:
        """Run questions, each in a read transaction of its own with its own time-out."""
        server = self.server

        def once() -> T:
            with server.session() as session:
                return work(
                    Neo4jReader(lambda text, p: server.ask(session, text, p), server.settings.query_rows, self._lag)
                )

        return server.attempt(once)

    def write(self, work: Callable[[Writer], T]) -> T:
        """Run a write of results or settings, all or nothing; beside it others may write other rows."""
        token = secrets.token_hex(16)
        outcome: list[_Outcome[T]] = []

        def once() -> T:
            with self.server.transaction(token) as transaction:
                if self._mark(transaction, token, bool(outcome)):
                    return outcome[-1].result
                result = work(Neo4jWriter(self.server, transaction, token))
                self._commit(transaction, token, _Outcome(result, None), outcome)
                return result

        return self.server.attempt(once, self.server.write_seconds)

    def exclusive(self, work: Callable[[Writer], tuple[T, bool]]) -> T:
        """Run a write that no other change runs beside.

        Raises
        ------
        TransientError
            When another one wrote for longer than we wait, or the server was away for so long.
        """
        token = secrets.token_hex(16)
        outcome: list[_Outcome[T]] = []
        with self._turn():
            found = self.server.attempt(lambda: self._exclusively(work, token, outcome), self.server.write_seconds)
        if found.commit:
            self._publish(found.commit)
        return found.result

    def compact(self) -> bool:
        """Write all memory to the store's files, after which the server may drop its old transaction logs.

        Only the Enterprise edition does so on demand; Community does it by itself, every 15 minutes at the latest.
        """

        def checkpoint() -> None:
            with self.server.session(write=True) as session:
                if session.run(_CAN_CHECKPOINT).single(strict=True)["can"]:
                    session.run(_CHECKPOINT).consume()

        self.server.attempt(checkpoint, self.server.write_seconds)
        self.write(lambda writer: writer.remove("meta", "name", [COMPACT_DUE]))
        return True

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports of the server: check, ok, detail."""
        agent = self.server.attempt(lambda: self.server.driver.get_server_info().agent)
        version, unfit = schema.version_found(self.server), schema.unfit(self.server)
        with self.server.session() as session:
            committed, published = self.server.attempt(lambda: self._counters(session))
        found = (
            ("server", True, agent),
            ("schema_version", version == schema.VERSION, version),
            ("indexes", not unfit, ", ".join(unfit) or "ok"),
            ("published", published.sequence == committed.sequence, f"{published.sequence}/{committed.sequence}"),
        )
        return [{"check": name, "ok": ok, "detail": said} for name, ok, said in found]

    def close(self) -> None:
        """Forget what was kept for broken commits and close the connections of this process."""
        if self.server.opened and self._finished:
            # traces that stay are swept by whoever opens the database another day
            with suppress(Neo4jError, DriverError), self.server.session(write=True) as session:
                session.run(_UNMARK, tokens=self._finished).consume()
            self._finished.clear()
        self.server.close()

    # -- inside -----------------------------------------------------------------------------------------------------

    def _exclusively(
        self, work: Callable[[Writer], tuple[T, bool]], token: str, outcome: list[_Outcome[T]]
    ) -> _Outcome[T]:
        """One try of an exclusive write; ``outcome`` holds the earlier tries whose commit broke off."""
        with self.server.transaction(token) as transaction:
            committed, published = self._take(transaction, token, self.server.wait)
            if committed.sequence > published.sequence:
                self._publish(committed)
            if self._mark(transaction, token, bool(outcome)):
                return outcome[-1]
            writer = Neo4jWriter(self.server, transaction, token)
            result, dirty = work(writer)
            made = _Outcome(result, writer.committed if dirty else None)
            if dirty:
                if made.commit:
                    transaction.run(_COMMITTED, sequence=made.commit.sequence, time=made.commit.time).consume()
                self._commit(transaction, token, made, outcome)
            return made

    def _take(self, transaction: Transaction, token: str, seconds: float) -> tuple[Commit, Commit]:
        """Take the lock of all changes; gives the committed and the published counter, as of then."""
        with self.server.patience(token, seconds):
            transaction.run(_TAKE).consume()
        return self._counters(transaction)

    def _counters(self, asked: Session | Transaction) -> tuple[Commit, Commit]:
        row = asked.run(_COUNTERS).single()
        if row is None:
            raise StoreError("neo4j.no_schema", url=self.url)
        return Commit(row["committed"], row["time"]), Commit(row["published"], row["published_time"])

    def _mark(self, transaction: Transaction, token: str, again: bool) -> bool:
        """Leave a trace that is committed with the write; True where an earlier try has left it, so that all is done.

        A try that is still being committed holds the trace's key, so that this waits for its end.
        """
        if finished := list(self._finished):
            transaction.run(_UNMARK, tokens=finished).consume()
        try:
            transaction.run(_MARK, token=token).consume()
        except ConstraintError:
            if not again:
                raise
            return True
        return False

    def _commit(self, transaction: Transaction, token: str, made: _Outcome[T], outcome: list[_Outcome[T]]) -> None:
        """Commit; ``outcome`` has what was made before the answer comes, or never comes."""
        swept = set(self._finished)
        outcome.append(made)
        transaction.commit()
        self._finished = [t for t in self._finished if t not in swept] + [token]

    def _publish(self, commit: Commit) -> None:
        """Let readers go up to a change whose commit has returned."""

        def publish() -> None:
            with self.server.session(write=True) as session:
                session.run(_PUBLISH, sequence=commit.sequence, time=commit.time).consume()

        with suppress(TransientError):  # what was committed stays so; the next one to notice publishes it
            self.server.attempt(publish)

    def _lag(self, committed: Commit, published: Commit) -> bool:
        """Whether the published counter was left behind and has now been brought up."""
        now = time.monotonic()
        if committed.sequence <= published.sequence:
            self._behind = None
            return False
        if self._behind is None or self._behind[0] != published.sequence:
            self._behind = (published.sequence, now)
        return now - self._behind[1] > LATE and self._catch_up()

    def _catch_up(self) -> bool:
        """Publish what a writer that died left; False when somebody writes just now, who will do it."""
        token = secrets.token_hex(16)

        def take() -> Commit:
            with self.server.transaction(token) as transaction:
                return self._take(transaction, token, SHORT)[0]

        try:
            committed = self.server.attempt(take)
        except TransientError:
            return False
        self._publish(committed)
        return True

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One change at a time among this process's threads, so that the rest holds no connection while it waits."""
        if not self._turn_lock.acquire(timeout=self.server.wait):
            raise self.server.busy(self.server.wait)
        try:
            yield
        finally:
            self._turn_lock.release()

    def _workspace_key(self) -> bytes:
        found = self.read(lambda reader: meta(reader, "workspace_key"))
        if found is None:
            raise StoreError("neo4j.no_schema", url=self.url)
        return bytes.fromhex(found)

    def _finish(self) -> None:
        """What processes that died left to do; what others hinder stays due."""

        def look() -> tuple[tuple[Commit, Commit], list[str]]:
            with self.server.session() as session:
                return self._counters(session), session.run(_OLD, left=LEFT).single(strict=True)["tokens"]

        (committed, published), self._finished = self.server.attempt(look)
        if committed.sequence > published.sequence:
            self._catch_up()
        if self.read(lambda reader: meta(reader, COMPACT_DUE)):
            with suppress(TransientError):
                self.compact()
