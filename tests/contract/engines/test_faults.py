"""A server without GDS, without memory, gone or refusing: a clear error, and no projection stays."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from neo4j.exceptions import DriverError

from graphsvc.engines import EngineSource, choose_engine, gds
from graphsvc.engines.gds import Ask, GdsEngine, MissingEngineError
from graphsvc.errors import BudgetError, StoreError, TransientError
from graphsvc.kernels.measures import graph
from tests.contract.engines.world import random_graph
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
SMALL = random_graph(50, 200, directed=True)


class Store:
    """A store that says where its server is."""

    def __init__(self, source: EngineSource) -> None:
        self._source = source

    def engine_source(self) -> EngineSource:
        return self._source


@pytest.fixture
def closing() -> Iterator[list[GdsEngine]]:
    """Engines to close after the test."""
    engines: list[GdsEngine] = []
    yield engines
    for engine in engines:
        engine.close()


def test_the_version_is_told(engine: GdsEngine) -> None:
    assert engine.check() >= "2.13"


def test_auto_takes_gds(source: EngineSource) -> None:
    engine = choose_engine(Store(source), "auto")
    try:
        assert engine.name == "gds"
        assert engine.pagerank(SMALL).sum() == pytest.approx(1.0)
    finally:
        engine.close()


def test_too_large_is_refused_with_both_figures_and_nothing_is_sent(
    source: EngineSource, closing: list[GdsEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = GdsEngine(source, memory_mb=1)
    closing.append(engine)
    monkeypatch.setattr(engine, "_sent", lambda *_: pytest.fail("it was sent"))
    large = graph(1_000_000, np.array([0]), np.array([1]), directed=True)
    with pytest.raises(BudgetError) as refused:
        engine.pagerank(large)
    assert refused.value.phrase.args["available"] == 1.0
    assert float(str(refused.value.phrase.args["required"])) > 10
    assert "GRAPHSVC_ENGINE_MEMORY_MB" in refused.value.text("en")


def test_the_heap_is_the_limit_where_none_is_set(engine: GdsEngine) -> None:
    huge = graph(2_000_000_000, np.array([0]), np.array([1]), directed=True)
    with pytest.raises(BudgetError, match="MB"):
        engine._afford(engine._connection().gds, huge, Ask("page_rank", weighted=True))


@pytest.mark.parametrize("end", [KeyboardInterrupt, RuntimeError])
def test_a_projection_is_dropped_however_it_ends(
    engine: GdsEngine, monkeypatch: pytest.MonkeyPatch, end: type[BaseException]
) -> None:
    seen: list[str] = []

    def interrupted(*_: Any) -> None:
        seen.extend(engine.projections())
        raise end

    monkeypatch.setattr(engine, "_columns", interrupted)
    with pytest.raises(end):
        engine.pagerank(SMALL)
    assert len(seen) == 1
    assert engine.projections() == []


def test_an_error_inside_gds_is_told_and_leaves_nothing(engine: GdsEngine) -> None:
    with pytest.raises(StoreError, match="could not compute"):
        engine._measure(SMALL, Ask("page_rank", {"damping_factor": 7.0}))
    assert engine.projections() == []


def test_leftovers_of_a_killed_process_are_dropped_when_they_are_old(
    source: EngineSource, engine: GdsEngine, closing: list[GdsEngine], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = engine._connection().gds
    for name in ("graphsvc_killed_1", "somebody_else"):
        client.graph.project.cypher("RETURN gds.graph.project($name, 0, 1)", name=name)
    fresh = GdsEngine(source)
    closing.append(fresh)
    assert fresh.projections() == ["graphsvc_killed_1"], "one less than an hour old may be at work"
    monkeypatch.setattr(gds, "LEFTOVER_HOURS", 0)
    later = GdsEngine(source)
    closing.append(later)
    assert later.projections() == []
    assert client.graph.exists("somebody_else")
    client.graph.drop("somebody_else")


def test_an_engine_nobody_closed_leaves_no_connection(source: EngineSource) -> None:
    engine = GdsEngine(source)
    engine.check()
    driver = engine._connection().driver
    del engine
    gc.collect()
    with pytest.raises(DriverError, match="closed"):
        driver.verify_connectivity()


def test_a_wrong_password_is_told(source: EngineSource, closing: list[GdsEngine]) -> None:
    closing.append(GdsEngine(EngineSource(source.url, ("neo4j", "wrong"))))
    with pytest.raises(StoreError, match="refuses the user or the password"):
        closing[0].check()


def test_a_server_without_gds_is_told_how_to_get_it() -> None:
    with Neo4jServer(gds=False) as server:
        store = Store(EngineSource(server.bolt_url, (server.user, server.password)))
        assert choose_engine(store, "auto").name == "local"
        with pytest.raises(MissingEngineError, match="plugins folder"):
            choose_engine(store, "gds")


def test_a_server_that_dies_is_told_soon_and_serves_again(own_neo4j: Neo4jServer, closing: list[GdsEngine]) -> None:
    engine = GdsEngine(EngineSource(own_neo4j.bolt_url, (own_neo4j.user, own_neo4j.password)))
    closing.append(engine)
    before = engine.pagerank(SMALL)
    own_neo4j.kill()
    with pytest.raises(TransientError, match="does not answer"):
        engine.pagerank(SMALL)
    own_neo4j.restart()
    np.testing.assert_allclose(engine.pagerank(SMALL), before, rtol=1e-9)
