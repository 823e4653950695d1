"""Seats and what-if at scale: beside CELF of Graph Data Science and removals one at a time with igraph.

Spreads are compared in one simulation that neither method has seen. CELF gets 5 seeds and 50 simulations, and 50 seeds
if it is done in time; ``seats-celf`` asks it for so few simulations that it is.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import igraph
import numpy as np

from bench.gds import Gds, served
from bench.graphs import heavy_tailed
from bench.measure import Row, timed
from graphsvc.kernels.max_cover import Limits
from graphsvc.kernels.paths import PathGraph, path_graph
from graphsvc.kernels.rr_sets import Sampling, SeatPlan, best_seeds, cascade, weighted_cascade
from graphsvc.kernels.whatif import best_from, each_removed, incoming
from graphsvc.projection import Floats, Index

PEOPLE, FOLLOWS = 100_000, 500_000
SIZES = ((10_000, 50_000), (100_000, 500_000), (1_000_000, 5_000_000))
P = 0.05
PATIENCE = 240  # longest that CELF may take at once [s]
RUNS = 300  # simulated cascades per set of seeds
ALONE = 10  # removals timed one at a time, evenly over the people
CELF = """
CALL gds.influenceMaximization.celf.stream($name, $options) YIELD nodeId, spread RETURN nodeId AS i"""
NOBODY = np.zeros(0, dtype=np.int32)


def seats(folder: Path) -> Iterator[Row]:
    """Fifty seats and five on one graph, the peer, and how time grows with the graph."""
    src, dst = followed(PEOPLE, FOLLOWS)
    const, wc = np.full(len(src), P), weighted_cascade(PEOPLE, dst)
    best(10_000, *followed(10_000, 50_000), np.full(50_000, P), 5)  # compiles
    with served(folder) as gds:
        yield from _beside_celf(gds, src, dst, const)
    plan = best(PEOPLE, src, dst, wc, 50)
    yield row("seats k = 50, p = 1 / in-degree", plan, simulated(src, dst, wc, plan.seeds), _top(src, dst, wc))
    yield from growing()


def _top(src: Index, dst: Index, p: Floats) -> str:
    top = np.argsort(-np.bincount(src, minlength=PEOPLE), kind="stable")[:50].astype(np.int32)
    return f", top-degree's {simulated(src, dst, p, top):,.0f}"


def few_simulations(folder: Path) -> Iterator[Row]:
    """CELF of one simulation, which is as many as ends within minutes, and what it finds with that."""
    src, dst = followed(PEOPLE, FOLLOWS)
    best(10_000, *followed(10_000, 50_000), np.full(50_000, P), 5)  # compiles
    with served(folder) as gds:
        yield from _beside_celf(gds, src, dst, np.full(len(src), P), ((5, 1),))


def _beside_celf(
    gds: Gds | None, src: Index, dst: Index, p: Floats, asked: tuple[tuple[int, int], ...] = ((5, 50), (50, 50))
) -> Iterator[Row]:
    """Five seats and fifty, and beside them CELF of some seats and simulations."""
    plans = {k: best(PEOPLE, src, dst, p, k) for k in (5, 50)}
    for k, plan in plans.items():
        more = _top(src, dst, p) if k == 50 else ""
        yield row(f"seats k = {k}, p = 0.05", plan, simulated(src, dst, p, plan.seeds), more)
    if gds is None:
        return
    with gds.graph(PEOPLE, src, dst, p, directed=True) as name:
        for k, simulations in asked:
            spent, seeds = celf(gds, name, k, simulations)
            theirs = "cut, so at least" if seeds is None else f"{simulated(src, dst, p, seeds):,.0f} simulated"
            ours = simulated(src, dst, p, plans[k].seeds)
            figure = f"{ours:,.0f} simulated, theirs {theirs}"
            yield Row(f"seats k = {k}, p = 0.05, beside CELF of {simulations:,} simulations", figure,
                      plans[k].seconds, None, "GDS CELF", spent, ">= 100 x, <= 3 s, spread no less")  # fmt: skip
            if seeds is None:  # the server goes on with it
                break


def growing() -> Iterator[Row]:
    """Seconds at each size, and the exponent they grow with."""
    taken = []
    for n, m in SIZES:
        src, dst = followed(n, m)
        plan = best(n, src, dst, weighted_cascade(n, dst), 50)
        taken.append(plan.seconds)
        yield row(f"seats k = 50, p = 1 / in-degree, {n:,} people", plan, None)
    yield Row("seats: exponent of seconds in people", f"{exponent([n for n, _ in SIZES], taken):.2f}", sum(taken))


def whatif(_: Path) -> Iterator[Row]:
    """Every person's removal at once, beside one Dijkstra each in igraph, at three sizes."""
    taken = []
    for n, m in SIZES:
        graph, team, account = network(n, m)
        each_removed(best_from(incoming(network(1000, 5000)[0]), np.arange(5)), np.arange(9), np.full(1000, -1))

        def everybody(graph: PathGraph = graph, team: Index = team, account: Index = account) -> None:
            each_removed(best_from(incoming(graph), team), np.arange(len(graph), dtype=np.int32), account)

        seconds = timed(everybody, repeat=3 if n <= PEOPLE else 1)
        taken.append(seconds)
        peer = one_at_a_time(graph, team) * n
        yield Row(f"what-if for each of {n:,} people", f"{n / seconds:,.0f} people/s", seconds, None,
                  f"igraph, one Dijkstra each ({ALONE} timed)", peer, ">= 100 x")  # fmt: skip
    yield Row("what-if: exponent of seconds in people", f"{exponent([n for n, _ in SIZES], taken):.2f}", sum(taken))


