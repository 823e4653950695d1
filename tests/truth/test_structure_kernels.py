"""Structural holes, open triads, partitions and rhythms against networkx, igraph, published figures and naive code."""

from __future__ import annotations

import csv
import itertools
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.kernels import communities as c
from graphsvc.kernels.brokers import ROLES, bridge, brokerage, group_pairs, resampled_holes, rows, structural_holes
from graphsvc.kernels.measures import Graph, graph
from graphsvc.kernels.silences import chance, rhythms, survival
from graphsvc.projection import DAY

CLASSICAL = Path(__file__).parents[2] / ".." / "shared" / "data" / "graphs-reference" / "classical"
NAMES = ["florentine_marriage", "florentine_business", "karate", "krackhardt_kite"]


def weighted(g: nx.Graph) -> Graph:
    edges = list(g.edges(data="weight", default=1.0))
    a, b = (np.array([e[side] for e in edges], dtype=np.int64) for side in (0, 1))
    return graph(g.number_of_nodes(), a, b, np.array([float(e[2]) for e in edges]), directed=False)


def random_graph(seed: int, n: int = 30, p: float = 0.2) -> nx.Graph:
    g = nx.gnp_random_graph(n, p, seed=seed)
    rng = np.random.default_rng(seed)
    for a, b in g.edges:
        g[a][b]["weight"] = float(rng.choice([1.0, rng.exponential(5.0)]))
    return g


# -- structural holes ------------------------------------------------------------------------------------------------


def naive_constraint(g: nx.Graph, i: int) -> float:
    """Burt's formula, word by word."""
    whole = {v: sum(d["weight"] for d in g[v].values()) for v in g}

    def p(a: int, b: int) -> float:
        return g[a][b]["weight"] / whole[a] if g.has_edge(a, b) else 0.0

    return sum((p(i, j) + sum(p(i, q) * p(q, j) for q in g if q not in (i, j))) ** 2 for j in g[i])


@pytest.mark.data
@pytest.mark.skipif(not CLASSICAL.is_dir(), reason="the data set graphs-reference is not beside the project")
@pytest.mark.parametrize("name", NAMES)
def test_constraint_of_classical_networks(name: str) -> None:
    with (CLASSICAL / f"{name}_computed.csv").open(encoding="utf-8") as f:
        table = list(csv.DictReader(f))
    names = [r["node"] for r in table]
    with (CLASSICAL / f"{name}_edges.csv").open(encoding="utf-8") as f:
        edges = [(names.index(r["a"]), names.index(r["b"])) for r in csv.DictReader(f)]
    a, b = np.array(edges).T
    got, _ = structural_holes(graph(len(names), a, b, directed=False))
    published = np.array([float(r["burt_constraint"] or "nan") for r in table])
    np.testing.assert_allclose(got, published, atol=1e-11)


@pytest.mark.parametrize("seed", range(4))
def test_holes_are_those_of_networkx_and_igraph_and_of_the_formula(seed: int) -> None:
    g = random_graph(seed)
    constraint, size = structural_holes(weighted(g))
    theirs, sizes = nx.constraint(g, weight="weight"), nx.effective_size(g, list(g), weight="weight")
    np.testing.assert_allclose(constraint, [theirs[v] for v in range(30)], rtol=1e-12)
    # all vertices named: without names networkx 3.6 takes a shortcut that is wrong where weights differ
    np.testing.assert_allclose(size, [sizes[v] for v in range(30)], rtol=1e-12)
    flat = weighted(g)
    other = igraph.Graph(n=30, edges=np.column_stack([flat.src, flat.dst]).tolist())
    np.testing.assert_allclose(constraint, other.constraint(weights=flat.weight.tolist()), rtol=1e-12)
    some = [v for v in range(30) if g.degree[v] > 0]
    np.testing.assert_allclose(constraint[some], [naive_constraint(g, v) for v in some], rtol=1e-12)


def test_effective_size_without_weights_is_borgattis() -> None:
    g = nx.karate_club_graph()
    _, size = structural_holes(graph(34, *np.array(list(g.edges)).T, directed=False))
    inner = [2 * nx.ego_graph(g, v, center=False).number_of_edges() / g.degree[v] for v in g]
    np.testing.assert_allclose(size, [g.degree[v] - t for v, t in zip(g, inner, strict=True)], rtol=1e-12)


def test_holes_worked_out_by_hand() -> None:
    star = graph(5, np.array([0, 0, 0, 0]), np.array([1, 2, 3, 4]), directed=False)
    constraint, size = structural_holes(star)
    assert (constraint[0], size[0]) == (0.25, 4.0), "four contacts who do not know each other: 4 * (1/4)^2"
    assert constraint[1] == size[1] == 1.0, "all is with one"
    triangle = graph(3, np.array([0, 0, 1]), np.array([1, 2, 2]), directed=False)
    np.testing.assert_allclose(structural_holes(triangle), [[1.125] * 3, [1.0] * 3])  # 2 * (1/2 + 1/4)^2


