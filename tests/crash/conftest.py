"""A Neo4j to kill and to starve, shared by the tests of this folder: a start takes longer than most of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from graphsvc.settings import settings
from tests.servers.neo4j import Neo4jServer

SETTINGS = {
    "db.memory.transaction.max": "24m",
    "dbms.security.auth_max_failed_attempts": "1000",  # else three wrong passwords close it for a while
}


@pytest.fixture(scope="session")
def small_server() -> Iterator[Neo4jServer]:
    """A server without Graph Data Science, with little memory for a transaction."""
    with Neo4jServer(gds=False, settings=SETTINGS) as server:
        yield server


@pytest.fixture
def small(small_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Neo4jServer]:
    """That server, up and empty; its password is in the environment."""
    small_server.start()
    small_server.wipe(schema=False)
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", small_server.password)
    settings.cache_clear()
    yield small_server
    settings.cache_clear()