def followed(n: int, m: int) -> tuple[Index, Index]:
    """Directed heavy-tailed edges: of each tie one, at random, follows the other; influence goes src -> dst."""
    tail, head, _ = heavy_tailed(n, m, seed=1)
    turned = np.random.default_rng(2).random(m) < 0.5
    return np.where(turned, head, tail).astype(np.int32), np.where(turned, tail, head).astype(np.int32)


def best(n: int, src: Index, dst: Index, p: Floats, seats: int) -> SeatPlan:
    """Seeds of the product, from raw edges on."""
    begin = time.perf_counter()
    degree = np.argsort(-np.bincount(src, minlength=n), kind="stable").astype(np.int32)
    limits = Limits(np.ones(n, dtype=bool), seats)
    plan = best_seeds(
        cascade(n, src, dst, p), np.arange(n, dtype=np.int32), limits, {"degree": degree}, NOBODY, Sampling()
    )
    return replace(plan, seconds=time.perf_counter() - begin)


def row(what: str, plan: SeatPlan, spread: float | None, more: str = "") -> Row:
    """One line about a plan."""
    seen = "" if spread is None else f", {spread:,.0f} simulated{more}"
    figure = f"spread {plan.spread.value:,.0f}{seen}, certified {plan.ratio:.2f} of best, {plan.members:,} members"
    return Row(what, figure, plan.seconds, goal="<= 3 s")


def simulated(src: Index, dst: Index, p: Floats, seeds: Index) -> float:
    """Mean number reached in ``RUNS`` cascades, each person's edges tried when the person is reached."""
    n = int(max(src.max(), dst.max())) + 1
    order = np.argsort(src, kind="stable")
    src, dst, p = src[order], dst[order], p[order]
    ptr = np.searchsorted(src, np.arange(n + 1))
    rng, total = np.random.default_rng(3), 0
    for _ in range(RUNS):
        reached = np.zeros(n, dtype=bool)
        reached[seeds] = True
        front = np.asarray(seeds, dtype=np.int64)
        while len(front):
            count = ptr[front + 1] - ptr[front]
            edges = np.arange(count.sum()) + np.repeat(ptr[front] - np.cumsum(count) + count, count)
            hit = np.unique(dst[edges[rng.random(len(edges)) < p[edges]]])
            front = hit[~reached[hit]]
            reached[front] = True
        total += int(reached.sum())
    return total / RUNS


def celf(gds: Gds, name: str, k: int, simulations: int) -> tuple[float, Index | None]:
    """Seconds and seeds of CELF in Graph Data Science, over the graph in its memory; no seeds where it was cut."""
    options = {"seedSetSize": k, "monteCarloSimulations": simulations, "propagationProbability": P}
    begin = time.perf_counter()
    try:
        rows = gds.run(CELF, patience=PATIENCE, name=name, options=options)
    except TimeoutError:  # it takes at least this long
        return time.perf_counter() - begin, None
    return time.perf_counter() - begin, np.array([row["i"] for row in rows], dtype=np.int32)


def network(n: int, m: int) -> tuple[PathGraph, Index, Index]:
    """A path graph, one person in 300 (at least 5) as the team, and ten others to an account."""
    tail, head, strength = heavy_tailed(n, m, seed=1)
    r = 1.0 / (1.0 + np.exp(-(-1.1 + 0.7 * np.log(strength))))
    graph = path_graph(n, np.r_[tail, head], np.r_[head, tail], np.r_[r, r], np.full(n, 0.5))
    rng = np.random.default_rng(4)
    team = np.sort(rng.choice(n, max(5, n // 300), replace=False)).astype(np.int32)
    account = rng.integers(0, n // 10, n).astype(np.int32)
    account[team] = -1
    return graph, team, account


def one_at_a_time(graph: PathGraph, team: Index) -> float:
    """Seconds per person: a Dijkstra of igraph from the whole team, without that person (and without a limit of hops).

    One extra vertex with free edges to the team stands for it; the person's edges are priced out of reach.
    """
    n = len(graph)
    tail, head = np.asarray(graph.tail), np.asarray(graph.head)
    ours = np.zeros(n, dtype=bool)
    ours[team] = True
    cost = -np.log(graph.probability * np.where(ours[tail], 1.0, graph.pass_on[tail]))
    edges = np.r_[np.column_stack([tail, head]), np.column_stack([np.full(len(team), n), team])]
    g = igraph.Graph(n + 1, edges, directed=True)
    weights = np.r_[np.maximum(cost, 0.0), np.zeros(len(team))]
    seconds = 0.0
    for x in np.linspace(0, n - 1, ALONE).astype(int):
        priced = np.where(np.r_[(tail == x) | (head == x), team == x], 1e9, weights).tolist()
        begin = time.perf_counter()
        g.distances(source=n, weights=priced, mode="out")
        seconds += time.perf_counter() - begin
    return seconds / ALONE


def exponent(sizes: list[int], seconds: list[float]) -> float:
    """Slope of log seconds over log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