def test_an_edge_of_weight_0_is_none_and_an_isolated_vertex_has_no_figure() -> None:
    g = graph(4, np.array([0, 0, 1]), np.array([1, 2, 2]), directed=False)
    (constraint, size), (without, smaller) = resampled_holes(g, [np.array([1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0])])
    assert (constraint[0], size[0]) == (0.5, 2.0)
    assert without[:2].tolist() == smaller[:2].tolist() == [1.0, 1.0]
    assert np.isnan(without[2:]).all() and np.isnan(constraint[3])
    assert [len(x) for x in structural_holes(graph(0, np.zeros(0, int), np.zeros(0, int), directed=False))] == [0, 0]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.05, 0.6))
def test_relabelling_and_scaling_permute_and_change_nothing(seed: int, p: float) -> None:
    g = weighted(random_graph(seed, 12, p))
    order = np.random.default_rng(seed).permutation(12)
    moved = graph(12, order[g.src], order[g.dst], g.weight * 7.0, directed=False)
    for ours, theirs in zip(structural_holes(g), structural_holes(moved), strict=True):
        np.testing.assert_allclose(theirs[order], ours, rtol=1e-12)


# -- open triads -----------------------------------------------------------------------------------------------------


def naive_roles(g: nx.Graph, group: list[int], v: int) -> list[int]:
    count = dict.fromkeys(ROLES, 0)
    for a, b in itertools.combinations(g[v], 2):
        if group[a] < 0 or group[b] < 0 or g.has_edge(a, b):
            continue
        inside = (group[a] == group[v]) + (group[b] == group[v])
        name = {2: "coordinator", 1: "gatekeeper"}.get(inside, "consultant" if group[a] == group[b] else "liaison")
        count[name] += 1
    return list(count.values())


@pytest.mark.parametrize("seed", range(4))
def test_roles_are_counted_as_by_hand(seed: int) -> None:
    g = random_graph(seed)
    group = np.random.default_rng(seed).integers(-1, 4, 30).astype(np.int32)
    got = brokerage(weighted(g), group)
    assert got.tolist() == [naive_roles(g, group.tolist(), v) for v in range(30)]


def test_what_is_lost_without_a_broker_is_what_a_search_without_it_does_not_find() -> None:
    g, group = random_graph(5, 24, 0.12), np.arange(24, dtype=np.int32) % 3
    near = rows(weighted(g))
    for v, (one, two) in itertools.product(range(24), [(0, 1), (1, 2)]):
        got = bridge(near, group, v, one, two)
        assert got.pairs == len(reached(g, group, one, two))
        alone = g.copy()
        alone.remove_node(v)
        assert got.lost == got.pairs - len(reached(alone, group, one, two))


def reached(g: nx.Graph, group: Any, one: int, two: int) -> set[tuple[int, int]]:
    out = set()
    for a in (v for v in g if group[v] == one):
        near = nx.single_source_shortest_path_length(g, a, cutoff=2)
        out |= {(a, b) for b in near if group[b] == two}
    return out


def test_group_pairs_count_open_pairs_only() -> None:
    g = graph(6, np.array([0, 0, 0, 0, 1]), np.array([1, 2, 3, 4, 2]), directed=False)
    group = np.array([9, 0, 1, 1, 2, 0], dtype=np.int32)
    assert group_pairs(rows(g), group, 0) == [(1, 2, 2), (0, 1, 1), (0, 2, 1)], "1 and 2 know each other"


# -- partitions ------------------------------------------------------------------------------------------------------


def test_two_cliques_and_their_figures() -> None:
    edges = [*itertools.combinations(range(5), 2), *itertools.combinations(range(5, 9), 2), (4, 5)]
    g = graph(10, *np.array(edges).T, directed=False)
    label = c.leiden(g)
    assert label.tolist() == [0] * 5 + [1] * 4 + [2], "the largest is 0, who stands alone is last"
    parts = c.parts(g, label)
    assert (parts.size.tolist(), parts.edges.tolist()) == ([5, 4, 1], [10, 6, 0])
    truth = nx.community.modularity(nx.Graph(edges), [range(5), range(5, 9)])
    assert parts.modularity.sum() == pytest.approx(truth, rel=1e-12)
    loose = nx.community.modularity(nx.Graph(edges), [range(5), range(5, 9)], resolution=0.3)
    assert c.parts(g, label, 0.3).modularity.sum() == pytest.approx(loose, rel=1e-12)


def test_leiden_is_as_good_as_louvain_on_karate_and_repeats() -> None:
    g = nx.karate_club_graph()
    flat = weighted(g)
    label = c.leiden(flat)
    np.testing.assert_array_equal(label, c.leiden(flat))
    best = max(nx.community.modularity(g, nx.community.louvain_communities(g, seed=s)) for s in range(5))
    assert c.parts(flat, label).modularity.sum() >= best - 1e-9


