"""Seats and what-if at scale: beside CELF of Graph Data Science and removals one at a time with igraph.

Spreads are compared in one simulation that neither method has seen. On a small graph CELF gets its 50 simulations and
ends. On the large one it is stopped after ``PATIENCE`` seconds, so that its time and the ratio are lower bounds (50
seats begin with the same 5); ``seats-celf`` asks it there for so few simulations that it ends within minutes.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import igraph
import numpy as np

from bench.gds import Gds, served
from bench.graphs import heavy_tailed
from bench.measure import Row, exponent, timed
from graphsvc.kernels.max_cover import Limits
from graphsvc.kernels.paths import PathGraph, path_graph
from graphsvc.kernels.rr_sets import Sampling, SeatPlan, best_seeds, cascade, weighted_cascade
from graphsvc.kernels.whatif import best_from, each_removed, incoming
from graphsvc.projection import Floats, Index

SMALL = (2_000, 10_000)  # where CELF ends within a minute
PEOPLE, FOLLOWS = 100_000, 500_000
SIZES = ((10_000, 50_000), (100_000, 500_000), (1_000_000, 5_000_000))
P = 0.05
FEW, MANY = 5, 50  # seats
SIMULATIONS = 50
PATIENCE = 300.0  # longest that CELF may take at once [s]: enough to show 100 x where ours takes 3 s
RUNS = {SMALL[0]: 20_000, PEOPLE: 2_000}  # simulated cascades per set of seeds
ALONE = 10  # removals timed one at a time, evenly over the people
GOAL, TOP_GOAL = ">= 100 x, <= 3 s, spread no less", "<= 3 s, no less than top-degree's"
CELF = """
CALL gds.influenceMaximization.celf.stream($name, $options) YIELD nodeId, spread RETURN nodeId AS i"""
NOBODY = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True)
class Case:
    """A graph, and with which probability each of its edges carries on."""

    n: int
    src: Index
    dst: Index
    p: Floats

    def __str__(self) -> str:
        said = f"p = {P}" if np.all(self.p == P) else "p = 1 / in-degree"
        return f"{self.n:,} / {len(self.src):,}, {said}"

    def best(self, seats: int) -> SeatPlan:
        """Seeds of the product."""
        return best(self.n, self.src, self.dst, self.p, seats)

    def reached(self, seeds: Index) -> Reached:
        """What seeds reach."""
        return simulated(self.src, self.dst, self.p, seeds, RUNS[self.n])

    def top(self, seats: int) -> Index:
        """Who reaches most in one step at most."""
        return np.argsort(-np.bincount(self.src, minlength=self.n), kind="stable")[:seats].astype(np.int32)


@dataclass(frozen=True)
class Reached:
    """People reached, the mean of simulated cascades and its standard error."""

    mean: float
    error: float

    def __str__(self) -> str:
        return f"{self.mean:,.2f}" if self.mean < 1000 else f"{self.mean:,.0f}"

    def no_less(self, other: Reached) -> bool:
        """Whether two standard errors of the difference leave room for it."""
        return bool(self.mean >= other.mean - 2.0 * np.hypot(self.error, other.error))

    def beside(self, whose: str, other: Reached) -> str:
        """Both, and whether this one is no less."""
        judged = "no less" if self.no_less(other) else "LESS"
        error = np.hypot(self.error, other.error)
        return f"{self} simulated, {whose} {other}, {judged} (standard error of the difference {error:.2g})"


def seats(folder: Path) -> Iterator[Row]:
    """Beside CELF where it ends and where it does not, beside top-degree, and how time grows with the graph."""
    _compiled()
    small, large = uniform(*SMALL), uniform(PEOPLE, FOLLOWS)
    with served(folder) as gds:
        for case in (small, large):
            plans = {k: case.best(k) for k in (FEW, MANY)}
            yield from beside_top(case, plans)
            if gds is not None:
                yield from beside_celf(gds, case, plans, SIMULATIONS)
    weighted = replace(large, p=weighted_cascade(large.n, large.dst))
    yield from beside_top(weighted, {MANY: weighted.best(MANY)})
    yield from growing()


def few_simulations(folder: Path) -> Iterator[Row]:
    """CELF of one simulation, which is as many as ends within minutes, and what it finds with that."""
    _compiled()
    case = uniform(PEOPLE, FOLLOWS)
    with served(folder) as gds:
        if gds is not None:
            yield from beside_celf(gds, case, {FEW: case.best(FEW)}, 1)


def _compiled() -> None:
    uniform(10_000, 50_000).best(FEW)


def uniform(n: int, m: int) -> Case:
    """A followers' graph where every edge carries on alike."""
    return Case(n, *followed(n, m), np.full(m, P))


