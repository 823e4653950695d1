"""Reverse-reachable sets and seats chosen by them: a twin in plain Python, exact spreads, brute force, guarantees."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.kernels.max_cover import Limits, Sets, chosen_by, greedy, still_to_gain
from graphsvc.kernels.rr_sets import (
    Cascade,
    Collection,
    Sampling,
    SeatPlan,
    best_seeds,
    cascade,
    chernoff,
    weighted_cascade,
)
from graphsvc.projection import Floats, Index

NOBODY = np.zeros(0, dtype=np.int32)
WHOLE = 2**64 - 1


# -- twins ----------------------------------------------------------------------------------------------------------


def mixed(z: int) -> int:
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & WHOLE
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & WHOLE
    return z ^ (z >> 31)


class Stream:
    """SplitMix64 of one set."""

    def __init__(self, seed: int, number: int) -> None:
        self.state = mixed((seed * 0xD1342543DE82EF95 + number * 0x9E3779B97F4A7C15) & WHOLE)

    def unit(self) -> float:
        self.state = (self.state + 0x9E3779B97F4A7C15) & WHOLE
        return ((mixed(self.state) >> 11) + 0.5) * 2.0**-53


def plain_set(g: Cascade, roots: Index, seed: int, number: int) -> list[int]:
    """One reverse-reachable set, member by member."""
    stream = Stream(seed, number)
    out = [int(roots[int(stream.unit() * len(roots))])]
    for node in out:
        begin, end, none, skip = g.node[node]
        edge = int(begin) - 1
        if begin == end:
            continue
        draw = stream.unit()
        while draw > none:
            jump = math.log(draw) * skip
            if jump >= end - edge - 1:
                break
            edge += 1 + int(jump)
            draw = stream.unit()
            none = 0.0  # of the first draw only
            other = int(g.src[edge])
            if other in out:
                continue
            differs = len(g.top) and g.probability[edge] < g.top[node]
            if differs and stream.unit() * g.top[node] >= g.probability[edge]:
                continue
            out.append(other)
    return out


def plain_greedy(sets: list[set[int]], n: int, k: int) -> list[int]:
    left, out = list(sets), []
    for _ in range(k):
        gain = [sum(v in s for s in left) for v in range(n)]
        best = int(np.argmax(gain))
        if not gain[best]:
            break
        out.append(best)
        left = [s for s in left if best not in s]
    return out


def exact_spread(n: int, edges: list[tuple[int, int, float]], seeds: Iterable[int]) -> float:
    """Expected number reached, over all worlds of living edges (at most some 12 edges)."""
    total, seeds = 0.0, list(seeds)
    for alive in itertools.product((False, True), repeat=len(edges)):
        chance = math.prod(p if lives else 1 - p for (_, _, p), lives in zip(edges, alive, strict=True))
        world: nx.DiGraph[int] = nx.DiGraph()
        world.add_nodes_from(range(n))
        world.add_edges_from((u, v) for (u, v, _), lives in zip(edges, alive, strict=True) if lives)
        total += chance * len(set(seeds).union(*(nx.descendants(world, s) for s in seeds)))
    return total


def simulated(edges: tuple[Index, Index, Floats], n: int, seeds: Iterable[int], runs: int) -> float:
    """Mean number reached in simulated cascades."""
    rng, (src, dst, p) = np.random.default_rng(1), edges
    order = np.argsort(src, kind="stable")
    src, dst, p = src[order], dst[order], p[order]
    ptr = np.searchsorted(src, np.arange(n + 1))
    total = 0
    for _ in range(runs):
        reached, front = np.zeros(n, dtype=bool), np.array(list(seeds), dtype=np.int64)
        reached[front] = True
        while len(front):
            edges = np.concatenate([np.arange(ptr[u], ptr[u + 1]) for u in front])
            hit = np.unique(dst[edges[rng.random(len(edges)) < p[edges]]])
            front = hit[~reached[hit]]
            reached[front] = True
        total += int(reached.sum())
    return total / runs


def random_graph(n: int, m: int, seed: int, *, mixed_p: bool = True) -> tuple[Index, Index, Floats]:
    rng = np.random.default_rng(seed)
    key = rng.choice(n * n, m, replace=False)
    src, dst = (key // n).astype(np.int32), (key % n).astype(np.int32)
    keep = src != dst
    p = rng.uniform(0.05, 0.9, m) if mixed_p else np.full(m, 0.3)
    return src[keep], dst[keep], p[keep]


def heavy_tailed(n: int, m: int, seed: int) -> tuple[Index, Index]:
    """Followed people drawn by a power law, followers alike."""
    rng = np.random.default_rng(seed)
    weight = np.arange(1, n + 1) ** -0.7
    src = rng.choice(n, m, p=weight / weight.sum())
    key = np.unique(src * n + rng.integers(0, n, m))
    key = key[key // n != key % n]
    return (key // n).astype(np.int32), (key % n).astype(np.int32)


def free(n: int, seats: int | None) -> Limits:
    return Limits(np.ones(n, dtype=bool), seats)


def everybody(n: int) -> Index:
    return np.arange(n, dtype=np.int32)


def search(g: Cascade, seats: int, *, degree: Index = NOBODY, invited: Index = NOBODY, **sampling: Any) -> SeatPlan:
    rivals = {"degree": degree} if len(degree) else {}
    return best_seeds(g, everybody(g.n), free(g.n, seats), rivals, invited, Sampling(seconds=60.0, **sampling))


# -- sets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mixed_p", [True, False])
def test_the_compiled_loop_makes_the_sets_of_its_plain_twin(mixed_p: bool) -> None:
    src, dst, p = random_graph(30, 120, 1, mixed_p=mixed_p)
    p[:2] = 1.0
    g = cascade(30, src, dst, p)
    some = Collection(g, np.arange(5, 25, dtype=np.int32), 7)
    some.grow(400)
    twins = [plain_set(g, some.roots, 7, i) for i in range(400)]
    assert [some.member[a:b].tolist() for a, b in itertools.pairwise(some.offset)] == twins


def test_a_set_does_not_depend_on_how_many_were_made_at_once() -> None:
    src, dst, p = random_graph(50, 300, 2)
    g = cascade(50, src, dst, p)
    at_once, by_steps = (Collection(g, everybody(50), 3) for _ in range(2))
    at_once.grow(1000)
    for count in (1, 10, 11, 500, 1000):
        by_steps.grow(count)
    assert np.array_equal(at_once.member, by_steps.member)
    assert np.array_equal(at_once.offset, by_steps.offset)


def test_the_share_of_sets_met_is_the_exact_spread() -> None:
    edges = [(0, 1, 0.5), (1, 2, 0.4), (0, 2, 0.3), (2, 3, 0.9), (3, 0, 0.2), (4, 3, 0.6), (1, 4, 0.25), (2, 1, 1.0)]
    src, dst = (np.array([e[i] for e in edges], dtype=np.int32) for i in (0, 1))
    sets = Collection(cascade(5, src, dst, np.array([e[2] for e in edges])), everybody(5), 0)
    sets.grow(200_000)
    for seeds in ([0], [4], [1, 4], [0, 3]):
        met = sets.met(np.array(seeds, dtype=np.int32), NOBODY).mean() * 5
        error = 5 * math.sqrt(0.25 / len(sets))
        assert met == pytest.approx(exact_spread(5, edges, seeds), abs=4 * error), seeds


def test_hits_are_marginal_in_the_order_given_and_beyond_those_before() -> None:
    sets = Collection(cascade(3, NOBODY, NOBODY, np.zeros(0)), everybody(3), 0)
    sets.offset, sets.member = np.array([0, 2, 3, 5]), np.array([0, 1, 1, 2, 0], dtype=np.int32)
    assert sets.hits(np.array([1, 0], dtype=np.int32), NOBODY).tolist() == [2, 1]
    assert sets.hits(np.array([0, 1], dtype=np.int32), np.array([2], dtype=np.int32)).tolist() == [1, 1]


def test_weighted_cascade_reaches_everybody_once_on_average() -> None:
    _, dst, _ = random_graph(20, 80, 3)
    assert np.bincount(dst, weights=weighted_cascade(20, dst), minlength=20)[np.unique(dst)] == pytest.approx(1.0)


@pytest.mark.parametrize("bad", [np.nan, -0.1, 1.1])
def test_a_number_that_is_no_probability_is_refused(bad: float) -> None:
    with pytest.raises(ValueError, match="probability"):
        cascade(2, np.array([0], dtype=np.int32), np.array([1], dtype=np.int32), np.array([bad]))


# -- the greedy choice ------------------------------------------------------------------------------------------------


def test_greedy_is_its_plain_twin() -> None:
    src, dst, p = random_graph(40, 200, 4)
    found = Collection(cascade(40, src, dst, p), everybody(40), 1)
    found.grow(600)
    sets = [set(found.member[a:b].tolist()) for a, b in itertools.pairwise(found.offset)]
    assert greedy(Sets(40, found.offset, found.member), free(40, 8), NOBODY).seeds.tolist() == plain_greedy(sets, 40, 8)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.sampled_from(["seats", "groups", "budget", "all"]))
def test_no_choice_within_the_limits_covers_more_than_the_bound(seed: int, seats: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    n, count = 7, 30
    member = [rng.choice(n, rng.integers(1, 4), replace=False) for _ in range(count)]
    sets = Sets(n, np.cumsum([0, *map(len, member)]), np.concatenate(member).astype(np.int32))
    cost = rng.uniform(0.5, 3.0, n) if kind in ("budget", "all") else None
    group = rng.integers(-1, 3, n).astype(np.int32) if kind in ("groups", "all") else None
    limits = Limits(
        rng.random(n) < 0.9, None if kind == "budget" else seats, cost, 3.0 if cost is not None else None, group,
        1 if group is not None else None,
    )  # fmt: skip
    best = 0
    for size in range(limits.count + 1):
        for choice in itertools.combinations(np.flatnonzero(limits.candidates), size):
            if len(chosen_by(np.array(choice, dtype=np.int32), limits)) == size:
                best = max(best, sum(bool(set(choice) & set(m.tolist())) for m in member))
    by_gain, by_cost = (greedy(sets, limits, NOBODY, by_cost=flag) for flag in (False, True))
    for cover in (by_gain, by_cost):
        assert cover.covered <= best <= cover.bound + 1e-9
        assert chosen_by(cover.seeds, limits).tolist() == cover.seeds.tolist()  # within the limits
    floor = {"seats": 1 - 1 / math.e, "groups": 0.5, "budget": 0.405}.get(kind)
    if floor:
        single = max((int(c) for v, c in enumerate(np.diff(sets.index[0])) if _alone(limits, v)), default=0)
        assert max(by_gain.covered, by_cost.covered if kind == "budget" else 0, single) >= floor * best - 1e-9


def _alone(limits: Limits, v: int) -> bool:
    return len(chosen_by(np.array([v], dtype=np.int32), limits)) == 1


def test_coverage_is_submodular() -> None:
    src, dst, p = random_graph(30, 150, 5)
    found = Collection(cascade(30, src, dst, p), everybody(30), 1)
    found.grow(500)
    for small, more in (([1], [1, 2]), ([3], [3, 4, 5])):
        for v in (10, 11, 12):
            add = [
                found.met(np.array([*base, v], dtype=np.int32), NOBODY).sum() - found.met(np.array(base), NOBODY).sum()
                for base in (small, more)
            ]
            assert add[0] >= add[1]


def test_what_is_still_to_gain_takes_the_best_within_each_limit() -> None:
    nodes, gain = np.arange(4), np.array([10, 8, 6, 4])
    assert still_to_gain(nodes, gain, free(4, 2)) == 18
    grouped = Limits(np.ones(4, dtype=bool), 2, None, None, np.array([0, 0, 1, 1], dtype=np.int32), 1)
    assert still_to_gain(nodes, gain, grouped) == 16
    priced = Limits(np.ones(4, dtype=bool), None, np.array([4.0, 2.0, 1.0, 4.0]), 4.0)
    assert still_to_gain(nodes, gain, priced) == 6 + 8 + 10 / 4


@pytest.mark.parametrize("rate", [0.0, 0.01, 0.4, 0.97, 1.0])
def test_the_bounds_cover_the_true_rate_as_often_as_they_say(rate: float) -> None:
    rng, n, a = np.random.default_rng(0), 200, math.log(20)
    seen = rng.binomial(n, rate, 4000) / n
    bounds = {r: (chernoff(r, a / n, upper=False), chernoff(r, a / n, upper=True)) for r in set(seen.tolist())}
    low, high = np.array([bounds[r] for r in seen.tolist()]).T
    assert (low > rate).mean() <= 0.05
    assert (high < rate).mean() <= 0.05
    assert np.all((low <= seen) & (seen <= high))


# -- the search -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_seeds_are_within_the_guarantee_of_the_best_set_found_by_brute_force(seed: int) -> None:
    n, seats = 6, 2
    src, dst, p = random_graph(n, 12, seed)
    edges = list(zip(src.tolist(), dst.tolist(), p.tolist(), strict=True))
    plan = search(cascade(n, src, dst, p), seats)
    spread = exact_spread(n, edges, plan.seeds.tolist())
    best = max(exact_spread(n, edges, c) for c in itertools.combinations(range(n), seats))
    assert plan.spread.low <= spread <= plan.spread.high
    assert spread >= plan.ratio * best
    assert plan.best >= best
    assert spread >= (1 - 1 / math.e - 0.05) * best


def test_those_invited_count_for_nothing_any_more() -> None:
    hub = np.zeros(20, dtype=np.int32)
    src = np.concatenate([hub, np.array([21, 21], dtype=np.int32)])
    dst = np.concatenate([np.arange(1, 21, dtype=np.int32), np.array([22, 23], dtype=np.int32)])
    g = cascade(24, src, dst, np.ones(22))
    alone = search(g, 1)
    beside = search(g, 1, invited=np.array([0], dtype=np.int32))
    assert (alone.seeds.tolist(), beside.seeds.tolist()) == ([0], [21])
    assert beside.spread.low <= 3.0 <= beside.spread.high


def test_never_below_top_degree_and_beside_it_in_an_independent_simulation() -> None:
    src, dst = heavy_tailed(2000, 8000, 0)
    p = np.full(len(src), 0.05)
    degree = np.argsort(-np.bincount(src, minlength=2000), kind="stable").astype(np.int32)
    plan = search(cascade(2000, src, dst, p), 10, degree=degree)
    ours, theirs = (simulated((src, dst, p), 2000, s, 400) for s in (plan.seeds, degree[:10]))
    assert plan.spread.value >= plan.tried["degree"]
    assert ours >= theirs * 0.98
    assert plan.spread.low * 0.98 <= ours <= plan.spread.high * 1.02
    assert plan.ratio >= 0.8


def test_a_supercritical_graph_stays_bounded_and_keeps_its_guarantee() -> None:
    src, dst = heavy_tailed(3000, 30_000, 1)
    g = cascade(3000, src, dst, np.full(len(src), 0.5))
    plan = search(g, 5, members=200_000)
    assert plan.spread.value > 0.5 * 3000
    assert plan.ratio > 0.8
    tight = search(g, 5, ratio=0.999, members=10**6, precision=1e-6)
    assert tight.stopped == "members"
    assert tight.ratio > 0.8


def test_when_time_is_over_the_best_so_far_is_given_with_what_is_certain_of_it() -> None:
    src, dst = heavy_tailed(3000, 30_000, 1)
    g = cascade(3000, src, dst, np.full(len(src), 0.1))
    plan = best_seeds(g, everybody(3000), free(3000, 5), {}, NOBODY, Sampling(seconds=1e-9))
    assert (plan.stopped, plan.rounds, len(plan.seeds)) == ("seconds", 1, 5)
    assert 0.0 < plan.spread.low <= plan.ratio * plan.best * (1 + 1e-9)


def test_sampling_ends_by_work_and_not_by_the_clock() -> None:
    src, dst = heavy_tailed(3000, 30_000, 1)
    g = cascade(3000, src, dst, np.full(len(src), 0.1))
    asked = {"ratio": 0.99, "precision": 1e-6, "members": 300_000}
    hurried, idle = (
        best_seeds(g, everybody(3000), free(3000, 5), {}, NOBODY, Sampling(seconds=s, **asked)) for s in (30.0, 60.0)
    )
    assert hurried.stopped == idle.stopped == "members"
    assert (hurried.seeds.tolist(), hurried.sets) == (idle.seeds.tolist(), idle.sets)
    assert 150_000 < hurried.members / 2 <= 300_000, "the work is spent, and no more than that"


@pytest.mark.parametrize("members", [2_000, 20_000, 200_000])
@pytest.mark.parametrize("chance", [0.005, 0.02, 0.08])
def test_nobody_is_taken_instead_of_those_with_most_listeners_who_is_not_surely_better(
    chance: float, members: int
) -> None:
    src, dst = heavy_tailed(1_500, 9_000, 3)
    degree = np.argsort(-np.bincount(src, minlength=1_500), kind="stable").astype(np.int32)
    g = cascade(1_500, src, dst, np.full(len(src), chance))
    plan = search(g, 20, degree=degree, ratio=0.99, precision=1e-6, members=members)
    if plan.method == "degree":
        assert sorted(plan.seeds) == sorted(degree[:20]) and (plan.excess, plan.excess_error) == (0.0, 0.0)
    else:
        assert plan.excess >= 1.645 * plan.excess_error and plan.tried["greedy"] > plan.tried["degree"]


def test_who_reaches_others_than_the_rest_is_taken_before_those_with_most_listeners() -> None:
    """Five reach the same 50 people, five others 40 people each of their own."""
    same = [(hub, 10 + k) for hub in range(5) for k in range(50)]
    own = [(5 + hub, 60 + 40 * hub + k) for hub in range(5) for k in range(40)]
    src, dst = np.array(same + own, dtype=np.int32).T
    degree = np.argsort(-np.bincount(src, minlength=260), kind="stable").astype(np.int32)
    plan = search(cascade(260, src, dst, np.full(len(src), 0.5)), 5, degree=degree)
    assert plan.method == "greedy" and plan.excess > 1.645 * plan.excess_error > 0.0
    assert len(set(plan.seeds.tolist()) & {5, 6, 7, 8, 9}) == 4, "one of the five that reach the same is enough"


def test_seeds_do_not_depend_on_threads_or_calls() -> None:
    src, dst = heavy_tailed(500, 2500, 2)
    g = cascade(500, src, dst, weighted_cascade(500, dst))
    one, two = (search(g, 5) for _ in range(2))
    assert one.seeds.tolist() == two.seeds.tolist()
    assert (one.spread, one.ratio, one.sets) == (two.spread, two.ratio, two.sets)


def test_renaming_people_changes_the_estimate_within_its_interval_only() -> None:
    src, dst = heavy_tailed(400, 2000, 3)
    other = np.random.default_rng(0).permutation(400).astype(np.int32)
    p = weighted_cascade(400, dst)
    one = search(cascade(400, src, dst, p), 5)
    two = search(cascade(400, other[src], other[dst], p), 5)
    assert one.spread.low <= two.spread.high
    assert two.spread.low <= one.spread.high
    assert {int(other[s]) for s in one.seeds[:2]} == set(two.seeds[:2].tolist())


@pytest.mark.parametrize("n", [1, 5])
def test_people_without_edges_reach_themselves(n: int) -> None:
    plan = search(cascade(n, NOBODY, NOBODY, np.zeros(0)), 3)
    assert len(plan.seeds) == min(n, 3)
    assert plan.spread.low <= min(n, 3) <= plan.spread.high
