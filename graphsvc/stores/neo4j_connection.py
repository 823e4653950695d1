"""A Neo4j server: its driver, sessions, time-outs and retries, and its errors as sentences.

Only faults that pass are tried again, for as long as a writer may wait; whatever was under way then runs anew.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from neo4j import READ_ACCESS, WRITE_ACCESS, Driver, GraphDatabase, Query, Result, Session, Transaction
from neo4j.api import BookmarkManager
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    ConnectionAcquisitionTimeoutError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    UnsupportedServerProduct,
)

from graphsvc.errors import BudgetError, GraphsvcError, InputError, ReadOnlyError, StoreError, TransientError
from graphsvc.settings import Settings, settings

T = TypeVar("T")
SCHEMES = tuple(f"{scheme}{security}" for scheme in ("neo4j", "bolt") for security in ("", "+s", "+ssc"))
OLDEST = (5, 26)  # the first release that knows all we ask for; 5.26 is what the tests run
WRITE_FACTOR = 15  # a write is many statements: it may take so many times what one question may
FETCH = 10_000  # rows per message
FIRST_PAUSE, LONGEST_PAUSE = 0.05, 2.0  # [s] between tries

# What the driver logs of faults that pass is for whoever asks for logs; a person reads our sentence.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

_OTHERS = "SHOW TRANSACTIONS YIELD transactionId, metaData WHERE metaData.graphsvc = $token RETURN transactionId AS id"
_MEMORY = {
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.OutOfMemoryError",
    "Neo.TransientError.General.TransactionOutOfMemoryError",
    "Neo.TransientError.General.TransactionMemoryLimit",
}
_TIMED_OUT = {
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.TransientError.Transaction.LockAcquisitionTimeout",
    "Neo.ClientError.Statement.ExecutionTimeout",
}
_BY_CODE: Mapping[str, tuple[type[GraphsvcError], str]] = {
    **dict.fromkeys(_MEMORY, (StoreError, "neo4j.out_of_memory")),
    **dict.fromkeys(_TIMED_OUT, (BudgetError, "neo4j.too_slow")),
    "Neo.ClientError.Security.Unauthorized": (InputError, "neo4j.wrong_password"),
    "Neo.ClientError.Security.CredentialsExpired": (InputError, "neo4j.first_password"),
    "Neo.ClientError.Security.AuthenticationRateLimit": (TransientError, "neo4j.too_many_tries"),
    "Neo.ClientError.Security.Forbidden": (InputError, "neo4j.forbidden"),
    "Neo.ClientError.Database.DatabaseNotFound": (InputError, "neo4j.no_such_database"),
    "Neo.ClientError.Transaction.Terminated": (TransientError, "neo4j.ended"),
    "Neo.ClientError.Statement.AccessMode": (ReadOnlyError, "neo4j.read_only"),
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase": (ReadOnlyError, "neo4j.read_only"),
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": (ReadOnlyError, "neo4j.read_only"),
    "Neo.TransientError.General.DatabaseUnavailable": (TransientError, "neo4j.database_stopped"),
    "Neo.DatabaseError.Database.UnableToStartDatabase": (StoreError, "neo4j.disk_error"),
    "Neo.DatabaseError.Transaction.TransactionCommitFailed": (StoreError, "neo4j.disk_error"),
    "Neo.DatabaseError.Transaction.TransactionLogError": (StoreError, "neo4j.disk_error"),
    "Neo.DatabaseError.General.StorageDamageDetected": (StoreError, "neo4j.disk_error"),
    "Neo.DatabaseError.General.IndexCorruptionDetected": (StoreError, "neo4j.disk_error"),
}


class Opened(NamedTuple):
    """A driver, the process that made it, and what that process has written so far."""

    process: int
    driver: Driver
    bookmarks: BookmarkManager


class Server:
    """One Neo4j database: hands out sessions with time-outs; safe across threads, and a forked child has its own.

    Parameters
    ----------
    url : neo4j://host:port or bolt://host:port, with ``+s`` (TLS) or ``+ssc`` (TLS, any certificate); the user and the
        password come from the settings only.
    """

    def __init__(self, url: str) -> None:
        self.url = checked_url(url)
        self.settings = settings()
        self._auth = credentials(self.settings)
        self.opened: list[Opened] = []

    @property
    def wait(self) -> float:
        """How long to wait for another writer, or for a server that is away [s]."""
        return self.settings.wait_seconds

    @property
    def write_seconds(self) -> float:
        """How long a write may take, waiting included [s]."""
        return self.wait + WRITE_FACTOR * self.settings.query_seconds

    @property
    def driver(self) -> Driver:
        """Driver of this process; a forked child never uses its parent's."""
        return self._mine().driver

    def _mine(self) -> Opened:
        if not self.opened or self.opened[-1].process != os.getpid():
            made = Opened(os.getpid(), self._connect(), GraphDatabase.bookmark_manager())
            self.opened.append(made)
            return made
        return self.opened[-1]

    @contextmanager
    def session(self, *, write: bool = False) -> Iterator[Session]:
        """A session that sees all that this process wrote; one that does not write may not."""
        mine = self._mine()
        with mine.driver.session(
            database=self.settings.neo4j_database,
            default_access_mode=WRITE_ACCESS if write else READ_ACCESS,
            bookmark_manager=mine.bookmarks,
            fetch_size=FETCH,
        ) as session:
            yield session

    def ask(self, session: Session, text: str, parameters: Mapping[str, Any]) -> Result:
        """Run one statement in a transaction of its own, which ends when it takes too long."""
        timed = Query(text, timeout=self.settings.query_seconds)
        return session.run(timed, dict(parameters))

    def rows(self, text: str, **parameters: Any) -> list[dict[str, Any]]:
        """The rows of one statement in a read transaction of its own, tried again after faults that pass."""

        def run() -> list[dict[str, Any]]:
            with self.session() as session:
                return self.ask(session, text, parameters).data()

        return self.attempt(run)

    @contextmanager
    def transaction(self, token: str) -> Iterator[Transaction]:
        """A transaction that writes, known by its token; it is rolled back unless it was committed."""
        with self.session(write=True) as session:
            transaction = session.begin_transaction(metadata={"graphsvc": token}, timeout=self.write_seconds)
            try:
                yield transaction
            finally:
                transaction.close()

    @contextmanager
    def patience(self, token: str, seconds: float) -> Iterator[None]:
        """End a transaction that waits longer than this for a lock.

        Raises
        ------
        TransientError
            When the time was up.
        """
        ended = threading.Event()

        def end() -> None:
            ended.set()
            self.terminate(token)

        timer = threading.Timer(seconds, end)
        timer.daemon = True
        timer.start()
        try:
            yield
        except (Neo4jError, DriverError) as error:
            if ended.is_set():
                raise self.busy(seconds) from error
            raise
        finally:
            timer.cancel()
        if ended.is_set():
            raise self.busy(seconds)

    def busy(self, seconds: float) -> TransientError:
        """What a writer says that waited in vain."""
        return TransientError("store.busy", path=self.url, seconds=round(seconds, 1))

    def terminate(self, token: str) -> None:
        """End the transaction of a token, wherever it runs; its owner sees an error."""
        with self.session() as session:
            found = [row["id"] for row in self.ask(session, _OTHERS, {"token": token})]
            if found:
                self.ask(session, "TERMINATE TRANSACTIONS $found", {"found": found}).consume()

    def attempt(self, run: Callable[[], T], seconds: float | None = None) -> T:
        """Run something, and again after faults that pass, until they have lasted for as long as we wait.

        ``seconds`` is how long it may take, for the sentence where it took longer; default: one question's time.
        """
        until: float | None = None
        pause = FIRST_PAUSE
        while True:
            try:
                return run()
            except (Neo4jError, DriverError) as error:
                now = time.monotonic()
                until = now + self.wait if until is None else until
                if not passes(error) or now + pause > until:
                    raise self.sentence(error, seconds) from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def sentence(self, error: Neo4jError | DriverError, seconds: float | None = None) -> Exception:
        """What a person reads of an error; the error itself where we know none."""
        found = _sentence_of(error)
        if found is None:
            return error
        kind, code = found
        if code == "neo4j.wrong_password" and self._auth is None:
            code = "neo4j.no_password"
        return kind(
            code,
            url=self.url,
            user=self.settings.neo4j_user,
            database=self.settings.neo4j_database or "neo4j",
            wait=self.wait,
            seconds=round(seconds or self.settings.query_seconds, 1),
            detail=detail(error),
        )

    def version(self) -> tuple[int, ...]:
        """Release of the server.

        Raises
        ------
        StoreError
            When it is older than the oldest one we know to work.
        """
        agent = self.attempt(lambda: self.driver.get_server_info().agent)
        name = agent.partition("/")[2]
        found = tuple(int(part) for part in name.split("-")[0].split("+")[0].split(".") if part.isdigit())
        if found < OLDEST:
            raise StoreError("neo4j.old_server", url=self.url, found=name, oldest=".".join(map(str, OLDEST)))
        return found

    def close(self) -> None:
        """Close the driver of this process; what a parent process made is the parent's."""
        close(self.opened)

    def _connect(self) -> Driver:
        try:
            return GraphDatabase.driver(
                self.url,
                auth=self._auth,
                user_agent="graphsvc",
                connection_timeout=min(self.wait, 10.0),
                connection_acquisition_timeout=self.wait,
                liveness_check_timeout=30.0,
                notifications_min_severity="OFF",
            )
        except ConfigurationError as error:
            raise InputError("neo4j.bad_url", url=self.url, detail=str(error)) from error


