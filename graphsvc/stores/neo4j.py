"""The store of a team: one Neo4j database that many processes use at once."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graphsvc.clock import Clock, now
from graphsvc.engines import EngineSource
from graphsvc.engines.materialise import materialise
from graphsvc.errors import InputError
from graphsvc.kernels.measures import Graph
from graphsvc.phrases import phrase
from graphsvc.projection import Projection
from graphsvc.settings import settings
from graphsvc.stores.ledger_store import LedgerStore
from graphsvc.stores.neo4j_connection import Server, credentials
from graphsvc.stores.neo4j_ledger import Neo4jLedger

LOW_SPACE = 1024**3  # [bytes] free on the server's disk; below it a sync may not fit beside its transaction logs
HERE = ("127.0.0.1", "localhost", "::1")  # a server there has its files on a disk we see

_EDITION = "CALL dbms.components() YIELD name, edition WHERE name = 'Neo4j Kernel' RETURN edition"
_SETTINGS = "SHOW SETTINGS YIELD name, value WHERE name IN $names RETURN name, value"
_HAS_GDS = "SHOW FUNCTIONS YIELD name WHERE name = 'gds.version' RETURN count(*) > 0 AS there"
_GDS = "RETURN gds.version() AS version"
_HEAP, _CACHE, _DATA = "server.memory.heap.max_size", "server.memory.pagecache.size", "server.directories.data"
# The narrowest comes first; 0B stands for no limit of its own.
_TRANSACTION = ("db.memory.transaction.max", "db.memory.transaction.total.max", "dbms.memory.transaction.total.max")


class Neo4jStore(LedgerStore):
    """A Store in a Neo4j database.

    Parameters
    ----------
    url : neo4j://host:port or bolt://host:port, with ``+s`` or ``+ssc`` for TLS.
    create : make the schema where it is not there; else the database must be a workspace already.
    clock : gives the present moment [us]; record times follow it and never go back.
    """

    page_rows = 5_000  # a page is one transaction; in larger ones the server collects garbage for longer than it writes

    def __init__(self, url: str, *, create: bool = True, clock: Clock = now) -> None:
        ledger = Neo4jLedger(url, create=create, clock=clock)
        super().__init__(ledger)
        self._server = ledger

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports: check, ok, detail."""
        server = self._server.server
        facts = {"edition": _one(server, _EDITION), **_configured(server), "gds": _gds(server)}
        told = [{"check": name, "ok": ok, "detail": detail} for name, (ok, detail) in facts.items()]
        return [*self._server.check(), *told, *super().check()]

    def materialise(self, p: Projection, ties: Graph, follows: Graph, run_id: str) -> Mapping[str, int]:
        """Write TIE and FOLLOWS of a score run in place of the former run's; gives how many of each."""

        def write() -> Mapping[str, int]:
            with self._server.server.session(write=True) as session:
                return materialise(session, p, ties, follows, run_id)

        return self._server.server.attempt(write)

    def engine_source(self) -> EngineSource:
        """Where the server's own graph algorithms are."""
        chosen = settings()
        return EngineSource(self.url, credentials(chosen), chosen.neo4j_database)


def _configured(server: Server) -> dict[str, tuple[bool, Any]]:
    """Memory and free space, as far as the server lets this user see its settings."""
    with suppress(InputError):  # forbidden
        found = {
            row["name"]: row["value"] for row in server.rows(_SETTINGS, names=[_HEAP, _CACHE, _DATA, *_TRANSACTION])
        }
        limits = [found[name] for name in _TRANSACTION if found.get(name) not in (None, "0B")]
        sizes = {"heap": found.get(_HEAP), "cache": found.get(_CACHE), "transaction": limits[0] if limits else None}
        memory = phrase("doctor.memory", **{name: size or "–" for name, size in sizes.items()}).text()
        return {"memory": (True, memory), **_free_space(server.url, found.get(_DATA))}
    return {}


def _free_space(url: str, folder: str | None) -> dict[str, tuple[bool, Any]]:
    """Free space on the disk of a server of this machine; of others nobody tells."""
    if folder is None or urlsplit(url).hostname not in HERE or not (Path(folder) / "databases").is_dir():
        return {}
    free = shutil.disk_usage(folder).free
    return {"free_space": (free > LOW_SPACE, free)}


def _gds(server: Server) -> tuple[bool, str]:
    if server.rows(_HAS_GDS)[0]["there"]:
        return True, str(server.rows(_GDS)[0]["version"])
    return settings().engine != "gds", phrase("doctor.no_gds").text()


def _one(server: Server, text: str) -> tuple[bool, str]:
    return True, ", ".join(str(value) for row in server.rows(text) for value in row.values())
