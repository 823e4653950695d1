"""Graph measures against networkx, igraph, naive counts and toy graphs worked out by hand."""

from __future__ import annotations

import itertools
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc import toy
from graphsvc.kernels import measures as m
from tests.truth.plain_measures import dependencies, peel

ENGINES = ["igraph", "fallback"]


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every measure runs with igraph, and as if igraph were not installed: none of them needs it."""
    if request.param == "fallback":
        monkeypatch.setitem(sys.modules, "igraph", None)
    return str(request.param)


def random_graph(seed: int, directed: bool, n: int = 60, edges: int = 150) -> tuple[m.Graph, nx.Graph]:
    rng = np.random.default_rng(seed)
    g = m.graph(n, rng.integers(0, n, edges), rng.integers(0, n, edges), rng.random(edges) + 0.1, directed=directed)
    other: nx.Graph = nx.DiGraph() if directed else nx.Graph()
    other.add_nodes_from(range(n))
    other.add_weighted_edges_from(zip(g.src.tolist(), g.dst.tolist(), g.weight.tolist(), strict=True))
    return g, other


def values(by_node: dict[int, float]) -> list[float]:
    return [by_node[i] for i in range(len(by_node))]


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize("seed", [1, 2])
class TestAgainstNetworkx:
    def test_pagerank(self, engine: str, seed: int, directed: bool) -> None:
        g, other = random_graph(seed, directed)
        truth = nx.pagerank(other, tol=1e-14, max_iter=1000)
        np.testing.assert_allclose(m.pagerank(g), values(truth), rtol=1e-9)

    def test_betweenness(self, engine: str, seed: int, directed: bool) -> None:
        g, other = random_graph(seed, directed)
        np.testing.assert_allclose(
            m.betweenness(g), values(nx.betweenness_centrality(other, normalized=False)), rtol=1e-9, atol=1e-9
        )
        np.testing.assert_allclose(
            m.betweenness(g, normalized=True), values(nx.betweenness_centrality(other)), rtol=1e-9, atol=1e-12
        )

    def test_core_numbers(self, engine: str, seed: int, directed: bool) -> None:
        g, other = random_graph(seed, directed)
        assert m.core_numbers(g).tolist() == values(nx.core_number(nx.Graph(other)))

    def test_components(self, engine: str, seed: int, directed: bool) -> None:
        g, other = random_graph(seed, directed, edges=45)
        label = m.components(g)
        for part in nx.connected_components(other.to_undirected()):
            assert {int(label[i]) for i in part} == {min(part)}

    @pytest.mark.parametrize("weighted", [False, True])
    def test_path_lengths(self, engine: str, seed: int, directed: bool, weighted: bool) -> None:
        g, other = random_graph(seed, directed)
        got = m.path_lengths(g, np.arange(g.n), weighted=weighted)
        truth = dict(nx.all_pairs_dijkstra_path_length(other, weight="weight" if weighted else None))
        for a, b in itertools.product(range(g.n), repeat=2):
            assert got[a, b] == pytest.approx(truth[a].get(b, np.inf), rel=1e-9)


def naive_betweenness(g: m.Graph) -> list[float]:
    """By listing all shortest paths of a small undirected graph."""
    other = nx.Graph(zip(g.src.tolist(), g.dst.tolist(), strict=True))
    out = [0.0] * g.n
    for a, b in itertools.combinations(sorted(other), 2):
        if nx.has_path(other, a, b):
            paths = list(nx.all_shortest_paths(other, a, b))
            for path in paths:
                for v in path[1:-1]:
                    out[v] += 1 / len(paths)
    return out


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_betweenness_equals_a_list_of_all_paths(edges: list[tuple[int, int]]) -> None:
    pairs = np.array(edges, dtype=np.int64).reshape(-1, 2)
    g = m.graph(8, pairs[:, 0], pairs[:, 1], directed=False)
    truth = naive_betweenness(g)
    np.testing.assert_allclose(m.betweenness(g), truth, atol=1e-9)
    np.testing.assert_allclose(dependencies(g, np.arange(8)), truth, atol=1e-9)
    np.testing.assert_array_equal(peel(g), m.core_numbers(g))


@pytest.mark.parametrize("directed", [False, True])
@pytest.mark.parametrize(("n", "edges"), [(1, 0), (30, 60), (400, 300), (80, 2000)])
def test_compiled_loops_equal_igraph_and_their_plain_twins(n: int, edges: int, directed: bool) -> None:
    igraph = pytest.importorskip("igraph")
    g, _ = random_graph(7, directed, n, edges)
    peer = igraph.Graph(n=n, edges=list(zip(g.src.tolist(), g.dst.tolist(), strict=True)), directed=directed)
    np.testing.assert_allclose(m.betweenness(g), peer.betweenness(directed=directed), rtol=1e-9, atol=1e-9)
    some = np.arange(5) * n // 5
    if n > 5:
        twin = dependencies(g, some, far=not directed) * n / 5
        np.testing.assert_allclose(m.betweenness(g, 5), twin, rtol=1e-9, atol=1e-9)
        if directed:
            sampled = np.array(peer.betweenness(directed=True, sources=some.tolist())) * n / 5
            np.testing.assert_allclose(m.betweenness(g, 5), sampled, rtol=1e-9, atol=1e-9)
    flat = m.graph(n, g.src, g.dst, directed=False)
    simple = igraph.Graph(n=n, edges=list(zip(flat.src.tolist(), flat.dst.tolist(), strict=True)))
    np.testing.assert_array_equal(m.core_numbers(g), simple.coreness())
    np.testing.assert_array_equal(m.core_numbers(g), peel(flat))


@pytest.mark.parametrize("seed", range(3))
def test_far_counts_add_up_to_all_paths_and_sample_better(seed: int) -> None:
    g, _ = random_graph(seed, directed=False, n=300, edges=900)
    exact, every = m.betweenness(g), np.arange(g.n)
    np.testing.assert_allclose(dependencies(g, every, far=True), exact, rtol=1e-9, atol=1e-9)
    some = np.arange(16) * g.n // 16
    plain = dependencies(g, some) * g.n / 16
    assert np.abs(m.betweenness(g, 16) - exact).mean() < np.abs(plain - exact).mean()


def test_betweenness_is_the_same_on_any_number_of_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    g, _ = random_graph(3, directed=False, n=200, edges=900)
    made = []
    for count in (1, 7):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        made.append(m.betweenness(g))
    np.testing.assert_array_equal(*made)


def line(n: int) -> m.Graph:
    return m.graph(n, np.arange(n - 1), np.arange(1, n), directed=False)


def test_a_line_a_star_and_a_ring(engine: str) -> None:
    assert m.betweenness(line(5)).tolist() == pytest.approx([0, 3, 4, 3, 0])
    star = m.graph(6, np.zeros(5, dtype=np.int64), np.arange(1, 6), directed=False)
    assert m.betweenness(star).tolist() == pytest.approx([10, 0, 0, 0, 0, 0])
    assert m.betweenness(star, normalized=True)[0] == pytest.approx(1.0)
    ring = m.graph(6, np.arange(6), (np.arange(6) + 1) % 6, directed=False)
    assert m.core_numbers(ring).tolist() == [2] * 6
    np.testing.assert_allclose(m.pagerank(ring), 1 / 6)


def test_sampled_betweenness_is_close_deterministic_and_the_same_in_both_engines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    g, _ = random_graph(5, False, n=400, edges=1200)
    exact, sampled = m.betweenness(g), m.betweenness(g, 200)
    assert np.corrcoef(exact, sampled)[0, 1] > 0.95
    np.testing.assert_array_equal(sampled, m.betweenness(g, 200))
    monkeypatch.setitem(sys.modules, "igraph", None)
    np.testing.assert_allclose(m.betweenness(g, 200), sampled, rtol=1e-9, atol=1e-9)


def test_parallel_edges_add_their_weight_and_loops_vanish() -> None:
    g = m.graph(3, np.array([0, 1, 1, 2]), np.array([1, 0, 2, 2]), np.array([1.0, 2.0, 4.0, 9.0]), directed=False)
    assert (g.src.tolist(), g.dst.tolist(), g.weight.tolist()) == ([0, 1], [1, 2], [3.0, 4.0])
    assert m.graph(3, np.array([0, 1]), np.array([1, 0]), directed=False).weight.tolist() == [1.0]


@pytest.mark.parametrize(("n", "edges"), [(30, 40), (400, 300), (80, 2000), (2000, 9000)])
def test_pagerank_is_that_of_the_power_iteration_and_of_igraph(n: int, edges: int) -> None:
    g, _ = random_graph(11, True, n, edges)
    made = m.pagerank(g)
    np.testing.assert_allclose(made, m.pagerank(g, iterations=400), rtol=1e-11)
    igraph = pytest.importorskip("igraph")
    peer = igraph.Graph(n=n, edges=list(zip(g.src.tolist(), g.dst.tolist(), strict=True)), directed=True)
    np.testing.assert_allclose(made, peer.pagerank(weights=g.weight.tolist()), rtol=1e-7)


@pytest.mark.parametrize("damping", [0.0, 0.5, 0.99])
def test_pagerank_of_a_ring_with_a_way_out_by_hand(damping: float) -> None:
    g = m.graph(3, np.array([0, 1]), np.array([1, 2]), np.array([2.0, 5.0]), directed=True)
    rank = np.array([1.0, 1.0 + damping, 1.0 + damping + damping**2])  # each passes all on; the last one to all alike
    np.testing.assert_allclose(m.pagerank(g, damping), rank / rank.sum(), rtol=1e-12)


@pytest.mark.parametrize("directed", [False, True])
def test_rows_equal_those_of_a_sparse_matrix(directed: bool) -> None:
    from graphsvc.kernels.measures_loops import incoming

    g, _ = random_graph(13, directed, 50, 300)
    matrix = m._matrix(g)
    start, other = m._rows(g)
    np.testing.assert_array_equal(start, matrix.indptr)
    np.testing.assert_array_equal(other, matrix.indices)
    start, other, share = incoming(g.n, g.src, g.dst, g.weight)
    one = m._matrix(m.Graph(g.n, g.src, g.dst, g.weight, directed=True)).toarray()
    came = np.zeros((g.n, g.n))
    for v in range(g.n):
        came[other[start[v] : start[v + 1]], v] = share[start[v] : start[v + 1]]
    total = one.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(came, np.divide(one, total, out=np.zeros_like(one), where=total > 0), rtol=1e-12)


def test_dangling_vertices_pass_their_rank_to_all(engine: str) -> None:
    g = m.graph(3, np.array([0]), np.array([1]), directed=True)
    assert m.pagerank(g).sum() == pytest.approx(1.0)
    # one step by hand from 1/3 each: dangling 1 and 2 spread 2/3 evenly, 0 gives its third to 1
    step = 0.05 + 0.85 * (2 / 9)
    np.testing.assert_allclose(m.pagerank(g, iterations=1), [step, step + 0.85 / 3, step])


def test_empty_graphs(engine: str) -> None:
    none = m.graph(0, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), directed=False)
    for measure in (m.pagerank, m.betweenness, m.core_numbers, m.components, m.communities):
        assert len(measure(none)) == 0
    bare = m.graph(3, np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), directed=True)
    np.testing.assert_allclose(m.pagerank(bare), 1 / 3)
    assert m.components(bare).tolist() == [0, 1, 2]
    assert m.betweenness(bare).tolist() == [0, 0, 0]


def test_communities_split_two_cliques_and_do_not_touch_the_global_random_state() -> None:
    import random

    pairs = [*itertools.combinations(range(5), 2), *itertools.combinations(range(5, 10), 2), (4, 5)]
    a, b = np.array(pairs).T
    random.seed(1)
    before = random.getstate()
    label = m.communities(m.graph(10, a, b, directed=False))
    assert label.tolist() == [0] * 5 + [5] * 5
    assert random.getstate() == before


def test_a_projection_opens_in_igraph_and_networkx() -> None:
    p = toy.build(
        interactions=[{"time": 1, "from": "a", "to": "c"}, {"time": 2, "from": "a", "to": "c"}],
        facts=[{"subject": "b", "kind": "ADOPTED", "object": "w"}],
        as_of=3,
    )
    g = p.to_igraph()
    assert g.vs["name"] == ["a", "b", "c"] and g.get_edgelist() == [(0, 2), (0, 2)]
    assert sorted(p.to_networkx().edges()) == [("a", "c"), ("a", "c")]
