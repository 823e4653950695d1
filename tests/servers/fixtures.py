"""Real servers in tests, no container needed.

Most tests take ``neo4j_url`` or ``redis_url``; those that kill take ``own_neo4j`` or ``own_redis``. A server of the
session starts with the first test that asks for it; under pytest-xdist each worker has its own, so that no two tests
share a database.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.neo4j import Neo4jServer
from tests.servers.redis import RedisServer

MARKS = {
    "neo4j": {"neo4j_server", "neo4j_url", "own_neo4j"},
    "redis": {"redis_server", "redis_url", "own_redis"},
}


def mark_by_fixtures(items: list[pytest.Item]) -> None:
    """Mark what asks for a server by its fixtures: a forgotten mark must not make ``make test`` need Java or Redis."""
    for item in items:
        for mark, fixtures in MARKS.items():
            if fixtures.intersection(getattr(item, "fixturenames", ())):
                item.add_marker(mark)


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """The Neo4j of this session, with Graph Data Science; whoever kills it takes :func:`own_neo4j` instead."""
    with Neo4jServer() as server:
        yield server


@pytest.fixture
def neo4j_url(neo4j_server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """URL of a database without content; the credentials are in the environment while the test runs."""
    neo4j_server.start()  # where an earlier test was its end
    neo4j_server.wipe(schema=False)
    return _credentials(neo4j_server, monkeypatch)


@pytest.fixture
def own_neo4j(monkeypatch: pytest.MonkeyPatch) -> Iterator[Neo4jServer]:
    """A Neo4j of this test alone, to kill and restart; its credentials are in the environment while the test runs."""
    with Neo4jServer() as server:
        _credentials(server, monkeypatch)
        yield server


@pytest.fixture(scope="session")
def redis_server() -> Iterator[RedisServer]:
    """The Redis of this session; whoever kills it takes :func:`own_redis` instead."""
    with RedisServer() as server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisServer) -> str:
    """URL of an empty Redis."""
    redis_server.start()
    redis_server.wipe()
    return redis_server.url


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A Redis of this test alone, to kill and restart."""
    with RedisServer() as server:
        yield server


def _credentials(server: Neo4jServer, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("GRAPHSVC_NEO4J_USER", server.user)
    monkeypatch.setenv("GRAPHSVC_NEO4J_PASSWORD", server.password)
    monkeypatch.delenv("GRAPHSVC_NEO4J_PASSWORD_FILE", raising=False)
    return server.url
