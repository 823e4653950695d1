"""Graph Data Science gives what the local engine gives, on graphs of every kind; tolerances as in docs/engines.md."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from graphsvc.engines import LOCAL
from graphsvc.engines.gds import GdsEngine
from graphsvc.engines.graphs import flat
from graphsvc.engines.local import reachable_sets, spread
from graphsvc.kernels.measures import Graph
from tests.contract.engines.world import difference, graphs

pytestmark = pytest.mark.neo4j
EXACT = 1e-9  # relative
MODULARITY = 0.02  # absolute, that GDS's Leiden may be below igraph's
SPREAD = 0.6  # of the local greedy choice's spread that CELF's must reach, both measured alike
SAMPLED = 0.6  # relative, of the 20 largest betweennesses from a quarter of the vertices
GRAPHS = dict(graphs())


@pytest.fixture(params=list(GRAPHS))
def g(request: pytest.FixtureRequest) -> Graph:
    return GRAPHS[request.param]


def naive_pagerank(g: Graph, damping: float) -> NDArray[np.float64]:
    """(I - d P') x = 1, solved directly and normalised: rank of dead ends goes to all alike."""
    a = np.zeros((g.n, g.n))
    a[g.src, g.dst] = g.weight
    if not g.directed:
        a += a.T
    out = a.sum(axis=1, keepdims=True)
    p = np.divide(a, out, out=np.zeros_like(a), where=out > 0)
    x = np.linalg.solve(np.eye(g.n) - damping * p.T, np.ones(g.n))
    return x / x.sum()


def naive_components(g: Graph) -> list[int]:
    label = list(range(g.n))
    for _ in range(g.n):
        for a, b in zip(g.src.tolist(), g.dst.tolist(), strict=True):
            label[a] = label[b] = min(label[a], label[b])
    return label


def naive_cores(g: Graph) -> list[int]:
    near: dict[int, set[int]] = {v: set() for v in range(g.n)}
    for a, b in zip(g.src.tolist(), g.dst.tolist(), strict=True):
        near[a].add(b)
        near[b].add(a)
    core, k = [0] * g.n, 0
    while near:
        low = min(near, key=lambda v: len(near[v]))
        k = max(k, len(near[low]))
        core[low] = k
        for other in near.pop(low):
            near[other].discard(low)
    return core


def modularity(g: Graph, label: NDArray[np.int32]) -> float:
    g = flat(g, weighted=True)
    total = g.weight.sum()
    if total == 0:
        return 0.0
    strength = np.bincount(g.src, g.weight, g.n) + np.bincount(g.dst, g.weight, g.n)
    inside = g.weight[label[g.src] == label[g.dst]].sum() / total
    return float(inside - ((np.bincount(label, strength) / (2 * total)) ** 2).sum())


def test_pagerank_is_the_same(engine: GdsEngine, g: Graph) -> None:
    for damping in (0.85, 0.5):
        rank = engine.pagerank(g, damping)
        assert rank.shape == (g.n,)
        assert difference(rank, LOCAL.pagerank(g, damping)) <= EXACT
        if 0 < g.n <= 100:
            assert difference(rank, naive_pagerank(g, damping)) <= EXACT
            assert rank.sum() == pytest.approx(1.0, rel=1e-12)


def test_exact_betweenness_is_the_same(engine: GdsEngine, g: Graph) -> None:
    assert difference(engine.betweenness(g), LOCAL.betweenness(g)) <= EXACT
    assert difference(engine.betweenness(g, g.n), LOCAL.betweenness(g)) <= EXACT


def test_components_are_the_same(engine: GdsEngine, g: Graph) -> None:
    found = engine.components(g)
    np.testing.assert_array_equal(found, LOCAL.components(g))
    if g.n <= 100:
        assert found.tolist() == naive_components(g)


def test_core_numbers_are_the_same(engine: GdsEngine, g: Graph) -> None:
    found = engine.core_numbers(g)
    np.testing.assert_array_equal(found, LOCAL.core_numbers(g))
    if g.n <= 100:
        assert found.tolist() == naive_cores(g)


def test_communities_are_as_good_and_repeat(engine: GdsEngine, g: Graph) -> None:
    found = engine.communities(g, seed=1)
    np.testing.assert_array_equal(found, engine.communities(g, seed=1))
    assert all(found[c] == c for c in np.unique(found)), "a community is named by its smallest vertex"
    assert modularity(g, found) >= modularity(g, LOCAL.communities(g, seed=1)) - MODULARITY
    apart = LOCAL.components(g)
    assert all(len(np.unique(apart[found == c])) == 1 for c in np.unique(found)), "a community spans two components"


def test_sampled_betweenness_estimates_the_exact_one(engine: GdsEngine) -> None:
    g = GRAPHS["random, undirected"]
    exact, sampled = LOCAL.betweenness(g), engine.betweenness(g, 500)
    top = np.argsort(exact)[-20:]
    assert difference(sampled[top], exact[top]) <= SAMPLED
    assert np.corrcoef(exact, sampled)[0, 1] >= 0.98
    np.testing.assert_array_equal(sampled, engine.betweenness(g, 500)), "one seed"


@pytest.mark.parametrize("name", ["star", "Krackhardt's kite", "company: attention", "random, directed"])
def test_seeds_reach_as_many(engine: GdsEngine, name: str) -> None:
    g = GRAPHS[name]
    theirs, ours = engine.seeds(g, 3, 0.2), LOCAL.seeds(g, 3, 0.2)
    sets = reachable_sets(g, 0.2, np.random.default_rng(9))
    reached = [spread(sets, g.n, chosen.vertices) for chosen in (theirs, ours)]
    assert reached[0] >= SPREAD * reached[1]
    assert theirs.spread[-1] == pytest.approx(reached[0], rel=0.15), "the spread said is the spread there is"
    assert len(set(theirs.vertices.tolist())) == 3


def test_the_star_starts_at_its_centre(engine: GdsEngine) -> None:
    assert engine.seeds(GRAPHS["star"], 1, 0.3).vertices.tolist() == [0]


@pytest.mark.parametrize("name", ["empty", "one person", "nobody knows anybody"])
def test_seeds_where_nobody_knows_anybody(engine: GdsEngine, name: str) -> None:
    g = GRAPHS[name]
    assert sorted(engine.seeds(g, 5).vertices.tolist()) == list(range(g.n))