def beside_top(case: Case, plans: dict[int, SeatPlan]) -> Iterator[Row]:
    """Plans, and what as many people of the highest degree reach."""
    for k, plan in plans.items():
        seen = case.reached(plan.seeds).beside("top-degree's", case.reached(case.top(k)))
        yield row(f"seats k = {k}, {case}", plan, seen)


def beside_celf(gds: Gds, case: Case, plans: dict[int, SeatPlan], simulations: int) -> Iterator[Row]:
    """The same number of seats by CELF, fewest first; once it is cut, more seats take at least as long."""
    cut = None
    with gds.graph(case.n, case.src, case.dst, case.p, directed=True) as name:
        for k, plan in plans.items():
            spent, seeds = (cut, None) if cut else celf(gds, name, k, simulations)
            ours = case.reached(plan.seeds)
            if seeds is None:
                cut = PATIENCE
                figure = f"{ours} simulated; CELF of {min(plans)} seats did not finish in {PATIENCE:,.0f} s"
            else:
                figure = ours.beside("theirs", case.reached(seeds))
            yield Row(f"seats k = {k}, {case}, beside CELF of {simulations:,} simulations", figure, plan.seconds, None,
                      "GDS CELF", spent, GOAL, peer_at_least=seeds is None)  # fmt: skip


def growing() -> Iterator[Row]:
    """Seconds at each size, and the exponent they grow with."""
    taken = []
    for n, m in SIZES:
        src, dst = followed(n, m)
        plan = best(n, src, dst, weighted_cascade(n, dst), MANY)
        taken.append(plan.seconds)
        yield row(f"seats k = 50, p = 1 / in-degree, {n:,} people", plan)
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


def row(what: str, plan: SeatPlan, seen: str = "") -> Row:
    """One line about a plan."""
    figure = f"spread {plan.spread.value:,.0f}, certified {plan.ratio:.2f} of best, {plan.members:,} members"
    return Row(what, f"{seen}; {figure}" if seen else figure, plan.seconds, goal=TOP_GOAL if seen else "<= 3 s")


def simulated(src: Index, dst: Index, p: Floats, seeds: Index, runs: int) -> Reached:
    """People reached in cascades, each person's edges tried when the person is reached."""
    n = int(max(src.max(), dst.max())) + 1
    order = np.argsort(src, kind="stable")
    src, dst, p = src[order], dst[order], p[order]
    ptr = np.searchsorted(src, np.arange(n + 1))
    rng, each = np.random.default_rng(3), np.zeros(runs)
    for run in range(runs):
        reached = np.zeros(n, dtype=bool)
        reached[seeds] = True
        front = np.asarray(seeds, dtype=np.int64)
        while len(front):
            count = ptr[front + 1] - ptr[front]
            edges = np.arange(count.sum()) + np.repeat(ptr[front] - np.cumsum(count) + count, count)
            hit = np.unique(dst[edges[rng.random(len(edges)) < p[edges]]])
            front = hit[~reached[hit]]
            reached[front] = True
        each[run] = reached.sum()
    return Reached(float(each.mean()), float(each.std() / np.sqrt(runs)))


def celf(gds: Gds, name: str, k: int, simulations: int) -> tuple[float, Index | None]:
    """Seconds and seeds of CELF in Graph Data Science, over the graph in its memory; no seeds where it was cut."""
    options = {"seedSetSize": k, "monteCarloSimulations": simulations, "propagationProbability": P}
    begin = time.perf_counter()
    try:
        rows = gds.run(CELF, patience=PATIENCE, name=name, options=options)
    except TimeoutError:
        return PATIENCE, None
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
