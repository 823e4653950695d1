"""Best paths from a team and every single removal: beside k_best_paths, networkx, and one search per person."""

from __future__ import annotations

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.kernels.paths import Limits, PathGraph, k_best_paths, path_graph
from graphsvc.kernels.whatif import Tree, best_from, best_of_groups, each_removed, incoming
from graphsvc.projection import Bools, Floats, Index

HOPS, LEAST = 6, 0.01


def world(seed: int, n: int = 40, m: int = 90, *, equal: bool = False) -> tuple[PathGraph, Index, Index]:
    """A graph both ways with different probabilities, a team of 4, and groups of the others."""
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, n, (2, m))
    p, q = (np.full(m, 0.5), np.full(m, 0.5)) if equal else (rng.uniform(0.05, 1.0, m), rng.uniform(0.05, 1.0, m))
    pass_on = np.full(n, 0.8) if equal else rng.uniform(0.2, 1.0, n)
    team = rng.choice(n, 4, replace=False).astype(np.int32)
    group = rng.integers(-1, 6, n).astype(np.int32)
    group[team] = -1
    return path_graph(n, np.r_[a, b].astype(np.int32), np.r_[b, a].astype(np.int32), np.r_[p, q], pass_on), team, group


def without(tree: Tree, x: int) -> Floats:
    """Probabilities by a search of its own, in which nobody meets x."""
    there = tree.there.copy()
    there[x] = False
    return best_from(tree.graph, np.flatnonzero(tree.source), hops=HOPS, min_probability=LEAST, there=there).probability


def groups_of(probability: Floats, group: Index) -> Floats:
    return best_of_groups(probability, group, int(group.max(initial=-1)) + 1)[0]


@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("hops", [1, 2, 6])
def test_best_paths_are_those_of_k_best_paths(hops: int, equal: bool) -> None:
    graph, team, _ = world(1, equal=equal)
    tree = best_from(incoming(graph), team, hops=hops, min_probability=LEAST)
    for node in np.setdiff1d(np.arange(len(graph)), team):
        found = k_best_paths(graph, team, np.array([node], dtype=np.int32), Limits(1, hops, LEAST)).paths
        best = found[0].probability if found else 0.0
        assert tree.probability[node] == pytest.approx(best, rel=1e-9), node
        assert (len(tree.path(int(node))) > 0) == bool(found)


def test_the_path_told_has_the_probability_told() -> None:
    graph, team, _ = world(2)
    tree = best_from(incoming(graph), team, hops=HOPS, min_probability=LEAST)
    edge = {(int(t), int(h)): float(p) for t, h, p in zip(graph.tail, graph.head, graph.probability, strict=True)}
    for node in np.setdiff1d(np.flatnonzero(tree.probability > 0), team):
        path = tree.path(int(node))
        hops = [edge[u, v] * float(graph.pass_on[u]) for u, v in itertools.pairwise(path)]
        hops[0] = edge[path[0], path[1]]
        assert path[0] in team
        assert len(hops) <= HOPS
        assert math.prod(hops) == pytest.approx(tree.probability[node], rel=1e-9)


def test_without_a_limit_of_hops_it_is_dijkstra_of_networkx() -> None:
    graph, team, _ = world(3)
    tree = best_from(incoming(graph), team, hops=len(graph), min_probability=0.0)
    g: nx.DiGraph[object] = nx.DiGraph()
    members = set(team.tolist())
    for t, h, p in zip(graph.tail.tolist(), graph.head.tolist(), graph.probability.tolist(), strict=True):
        g.add_edge(t, h, weight=-math.log(p if t in members else p * float(graph.pass_on[t])))
    length = nx.multi_source_dijkstra_path_length(g, members & set(g))
    for node in range(len(graph)):
        assert tree.probability[node] == pytest.approx(math.exp(-length[node]) if node in length else 0.0, rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.integers(20, 120))
