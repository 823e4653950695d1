"""The store of a team: one Neo4j database that many processes use at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphsvc.engines import EngineSource
from graphsvc.settings import settings
from graphsvc.stores.ledger import Clock
from graphsvc.stores.ledger_store import LedgerStore
from graphsvc.stores.neo4j_connection import credentials
from graphsvc.stores.neo4j_ledger import Neo4jLedger, wall_clock


class Neo4jStore(LedgerStore):
    """A Store in a Neo4j database.

    Parameters
    ----------
    url : neo4j://host:port or bolt://host:port, with ``+s`` or ``+ssc`` for TLS.
    create : make the schema where it is not there; else the database must be a workspace already.
    clock : gives the present moment [us]; record times follow it and never go back.
    """

    def __init__(self, url: str, *, create: bool = True, clock: Clock = wall_clock) -> None:
        ledger = Neo4jLedger(url, create=create, clock=clock)
        super().__init__(ledger)
        self._server = ledger

    def check(self) -> list[Mapping[str, Any]]:
        """What ``doctor`` reports: check, ok, detail."""
        return [*self._server.check(), *super().check()]

    def engine_source(self) -> EngineSource:
        """Where the server's own graph algorithms are."""
        chosen = settings()
        return EngineSource(self.url, credentials(chosen), chosen.neo4j_database)