def test_partitions_of_nothing_and_of_weightless_edges() -> None:
    none = graph(0, np.zeros(0, int), np.zeros(0, int), directed=False)
    assert len(c.leiden(none)) == len(c.parts(none, c.leiden(none)).size) == 0
    g = graph(3, np.array([0, 1]), np.array([1, 2]), directed=False)
    assert next(c.partitions(g, [np.zeros(2)])).tolist() == [0, 1, 2]
    assert next(c.partitions(g, [np.array([1.0, 0.0])])).tolist() == [0, 0, 2]


def test_leiden_finds_what_was_planted() -> None:
    g = nx.planted_partition_graph(4, 15, 0.6, 0.02, seed=1)
    assert c.leiden(weighted(g)).tolist() == np.repeat(np.arange(4), 15).tolist()


def test_recovery_by_hand() -> None:
    label = np.array([0, 0, 0, 0, 1, 1], dtype=np.int32)
    alike, stays = c.recovery(label, np.array([5, 5, 5, 9, 9, 9], dtype=np.int32))
    np.testing.assert_allclose(alike, [0.75, 2 / 3])
    assert stays.tolist() == [True, True, True, False, True, True]
    assert c.recovery(label, label)[0].tolist() == [1.0, 1.0]


# -- rhythms ---------------------------------------------------------------------------------------------------------


def rhythm(*pairs: list[float], as_of: float) -> Any:
    """Pairs of groups (0, 1), (2, 3), ... with contact on these days."""
    rows_ = [(int(day * DAY), 2 * k, 2 * k + 1) for k, days in enumerate(pairs) for day in days]
    time, one, two = np.array(rows_, dtype=np.int64).reshape(-1, 3).T
    return rhythms(time, one.astype(np.int32), two.astype(np.int32), int(as_of * DAY))


def test_rhythms_count_days_and_pauses() -> None:
    r = rhythm([1, 1.5, 3, 10], [4], as_of=20)
    assert r.days.tolist() == [3, 1]
    assert r.pause.tolist() == [2.0, 7.0] and r.start.tolist() == [0, 2, 2]
    assert (r.last / DAY).tolist() == [10.0, 4.0] and (r.first / DAY).tolist() == [1.0, 4.0]


def test_contacts_inside_a_group_with_nobody_or_in_the_future_do_not_count() -> None:
    time = np.array([1, 2, 3, 99], dtype=np.int64) * DAY
    r = rhythms(time, np.array([0, 0, 1, 0], np.int32), np.array([0, -1, 0, 1], np.int32), 10 * DAY)
    assert (r.a.tolist(), r.b.tolist(), r.days.tolist(), (r.last / DAY).tolist()) == ([0], [1], [1], [3.0])
    assert len(rhythms(time[:0], np.zeros(0, np.int32), np.zeros(0, np.int32), 0)) == 0


def test_a_quarterly_pair_is_not_silent_after_five_weeks_and_a_weekly_one_is() -> None:
    quarterly, weekly, young = [10.0 + 91 * k for k in range(10)], [10.0 + 7 * k for k in range(118)], [800.0, 829.0]
    odds = chance(rhythm(quarterly, weekly, young, as_of=864), 864 * DAY)
    assert odds[0] > 0.5
    assert odds[1] < 0.05
    assert np.isnan(odds[2]), "two days of contact make no rhythm"


def test_a_longer_silence_is_never_likelier_and_a_chance_is_a_chance() -> None:
    rng = np.random.default_rng(1)
    pairs = [sorted(rng.uniform(0, 300, rng.integers(2, 40)).tolist()) for _ in range(60)]
    r = rhythm(*pairs, as_of=300)
    told = [chance(r, 300 * DAY, np.full(len(r), length)) for length in (1.0, 5.0, 20.0, 80.0, 1000.0)]
    for shorter, longer in itertools.pairwise(told):
        known = ~np.isnan(shorter)
        assert (longer[known] <= shorter[known] + 1e-12).all()
        assert ((longer[known] > 0) & (shorter[known] <= 1)).all()


def test_chances_come_true_where_contact_is_at_random() -> None:
    """Of pauses that only one in ten should outlast, about one in ten does, whatever the pair's pace."""
    rng = np.random.default_rng(3)
    pace = rng.uniform(2, 30, 800)
    pairs = [np.cumsum(rng.exponential(m, 25)).tolist() for m in pace]
    time, one = np.concatenate(pairs), np.repeat(np.arange(800), 25)
    r = rhythms((time * DAY).astype(np.int64), 2 * one.astype(np.int32), (2 * one + 1).astype(np.int32), 10_000 * DAY)
    odds = chance(r, int(r.last.max()), rng.exponential(pace))
    for stated in (0.5, 0.2, 0.1):
        assert (odds <= stated).mean() == pytest.approx(stated, abs=0.05)


def test_survival_is_kaplan_meiers() -> None:
    length = np.array([6.0, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35])
    ended = np.array([1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0], dtype=bool)
    after = survival(length, ended, np.array([6.0, 7.0, 7.5, 10.5, 13.5, 16.5, 22.5, 23.5]))
    # Freireich et al. (1963), 6-MP arm, as in every textbook
    np.testing.assert_allclose(after, [1, 0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], atol=5e-4)