def checked_url(url: str) -> str:
    """The URL itself, if it names a server and nothing else.

    Raises
    ------
    InputError
        For a password in it, a scheme that is not Neo4j's, a path or options.

    Examples
    --------
    >>> checked_url("neo4j+s://graph.example:7687")
    'neo4j+s://graph.example:7687'
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise InputError("neo4j.bad_url", url=url.rpartition("@")[2], detail=str(error)) from error
    shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
    if "@" in parts.netloc:
        raise InputError("neo4j.password_in_url", url=shown)
    if parts.scheme not in SCHEMES or not parts.hostname or port == 0:
        raise InputError("neo4j.bad_url", url=shown, detail=", ".join(SCHEMES))
    if parts.path.strip("/") or parts.query or parts.fragment:
        raise InputError("neo4j.path_in_url", url=shown, path=parts.path.strip("/") or parts.query or parts.fragment)
    return shown


def credentials(chosen: Settings) -> tuple[str, str] | None:
    """User and password from the environment; None where no password is set.

    Raises
    ------
    InputError
        When the file of the password cannot be read, or both a password and a file are given.
    """
    if chosen.neo4j_password is not None and chosen.neo4j_password_file is not None:
        raise InputError("neo4j.two_passwords")
    if chosen.neo4j_password_file is not None:
        try:
            return chosen.neo4j_user, Path(chosen.neo4j_password_file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError("neo4j.no_password_file", path=chosen.neo4j_password_file, detail=str(error)) from error
    return None if chosen.neo4j_password is None else (chosen.neo4j_user, chosen.neo4j_password)


def passes(error: Neo4jError | DriverError) -> bool:
    """True for a fault that may be gone at the next try; more memory is not, and more time is not.

    A commit without an answer counts too: who commits leaves a trace by which the next try knows what became of it.
    """
    if isinstance(error, IncompleteCommit):
        return True
    if isinstance(error, Neo4jError) and error.code in {*_MEMORY, *_TIMED_OUT}:
        return False
    return error.is_retryable()


def detail(error: Exception) -> str:
    """The server's own words, in one line."""
    text = error.message if isinstance(error, Neo4jError) and error.message else str(error)
    return " ".join(text.split())[:300]


def close(opened: list[Opened]) -> None:
    """Close the drivers of this process; what a parent process made is the parent's."""
    for made in opened:
        if made.process == os.getpid():
            made.driver.close()
    opened.clear()


def _sentence_of(error: Neo4jError | DriverError) -> tuple[type[GraphsvcError], str] | None:
    if isinstance(error, Neo4jError) and error.code in _BY_CODE:
        return _BY_CODE[error.code]
    if isinstance(error, Neo4jError) and "too large to index" in (error.message or ""):  # it has no code of its own
        return InputError, "neo4j.text_too_long"
    if isinstance(error, AuthError):
        return InputError, "neo4j.wrong_password"
    if isinstance(error, UnsupportedServerProduct):
        return StoreError, "neo4j.no_neo4j"
    if isinstance(error, (ServiceUnavailable, SessionExpired, ConnectionAcquisitionTimeoutError)):
        return TransientError, "neo4j.down"
    if isinstance(error, Neo4jError) and error.is_retryable():
        return TransientError, "neo4j.passing"
    return None
