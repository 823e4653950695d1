"""The compiled path search equals its plain twin, alternatives are disjoint and best, and worst cases stay bounded."""

from __future__ import annotations

import itertools
import math
import threading
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.graphs import heavy_tailed
from graphsvc.kernels import paths as compiled
from graphsvc.kernels.paths import Filters, Limits, k_best_paths, path_graph
from graphsvc.kernels.paths_disjoint import disjoint_paths
from graphsvc.kernels.paths_reach import finish_costs, start_costs
from tests.truth import plain_paths as plain


def company(n, m, seed, pass_on=0.6):
    tail, head, strength = heavy_tailed(n, m, seed)
    r = 1 / (1 + np.exp(0.3 - 0.7 * np.log(strength)))
    return n, np.r_[tail, head], np.r_[head, tail], np.r_[r, r], np.full(n, pass_on)


def equal(found, wanted):
    assert [f.nodes for f in found.paths] == [w.nodes for w in wanted.paths]
    assert [f.probability for f in found.paths] == pytest.approx([w.probability for w in wanted.paths], rel=1e-12)
    assert (found.complete, found.bound) == (wanted.complete, wanted.bound)


@pytest.mark.parametrize("seed", range(3))
def test_equals_the_plain_twin_on_heavy_tailed_companies(seed):
    given_ = company(400, 2000, seed)
    ours, twin = path_graph(*given_), plain.path_graph(*given_)
    rng = np.random.default_rng(seed)
    for k in (1, 5, 40):
        sources, targets = rng.integers(0, 400, rng.integers(1, 6)), rng.integers(0, 400, rng.integers(1, 4))
        limits = {"k": k, "min_probability": 1e-3, "seconds": 60.0}
        wanted = plain.k_best_paths(twin, sources, targets, plain.Limits(**limits))
        equal(k_best_paths(ours, sources, targets, Limits(**limits)), wanted)


def test_masks_avoid_and_via_together_equal_the_plain_twin():
    given_ = company(300, 1500, 7)
    ours, twin = path_graph(*given_), plain.path_graph(*given_)
    rng = np.random.default_rng(3)
    nodes = rng.random(300) < 0.8
    banned = {(int(u), int(v)) for u, v in zip(*rng.integers(0, 300, (2, 4000)), strict=True)}
    masks = [
        np.array([e not in banned for e in zip(g.tail.tolist(), g.head.tolist(), strict=True)]) for g in (ours, twin)
    ]
    for s, t in rng.integers(0, 300, (12, 2)).tolist():
        avoid, via = rng.integers(0, 300, 10), rng.integers(0, 300, 20)
        keep = nodes.copy()
        keep[avoid] = False
        via_mask = np.zeros(300, dtype=bool)
        via_mask[via] = True
        wanted = plain.k_best_paths(
            twin, np.array([s]), np.array([t]), plain.Limits(k=6, min_probability=1e-4, seconds=60),
            plain.Filters(nodes=keep, edges=masks[1], via=via_mask),
        )  # fmt: skip
        found = k_best_paths(
            ours, np.array([s]), np.array([t]), Limits(k=6, min_probability=1e-4, seconds=60),
            Filters(nodes=nodes, edges=masks[0], avoid=avoid, via=via),
        )  # fmt: skip
        equal(found, wanted)


def test_relabelled_people_and_an_isolated_one_give_the_same_paths():
    n, tail, head, r, w = company(200, 900, 2)
    new = np.random.default_rng(0).permutation(n)
    g, other = path_graph(n, tail, head, r, w), path_graph(n + 1, new[tail], new[head], r, np.full(n + 1, 0.6))
    for s, t in ((3, 90), (17, 4), (60, 150)):
        found = k_best_paths(g, np.array([s]), np.array([t]), Limits(min_probability=1e-4))
        moved = k_best_paths(other, np.array([new[s]]), np.array([new[t]]), Limits(min_probability=1e-4))
        assert [[int(new[v]) for v in f.nodes] for f in found.paths] == [list(f.nodes) for f in moved.paths]


