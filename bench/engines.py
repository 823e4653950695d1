"""PageRank and Leiden through the engine beside what Graph Data Science itself takes: compute, and one plain transfer.

The peer is the server's own figures for projecting and computing (``projectMillis + computeMillis``) and the time the
plain client takes to stream the result of the graph projected, row by row.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import neo4j
import numpy as np

from bench.measure import Row
from graphsvc import toy
from graphsvc.engines import EngineSource
from graphsvc.engines.gds import MAX_STEPS, TOLERANCE, GdsEngine
from graphsvc.engines.graphs import NamedGraph, attention, named, tie_graph
from graphsvc.engines.materialise import materialise
from graphsvc.projection import Projection
from graphsvc.registry import Inputs, find_algorithm

PEOPLE, ACTS = 50_000, 250_000
REPEAT = 3
GOAL = "<= 1.2 x (ratio >= 0.83)"
RANK = {"tolerance": TOLERANCE, "max_iterations": MAX_STEPS}


def engines(folder: Path) -> Iterator[Row]:
    """On a server of its own; graphs that the database holds, and the same graphs sent."""
    from tests.servers.neo4j import FullSpeedNeo4j

    with FullSpeedNeo4j(folder / "neo4j") as server:
        engine = GdsEngine(EngineSource(server.bolt_url, (server.user, server.password), "neo4j"))
        try:
            p, (follows, ties), seconds, edges = _fill(server.driver)
            yield Row(f"write {edges:,} ties and follows as relationships", f"{edges / seconds:,.0f}/s", seconds)
            yield from _compared(engine, follows, ties, len(p))
        finally:
            engine.close()


def _compared(engine: GdsEngine, follows: NamedGraph, ties: NamedGraph, people: int) -> Iterator[Row]:
    gds = engine._connection().gds
    kind = {"FOLLOWS": {"properties": ["weight"]}}
    both = {"TIE": {"orientation": "UNDIRECTED", "properties": ["strength"]}}
    rank = partial(_plain, gds, kind, gds.page_rank, relationship_weight_property="weight", **RANK)
    leiden = partial(
        _plain, gds, both, gds.leiden, relationship_weight_property="strength", random_seed=0, concurrency=1
    )
    cases: tuple[tuple[str, NamedGraph, Callable[[Any], object], Callable[[], float]], ...] = (
        ("PageRank", follows, engine.pagerank, rank),
        ("Leiden", ties, engine.communities, leiden),
    )
    for name, g, measure, peer in cases:
        for way, source in (("native", g), ("sent", g.graph)):
            ours, theirs = [], []
            for _ in range(REPEAT + 1):  # the first one warms the server's compiler
                ours.append(_seconds(partial(measure, source)))
                theirs.append(peer())
            what = f"{name} through the engine, {way} ({people:,} people, {len(g.graph.src):,} edges)"
            seconds, other = float(np.median(ours[1:])), float(np.median(theirs[1:]))
            yield Row(what, "", seconds, None, "GDS's own compute + transfer", other, GOAL)


def _seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def _plain(gds: Any, relationships: dict[str, Any], procedure: Any, **options: Any) -> float:
    """Seconds GDS says it projected and computed, and seconds of streaming the result as rows."""
    graph, projected = gds.graph.project.native("bench_plain", "Person", relationships)
    with graph:
        made = procedure.mutate(graph, mutate_property="x", **options)
        begin = time.perf_counter()
        gds.graph.node_properties.stream(graph, ["x"])
        transfer = time.perf_counter() - begin
    return (float(projected.project_millis) + float(made.compute_millis)) / 1000 + transfer


def _fill(driver: neo4j.Driver) -> tuple[Projection, tuple[NamedGraph, NamedGraph], float, int]:
    rng = np.random.default_rng(0)
    keys = [f"{i:032x}" for i in range(PEOPLE)]
    who, whom = rng.integers(0, PEOPLE, ACTS), (PEOPLE * rng.random(ACTS) ** 2).astype(int)
    rows = [
        {"time": t, "from": keys[a], "to": keys[b], "kind": "mail"}
        for t, a, b in zip((rng.random(ACTS) * 300).tolist(), who.tolist(), whom.tolist(), strict=True)
        if a != b
    ]
    p = toy.build(interactions=rows, as_of=300)
    score = find_algorithm("tie_strength")
    scores = score.compute(p, score.params(), Inputs({}))
    assert scores.b is not None
    ties, follows = tie_graph(p, scores.a, scores.b, scores.value), attention(p, 90.0)
    with driver.session() as session:
        session.run("CREATE CONSTRAINT IF NOT EXISTS FOR (m:Member) REQUIRE m.id IS UNIQUE").consume()
        people = "UNWIND range(0, size($ids) - 1) AS i CREATE (:Member:Person {pk: i + 1, id: $ids[i], label: 0})"
        session.run(people, ids=[i.decode() for i in p.entities.id]).consume()
        begin = time.perf_counter()
        counts = materialise(session, p, ties, follows, "bench")
        seconds = time.perf_counter() - begin
    graphs = named("FOLLOWS", p, follows)[0], named("TIE", p, ties)[0]
    return p, graphs, seconds, sum(counts.values())
