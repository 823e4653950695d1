"""The engine of the session's Neo4j server."""

from __future__ import annotations

from collections.abc import Iterator

import neo4j
import pytest

from graphsvc.engines import EngineSource
from graphsvc.engines.gds import GdsEngine
from tests.servers.neo4j import Neo4jServer


@pytest.fixture
def source(neo4j_url: str, neo4j_server: Neo4jServer) -> EngineSource:
    return EngineSource(neo4j_url, (neo4j_server.user, neo4j_server.password), "neo4j")


@pytest.fixture
def engine(source: EngineSource) -> Iterator[GdsEngine]:
    """The engine; a test that leaves a projection behind fails."""
    engine = GdsEngine(source)
    yield engine
    left = engine.projections()
    engine.close()
    assert left == [], "projections left in the server"


@pytest.fixture
def session(source: EngineSource) -> Iterator[neo4j.Session]:
    with neo4j.GraphDatabase.driver(source.url, auth=source.auth) as driver, driver.session() as session:
        yield session