def test_all_removals_at_once_are_one_search_each(seed: int, equal: bool, m: int) -> None:
    graph, team, group = world(seed, m=m, equal=equal)
    tree = best_from(incoming(graph), team, hops=HOPS, min_probability=LEAST)
    who = np.arange(len(graph), dtype=np.int32)
    nodes, groups = each_removed(tree, who, group)
    before = groups_of(tree.probability, group)
    for i, x in enumerate(who.tolist()):
        after = without(tree, x)
        told, of_groups = tree.probability.copy(), before.copy()
        told[x] = 0.0
        told[nodes.item[nodes.ptr[i] : nodes.ptr[i + 1]]] = nodes.after[nodes.ptr[i] : nodes.ptr[i + 1]]
        of_groups[groups.item[groups.ptr[i] : groups.ptr[i + 1]]] = groups.after[groups.ptr[i] : groups.ptr[i + 1]]
        assert np.array_equal(told, after), x
        assert np.array_equal(of_groups, groups_of(after, group)), x
        assert x not in nodes.item[nodes.ptr[i] : nodes.ptr[i + 1]]


def test_who_is_on_no_best_path_costs_nobody_anything() -> None:
    graph = path_graph(4, np.array([0, 1, 0]), np.array([1, 2, 3]), np.array([0.9, 0.9, 0.9]), np.ones(4))
    tree = best_from(incoming(graph), np.array([0]))
    nodes, groups = each_removed(tree, np.array([3, 1, 0]), np.array([-1, -1, 0, 1], dtype=np.int32))
    assert nodes.row.tolist() == [1, 2, 2, 2]
    told = sorted(zip(groups.row.tolist(), groups.item.tolist(), groups.after.tolist(), strict=True))
    assert told == [(0, 1, 0.0), (1, 0, 0.0), (2, 0, 0.0), (2, 1, 0.0)]


def test_renaming_nodes_renames_the_answer() -> None:
    graph, team, group = world(5)
    n = len(graph)
    new = np.random.default_rng(0).permutation(n).astype(np.int32)
    pass_on, other_group = np.empty(n), np.empty(n, dtype=np.int32)
    pass_on[new], other_group[new] = graph.pass_on, group
    other = path_graph(n, new[graph.tail], new[graph.head], graph.probability, pass_on)
    one, two = (best_from(incoming(g), t) for g, t in ((graph, team), (other, new[team])))
    assert np.array_equal(one.probability, two.probability[new])
    whole = [each_removed(t, w, g)[1] for t, w, g in ((one, np.arange(n), group), (two, new, other_group))]
    told = [sorted(zip(r.row.tolist(), r.item.tolist(), r.after.tolist(), strict=True)) for r in whole]
    assert told[0] == told[1]


@pytest.mark.parametrize("n", [1, 3])
def test_without_edges_only_the_team_itself_is_reached(n: int) -> None:
    nobody = np.zeros(0, dtype=np.int32)
    tree = best_from(incoming(path_graph(n, nobody, nobody, np.zeros(0), np.ones(n))), np.array([0]))
    assert tree.probability.tolist() == [1.0] + [0.0] * (n - 1)
    nodes, groups = each_removed(tree, np.arange(n), np.full(n, -1, dtype=np.int32))
    assert (len(nodes.item), len(groups.item)) == (0, 0)


def masks(n: int, *gone: int) -> Bools:
    out = np.ones(n, dtype=np.bool_)
    out[list(gone)] = False
    return out


def test_several_removed_together_can_cost_more_than_each_alone() -> None:
    tail, head = np.array([0, 0, 1, 2]), np.array([1, 2, 3, 3])
    graph = incoming(path_graph(4, tail, head, np.array([0.9, 0.8, 1.0, 1.0]), np.ones(4)))
    alone = [best_from(graph, np.array([0]), there=masks(4, x)).probability[3] for x in (1, 2)]
    both = best_from(graph, np.array([0]), there=masks(4, 1, 2)).probability[3]
    assert alone == pytest.approx([0.8, 0.9])
    assert both == 0.0
