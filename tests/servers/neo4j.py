"""Neo4j with Graph Data Science from Maven's jars, as one Java process on a loopback port."""

from __future__ import annotations

import os
import re
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, LiteralString

from neo4j import Driver, GraphDatabase, ManagedTransaction
from neo4j.exceptions import DriverError, Neo4jError

from tests.servers.jars import alone, jars
from tests.servers.process import HOST, Server, ServerError, program

OLDEST_JAVA = 17
OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang")

OTHERS: LiteralString = """
SHOW TRANSACTIONS YIELD transactionId, connectionId, currentQuery
WHERE connectionId <> '' AND NOT currentQuery CONTAINS 'SHOW TRANSACTIONS'
RETURN transactionId"""
# In batches, since the heap of a test server is small.
DELETE_ALL: LiteralString = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS"
# A workspace without content: its constraints and indexes take seconds to make anew, and stay.
DELETE_CONTENT: LiteralString = """
MATCH (n) WHERE NOT n:Migration OR n.step IN ['counters', 'workspace']
CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 2000 ROWS"""
DROP_PROJECTIONS: LiteralString = """
CALL gds.graph.list() YIELD graphName AS name CALL gds.graph.drop(name, false) YIELD graphName
RETURN count(*)"""


class Neo4jServer(Server):
    """A Neo4j of one's own.

    Parameters
    ----------
    home, port : see :class:`tests.servers.process.Server`.
    gds : with the Graph Data Science plugin.
    auth : whether the server asks for a password.
    heap : most memory of Java objects, as Java writes it (``512m``); a transaction may take 0.7 of it.
    settings : further lines of ``neo4j.conf``; they win over ours.

    Attributes
    ----------
    url : ``neo4j://127.0.0.1:PORT``; ``bolt_url`` the same without routing.
    user, password : a random password, kept in ``home/password`` (mode 0600) as well.
    """

    name = "Neo4j"
    start_seconds = 180.0
    user = "neo4j"
    page_cache: ClassVar[str] = "64m"
    # Up sooner and with less memory; a bench takes FullSpeedNeo4j.
    java_options: ClassVar[tuple[str, ...]] = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

    def __init__(
        self, home: Path | None = None, port: int | None = None, *, gds: bool = True, auth: bool = True,
        heap: str = "1g", settings: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        super().__init__(home, port)
        self._gds, self._auth, self._heap, self._settings = gds, auth, heap, dict(settings or {})
        self._driver: Driver | None = None

    @property
    def url(self) -> str:
        return f"neo4j://{HOST}:{self.port}"

    @property
    def bolt_url(self) -> str:
        return f"bolt://{HOST}:{self.port}"

    @property
    def password_file(self) -> Path:
        """Where the password is; the first call makes one."""
        kept = self.home / "password"
        if not kept.exists():
            self.home.mkdir(parents=True, exist_ok=True)
            # 0600 from its first moment on.
            with os.fdopen(os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(secrets.token_hex(18) + "\n")  # never a leading dash, which an option has
        return kept

    @property
    def password(self) -> str:
        return self.password_file.read_text().strip()

    @property
    def logs(self) -> tuple[Path, ...]:
        return (self.home / "server.log", self.home / "logs" / "neo4j.log")

    @property
    def driver(self) -> Driver:
        """A driver of the server, opened at first use and closed when the server ends."""
        if self._driver is None:
            self._driver = GraphDatabase.driver(self.bolt_url, auth=(self.user, self.password), connection_timeout=5.0)
        return self._driver

    def run(self, query: str, **parameters: Any) -> list[dict[str, Any]]:
        """Rows of one query in a transaction of its own."""
        with self.driver.session() as session:
            return session.run(query, parameters).data()

    def wipe(self, *, schema: bool = True) -> None:
        """Empty the database: data, projected graphs, with ``schema`` constraints and indexes too.

        Ends what transactions others left open. Without ``schema`` a workspace opens at once, with a new key.
        """
        with self.driver.session(fetch_size=-1) as session:
            if left := session.run(OTHERS).value():
                session.run("TERMINATE TRANSACTIONS $left", left=left).consume()
            if schema:
                session.execute_write(_drop_schema)
            session.run(DELETE_ALL if schema else DELETE_CONTENT).consume()
            if self._gds:
                session.run(DROP_PROJECTIONS).consume()

    # -- what the base class asks for

    def prepare(self) -> None:
        for folder in ("conf", "logs", "no-plugins"):
            (self.home / folder).mkdir(parents=True, exist_ok=True)
        (self.home / "conf" / "neo4j.conf").write_text("".join(f"{k}={v}\n" for k, v in self._configuration().items()))
        if not (self.home / "data" / "databases" / "system").exists():
            self._set_password()

    def _configuration(self) -> dict[str, str]:
        address = f"{HOST}:{self.port}"
        return {
            "server.default_listen_address": HOST,
            "server.bolt.listen_address": address,
            "server.bolt.advertised_address": address,
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.directories.plugins": str(self._plugins),
            "server.memory.heap.max_size": self._heap,
            "server.memory.pagecache.size": self.page_cache,
            "db.tx_log.preallocate": "false",
            "db.tx_log.rotation.size": "16m",
            "db.tx_log.rotation.retention_policy": "keep_none",
            "dbms.security.auth_enabled": str(self._auth).lower(),
            "dbms.security.procedures.unrestricted": "gds.*",
            "dbms.usage_report.enabled": "false",
            # Else a stop takes ten seconds of waiting for nothing.
            "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
        } | self._settings

    @property
    def _plugins(self) -> Path:
        return jars().plugins if self._gds else self.home / "no-plugins"

    def _java(self) -> list[str]:
        return [java(), *self.java_options]

    def _set_password(self) -> None:
        # By a file of arguments: a password on the command line is there for all users of the machine to read.
        said = subprocess.run(
            [*self._java(), "-cp", f"{jars().lib}/*", "org.neo4j.cli.AdminTool",
             "dbms", "set-initial-password", f"@{self.password_file}"],
            env=os.environ | {"NEO4J_HOME": str(self.home), "NEO4J_CONF": str(self.home / "conf")},
            capture_output=True, text=True, errors="replace", timeout=self.start_seconds, check=False,
        )  # fmt: skip
        if said.returncode:
            raise ServerError(f"Neo4j in {self.home} took no initial password:\n{said.stdout}{said.stderr}")

    def _archive(self) -> list[str]:
        """Java takes classes from it where it fits this Java and class path, and loads them from the jars otherwise."""
        fits = self._gds and self.java_options == Neo4jServer.java_options and jars().classes.exists()
        return [f"-XX:SharedArchiveFile={jars().classes}", "-Xlog:cds=off"] if fits else []

    def command(self) -> Sequence[str]:
        opened = [f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED]
        return [
            *self._java(), *self._archive(), f"-Xmx{self._heap}", "-XX:+ExitOnOutOfMemoryError", *opened,
            "-cp", f"{jars().lib}/*:{self._plugins}/*", "org.neo4j.server.CommunityEntryPoint",
            f"--home-dir={self.home}", f"--config-dir={self.home / 'conf'}",
        ]  # fmt: skip

    def answers(self) -> bool:
        try:
            return self.run("RETURN 1 AS one") == [{"one": 1}]
        except (DriverError, Neo4jError):
            # Whatever it is, it may pass while the server starts; past start_seconds the log tells the reason.
            self.forget_connections()
            return False

    def forget_connections(self) -> None:
        if self._driver is not None:
            self._driver.close()
            self._driver = None


class _Archiving(Neo4jServer):
    """Writes the archive when it stops."""

    def _archive(self) -> list[str]:
        return [f"-XX:ArchiveClassesAtExit={jars().classes}.part"]


def archive_classes() -> None:
    """Keep beside the jars the classes that a server loads: a start takes half the processor time with them.

    One start and stop, once for each state of the pom; without the archive everything works as well.
    """
    classes = jars().classes
    with alone(classes.parent.parent / "lock"):
        if classes.exists():
            return
        with _Archiving() as server:
            server.wipe()
            server.run("RETURN gds.version()")
            server.stop()
        Path(f"{classes}.part").rename(classes)


class FullSpeedNeo4j(Neo4jServer):
    """With Java's full compiler and collector: slower to start, faster to run; for bench and for trying out."""

    page_cache = "512m"
    java_options = ()

    def __init__(self, home: Path | None = None, port: int | None = None, *, heap: str = "2g") -> None:
        super().__init__(home, port, heap=heap)


def _drop_schema(transaction: ManagedTransaction) -> None:
    for constraint in transaction.run("SHOW CONSTRAINTS YIELD name").value():
        transaction.run(f"DROP CONSTRAINT `{constraint}`").consume()
    for index in transaction.run("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' RETURN name").value():
        transaction.run(f"DROP INDEX `{index}` IF EXISTS").consume()


@cache
def java() -> str:
    """Full path of a Java that Neo4j can run on: the one of JAVA_HOME, else the one on PATH.

    Raises
    ------
    ServerError : there is none, or it is older than 17.
    """
    home = os.environ.get("JAVA_HOME")
    path = str(Path(home) / "bin" / "java") if home else program("java", "default-jre-headless")
    said = subprocess.run([path, "-version"], capture_output=True, text=True, check=False)
    version = re.search(r'version "(\d+)', said.stderr)
    if version is None or int(version[1]) < OLDEST_JAVA:
        raise ServerError(
            f"Neo4j needs Java {OLDEST_JAVA} or newer, {path} is not: set JAVA_HOME. It said: {said.stderr}"
        )
    return path
