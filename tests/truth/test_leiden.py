"""Leiden's compiled loops: their plain twins, what the paper promises, and igraph's modularity."""

from __future__ import annotations

import itertools

import networkx as nx
import numpy as np
import pytest

from graphsvc.kernels import communities as c
from graphsvc.kernels import communities_loops as loops
from graphsvc.kernels.measures import Graph, graph
from tests.truth import plain_leiden as plain


def drawn(seed: int, n: int = 24, p: float = 0.2) -> Graph:
    rng = np.random.default_rng(seed)
    a, b = np.triu_indices(n, 1)
    some = rng.random(len(a)) < p
    return graph(n, a[some], b[some], rng.integers(1, 9, some.sum()) / 2.0, directed=False)


def shape(g: Graph) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    near = c.neighbours(g)
    weight = g.weight[near.edge]
    return near.start, near.other, weight, loops.volumes(near.start, weight)


def table(g: Graph) -> list[dict[int, float]]:
    return plain.table(g.n, list(zip(g.src.tolist(), g.dst.tolist(), g.weight.tolist(), strict=True)))


@pytest.mark.parametrize("resolution", [0.5, 1.0, 3.0])
@pytest.mark.parametrize("seed", range(6))
def test_loops_equal_their_plain_twins(seed: int, resolution: float) -> None:
    g, rng = drawn(seed), np.random.default_rng(seed)
    rows, price = shape(g), resolution / (2 * g.weight.sum())
    first, second = (rng.permutation(g.n).astype(np.int32) for _ in range(2))
    label = rng.integers(0, g.n, g.n).astype(np.int32) if seed % 2 else np.arange(g.n, dtype=np.int32)
    twin = plain.moved(table(g), rows[3].tolist(), label.tolist(), first.tolist(), price)
    loops.move(*rows, label, first, price)
    assert label.tolist() == twin
    part = loops.refine(*rows, label, second, price)
    assert part.tolist() == plain.refined(table(g), rows[3].tolist(), twin, second.tolist(), price)


@pytest.mark.parametrize("seed", range(4))
def test_after_local_moving_no_single_move_gains(seed: int) -> None:
    g = drawn(seed, 16, 0.3)
    label = np.arange(g.n, dtype=np.int32)
    loops.move(*shape(g), label, np.arange(g.n, dtype=np.int32), 1.0 / (2 * g.weight.sum()))
    names = c._compact(label)
    best = c.parts(g, names).modularity.sum()
    for v, to in itertools.product(range(g.n), range(int(names.max()) + 2)):
        other = names.copy()
        other[v] = to
        assert c.parts(g, other).modularity.sum() <= best + 1e-9


def test_an_aggregate_keeps_weights_between_parts_and_all_volume() -> None:
    g = drawn(3)
    rows, part = shape(g), (np.arange(g.n) % 5).astype(np.int32)
    start, other, weight, volume = loops.aggregate(*rows, part, 5)
    truth = np.zeros((5, 5))
    for a, b, w in zip(g.src, g.dst, g.weight, strict=True):
        truth[part[a], part[b]] += w
        truth[part[b], part[a]] += w
    got = np.zeros((5, 5))
    for v in range(5):
        got[v, other[start[v] : start[v + 1]]] = weight[start[v] : start[v + 1]]
    np.testing.assert_allclose(volume, truth.sum(axis=1))
    np.fill_diagonal(truth, 0.0)
    np.testing.assert_allclose(got, truth)


@pytest.mark.parametrize("seed", range(5))
def test_communities_hang_together(seed: int) -> None:
    """What Louvain does not promise and Leiden does."""
    g = drawn(seed, 60, 0.05)
    label = c.leiden(g, 0.6, seed)
    net = nx.Graph(zip(g.src.tolist(), g.dst.tolist(), strict=True))
    net.add_nodes_from(range(g.n))
    for community in range(int(label.max()) + 1):
        assert nx.is_connected(net.subgraph(np.flatnonzero(label == community).tolist()))


@pytest.mark.parametrize("rounds", [2, -1])
def test_modularity_is_igraphs_or_better(rounds: int) -> None:
    igraph = pytest.importorskip("igraph")
    g = drawn(1, 600, 0.02)
    peer = igraph.Graph(n=g.n, edges=np.column_stack([g.src, g.dst]).tolist())

    def modularity(label: list[int]) -> float:
        return float(c.parts(g, c._compact(np.array(label))).modularity.sum())

    igraph.set_random_number_generator(__import__("random").Random(0))
    found = [
        peer.community_leiden(objective_function="modularity", weights=g.weight.tolist(), n_iterations=rounds)
        for _ in range(5)
    ]
    theirs = np.mean([modularity(f.membership) for f in found])
    ours = np.mean([modularity(c.one_partition(c.neighbours(g), g.weight, 1.0, s, rounds)) for s in range(5)])
    assert ours >= theirs - 0.005


def test_scale_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    g = drawn(2, 200, 0.05)
    many = Graph(g.n, g.src, g.dst, g.weight * 1024.0, False)
    np.testing.assert_array_equal(c.leiden(g), c.leiden(many))
    weights = [g.weight * f for f in (1.0, 2.0, 0.5, 3.0, 1.5)]
    made = []
    for count in (1, 7):
        monkeypatch.setattr("os.cpu_count", lambda count=count: count)
        made.append([label.tolist() for label in c.partitions(g, weights)])
    assert made[0] == made[1]


def test_all_weights_equal_and_a_clique_are_one_community() -> None:
    a, b = np.triu_indices(300, 1)
    assert c.leiden(graph(300, a, b, directed=False)).tolist() == [0] * 300