def test_certain_hops_cost_nothing_and_still_come_in_node_order():
    n = 6
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.ones(len(tail)), np.ones(n))
    found = k_best_paths(g, np.array([0]), np.array([5]), Limits(k=1000, hops=3))
    wanted = sorted((0, *middle, 5) for k in range(3) for middle in itertools.permutations(range(1, 5), k))
    assert found.complete and sorted(f.nodes for f in found.paths) == wanted
    assert [f.nodes for f in found.paths] == wanted, "equals come in the order of their nodes"


def test_many_threads_share_one_graph():
    g = path_graph(*company(2000, 10_000, 1))
    pairs = np.random.default_rng(1).integers(0, 2000, (40, 2)).tolist()
    alone = [[f.nodes for f in k_best_paths(g, np.array([s]), np.array([t])).paths] for s, t in pairs]
    together: dict[int, list[list[tuple[int, ...]]]] = {}

    def ask(me: int) -> None:
        together[me] = [[f.nodes for f in k_best_paths(g, np.array([s]), np.array([t])).paths] for s, t in pairs]

    threads = [threading.Thread(target=ask, args=(i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(together[i] == alone for i in range(4))


def test_a_hub_with_100_000_ties_takes_few_steps():
    n = 100_001
    spokes, zeros = np.arange(1, n), np.zeros(n - 1, dtype=np.int64)
    g = path_graph(n, np.r_[spokes, zeros], np.r_[zeros, spokes], np.full(2 * n - 2, 0.6), np.full(n, 0.9))
    found = k_best_paths(g, np.array([1]), np.array([2]), Limits(k=5, expansions=50))
    assert found.complete and [f.nodes for f in found.paths] == [(1, 0, 2)]


@pytest.mark.parametrize("p", [0.5, 0.99])
def test_a_clique_of_2000_equals_is_answered_after_few_steps(p):
    n = 2000
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.full(len(tail), p), np.full(n, p))
    found = k_best_paths(g, np.array([7]), np.array([3]), Limits(k=4, seconds=60, expansions=5000))
    assert found.complete and [f.nodes for f in found.paths] == [(7, 3), (7, 0, 3), (7, 1, 3), (7, 2, 3)]


def test_a_corridor_past_its_limit_gives_what_was_found_and_a_bound():
    n = 80
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.random.default_rng(0).uniform(0.5, 0.99, len(tail)), np.full(n, 0.95))
    whole = k_best_paths(g, np.array([0]), np.array([1]), Limits(k=3000, seconds=60))
    cut = k_best_paths(g, np.array([0]), np.array([1]), Limits(k=3000, seconds=60, corridor=1000))
    assert whole.complete and not cut.complete and cut.bound is not None
    assert [f.nodes for f in cut.paths] == [f.nodes for f in whole.paths[: len(cut.paths)]]
    assert cut.bound >= whole.paths[len(cut.paths)].probability * (1 - 1e-9)


def test_a_cut_keeps_what_the_stage_before_found():
    g = path_graph(*company(600, 6000, 4, pass_on=1.0))
    whole = k_best_paths(g, np.array([1]), np.array([2]), Limits(k=300, seconds=60))
    for budget in (10, 100, 400):
        cut = k_best_paths(g, np.array([1]), np.array([2]), Limits(k=300, seconds=60, expansions=budget))
        assert [f.nodes for f in cut.paths] == [f.nodes for f in whole.paths[: len(cut.paths)]]
        if not cut.complete and len(cut.paths) < len(whole.paths):
            assert cut.bound is not None
            assert cut.bound >= whole.paths[len(cut.paths)].probability * (1 - 1e-9)


def test_nobody_to_start_from_or_to_reach_is_an_empty_answer():
    g = path_graph(*company(50, 100, 0))
    nobody = np.zeros(0, dtype=np.int64)
    for ends in ((nobody, np.array([1])), (np.array([1]), nobody), (np.array([1]), np.array([1]))):
        found = k_best_paths(g, *ends)
        assert (found.paths, found.complete) == ((), True)


def test_warming_leaves_nothing_behind_and_may_be_done_twice():
    compiled.warm()
    compiled.warm()


# -- disjoint ---------------------------------------------------------------------------------------------------------


@st.composite
def small_graphs(draw):
    n = draw(st.integers(3, 7))
    pairs = draw(st.lists(st.tuples(st.integers(0, n - 1), st.integers(0, n - 1)), max_size=24, unique=True))
    edges = [(a, b, draw(st.sampled_from((0.2, 0.5, 0.8, 0.9)))) for a, b in pairs if a != b]
    return n, edges


@settings(deadline=None, max_examples=150, derandomize=True)
@given(small_graphs(), st.integers(1, 5))
def test_two_alternatives_are_the_pair_with_the_best_chance(problem, hops):
    n, edges = problem
    tail, head, p = (np.array([e[i] for e in edges]) for i in range(3))
    g = path_graph(n, tail.astype(int), head.astype(int), p.astype(float), np.full(n, 0.75))
    ends = np.array([0]), np.array([n - 1])
    every = k_best_paths(g, *ends, Limits(k=10_000, hops=hops, min_probability=0.0, seconds=60)).paths
    pairs = [
        1 - (1 - a.probability) * (1 - b.probability)
        for a, b in itertools.combinations(every, 2)
        if not set(a.nodes[1:-1]) & set(b.nodes[1:-1])
    ]
    found = disjoint_paths(g, *ends, Limits(k=2, hops=hops, min_probability=0.0, seconds=60))
    assert found.complete
    if pairs:
        one, two = found.paths
        assert not set(one.nodes[1:-1]) & set(two.nodes[1:-1])
        assert 1 - (1 - one.probability) * (1 - two.probability) == pytest.approx(max(pairs), rel=1e-12)
    else:
        assert [f.nodes for f in found.paths] == [f.nodes for f in every[:1]]


def test_a_best_path_that_blocks_all_others_gives_way_to_two():
    edges = {(0, 1): 0.9, (1, 2): 0.9, (2, 5): 0.9, (0, 2): 0.8, (1, 5): 0.8}  # best 0-1-2-5 meets both others
    tail, head = np.array(list(edges)).T
    g = path_graph(6, tail, head, np.array(list(edges.values())), np.ones(6))
    ends = np.array([0]), np.array([5])
    assert k_best_paths(g, *ends, Limits(k=1)).paths[0].nodes == (0, 1, 2, 5)
    assert [f.nodes for f in disjoint_paths(g, *ends, Limits(k=2)).paths] == [(0, 1, 5), (0, 2, 5)]


def test_more_alternatives_share_nobody_and_end_where_there_are_no_more():
    g = path_graph(*company(300, 1500, 5))
    found = disjoint_paths(g, np.array([1]), np.array([2]), Limits(k=8, min_probability=1e-4, seconds=60))
    inner = [v for f in found.paths for v in f.nodes[1:-1]]
    assert len(found.paths) > 2 and len(inner) == len(set(inner))
    assert [f.probability for f in found.paths] == sorted((f.probability for f in found.paths), reverse=True)


# -- costs from and to everybody --------------------------------------------------------------------------------------


def test_least_costs_by_hops_equal_the_best_paths():
    g = path_graph(*company(120, 400, 3))
    source = np.array([5])
    for hops in (1, 2, 4):
        start, finish = (f(g, source, hops, compiled.NEVER - 1)[-1] for f in (start_costs, finish_costs))
        for v in range(0, 120, 7):
            if v == 5:
                continue
            out = k_best_paths(g, source, np.array([v]), Limits(1, hops, 0.0)).paths
            back = k_best_paths(g, np.array([v]), source, Limits(1, hops, 0.0)).paths
            assert (start[v] < compiled.NEVER) == bool(out) and (finish[v] < compiled.NEVER) == bool(back)
            if out:
                assert math.exp(-start[v] / compiled.SCALE) == pytest.approx(out[0].probability, rel=1e-9)
            if back:
                passed_on = back[0].probability * 0.6
                assert math.exp(-finish[v] / compiled.SCALE) == pytest.approx(passed_on, rel=1e-9)


@pytest.mark.slow
def test_the_deadline_is_kept_in_a_clique_of_2000():
    n = 2000
    tail, head = np.nonzero(~np.eye(n, dtype=bool))
    g = path_graph(n, tail, head, np.full(len(tail), 0.99), np.ones(n))
    begin = time.process_time()
    found = k_best_paths(g, np.array([0]), np.array([1]), Limits(k=10**6, seconds=0.5, corridor=10**8))
    assert not found.complete and found.bound is not None
    assert time.process_time() - begin < 3.0, "slices between looks at the clock are short"
