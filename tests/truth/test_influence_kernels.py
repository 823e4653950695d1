"""The parts of influence against naive versions, planted truth and other libraries."""

from __future__ import annotations

import gc
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from graphsvc import toy
from graphsvc.kernels import adoptions as a
from graphsvc.kernels import credit, hazard, ranking
from graphsvc.kernels.delays import Delays, fit_law, given_law, likelihood
from graphsvc.kernels.excess import excess
from graphsvc.kernels.fdr import discoveries
from graphsvc.kernels.rewire import rewired
from graphsvc.projection import DAY, Projection


class TestLawOfDelay:
    @staticmethod
    def drawn(rng: np.random.Generator, heavy: bool = False) -> Delays:
        """400 adopters with three sources each, of which one of two kinds taught them; the others are noise."""
        later, taught = np.repeat(np.arange(400), 3), np.arange(400) * 3 + rng.integers(0, 3, 400)
        delay, kind = rng.uniform(1, 400, 1200), rng.integers(0, 2, 1200)
        scale = np.where(kind[taught] == 0, 20.0, 80.0)
        delay[taught] = 20.0 * rng.pareto(1.0, 400) if heavy else rng.exponential(scale)
        return Delays(later, delay, np.maximum(np.full(1200, 1e4), delay), kind)

    def test_planted_scales_of_kinds_are_found_though_nobody_says_who_taught_whom(self) -> None:
        law = fit_law(self.drawn(np.random.default_rng(0)), 3, 90.0)
        assert law.tail == 0.0
        assert law.scale[0] == pytest.approx(20.0, rel=0.25) and law.scale[1] == pytest.approx(80.0, rel=0.25)
        assert law.scale[2] == pytest.approx(law.pooled), "a kind without pairs has the law of all"

    def test_a_heavy_tail_is_told_from_an_exponential_one(self) -> None:
        assert fit_law(self.drawn(np.random.default_rng(0), heavy=True), 2, 90.0).tail > 0

    def test_what_could_not_be_seen_yet_does_not_shorten_the_law(self) -> None:
        rng = np.random.default_rng(0)
        delay, age = rng.exponential(100.0, 20_000), rng.uniform(0, 150, 20_000)
        seen = delay < age
        pairs = Delays(np.flatnonzero(seen), delay[seen], age[seen], np.zeros(int(seen.sum()), dtype=np.int64))
        law = fit_law(pairs, 1, 90.0)
        assert delay[seen].mean() < 45, "the plain mean is off by more than half"
        assert law.pooled == pytest.approx(100.0, rel=0.2)

    def test_the_fitted_law_is_likelier_than_the_default_and_needs_twenty_pairs(self) -> None:
        pairs = self.drawn(np.random.default_rng(1))
        assert likelihood(pairs, fit_law(pairs, 2, 90.0)) > likelihood(pairs, given_law(90.0, 2))
        few = pairs.some(pairs.later < 6)
        assert fit_law(few, 2, 90.0).pairs == 0 and fit_law(few, 2, 90.0).half_life_days == pytest.approx(90.0)

    def test_equal_delays_and_odd_ones_give_a_finite_law(self) -> None:
        for delay in (np.full(30, 7.0), np.full(30, 1e-9), np.full(30, 1e7), np.geomspace(1e-6, 1e6, 30)):
            law = fit_law(Delays(np.arange(30), delay, delay, np.zeros(30, dtype=np.int64)), 1, 90.0)
            assert np.isfinite(law.scale).all() and law.pooled > 0


people = st.sampled_from("abcdef")
worlds = st.fixed_dictionaries(
    {
        "follows": st.lists(st.tuples(people, people), max_size=14),
        "adopted": st.lists(st.tuples(people, st.sampled_from("uv"), st.integers(0, 6)), max_size=12),
        "authors": st.lists(st.tuples(people, st.sampled_from("uv")), max_size=2),
    }
)


def world(parts: dict[str, list[Any]]) -> Projection:
    facts = [{"subject": x, "kind": "FOLLOWS", "object": y} for x, y in parts["follows"] if x != y]
    facts += [{"subject": x, "kind": "ADOPTED", "object": w, "from": 10.0 * t} for x, w, t in parts["adopted"]]
    facts += [{"subject": x, "kind": "AUTHORED", "object": w, "from": 0.0} for x, w in parts["authors"]]
    firm = dict(zip("abcdef", ["x", "x", "x", "y", "y", "z"], strict=True))
    return toy.build(people=[{"id": k, "organization": o} for k, o in firm.items()], facts=facts, as_of=100)


def naive_excess(p: Projection, g: credit.Credit, law: Any, group: Any) -> tuple[Any, Any, Any, Any]:
    """By likeness, known, known by likeness, exposed by likeness: adoption by adoption, person by person."""
    events, known = g.events, credit.sources(p)
    takers = {int(e) for e, wrote in zip(events.entity, events.author, strict=True) if not wrote}
    follows = set(zip(known.who.tolist(), known.of.tolist(), strict=True))
    out = np.zeros((3, len(p)))
    exposed = np.zeros(len(events))
    for row in np.flatnonzero(~events.author):
        v, work, at = int(events.entity[row]), events.work[row], int(events.time[row])
        when = {
            int(e): (int(t), bool(wrote))
            for e, w, t, wrote in zip(events.entity, events.work, events.time, events.author, strict=True)
            if w == work
        }

        def shares(r: int, when: Any = when, at: int = at) -> dict[int, float]:
            weight = {}
            for u, (t, wrote) in when.items():
                if wrote or ((r, u) in follows and t < at):
                    delay = np.array([max(0.0, (at - t) / DAY)])
                    weight[u] = float(np.exp(law.log_density(delay, np.array([0 if wrote else 1])))[0])
            total = sum(weight.values())
            return {u: x / total for u, x in weight.items()}

        risk = [r for r in takers if group[r] == group[v] and (r not in when or (when[r][0] >= at and not when[r][1]))]
        for r in risk:
            for u, x in shares(r).items():
                if not when[u][1]:
                    out[0, u] += x * (1 + g.onward[row]) / len(risk)
                if (r, u) in follows:
                    out[2, u] += x / len(risk)
                    out[1, u] += x if r == v else 0.0
            exposed[row] += any(not when[u][1] for u in shares(r)) / len(risk)
    return (*out, exposed)


@settings(max_examples=60, deadline=None)
@given(worlds)
def test_excess_equals_its_naive_version(parts: dict[str, list[Any]]) -> None:
    p = world(parts)
    given_, _, law = credit.credit_of(p, 90.0)
    group = credit.home_of(p)
    person = np.zeros(len(p), dtype=bool)
    person[p.people] = True
    found = excess(given_, credit.sources(p), law, group, person)
    truth = naive_excess(p, given_, law, group)
    for mine, theirs in zip(
        (found.by_likeness, found.known, found.known_by_likeness, found.exposed_by_likeness), truth, strict=True
    ):
        np.testing.assert_allclose(mine, theirs, atol=1e-10)
    assert (found.variance >= 0).all()


def test_a_sample_of_a_large_group_serves_as_well() -> None:
    rng = np.random.default_rng(0)
    names = [f"p{i:03d}" for i in range(200)]
    facts = [
        {"subject": n, "kind": "FOLLOWS", "object": str(o)} for n in names for o in rng.choice(names, 10) if o != n
    ]
    facts += [{"subject": n, "kind": "ADOPTED", "object": "w", "from": float(t)} for n, t in zip(names, range(200))]  # noqa: B905
    p = toy.build(facts=facts, as_of=300)
    given_, _, law = credit.credit_of(p, 90.0)
    person = np.zeros(len(p), dtype=bool)
    person[p.people] = True
    one = np.zeros(len(p), dtype=np.int32)
    a_sample, another = (excess(given_, credit.sources(p), law, one, person, seed) for seed in (1, 2))
    assert a_sample.exposed_by_likeness.sum() == pytest.approx(another.exposed_by_likeness.sum(), rel=0.05)
    assert np.corrcoef(a_sample.by_likeness, another.by_likeness)[0, 1] > 0.95


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19)), max_size=80), st.integers(0, 5))
def test_a_rewired_graph_keeps_everybodys_numbers_by_group(pairs: list[tuple[int, int]], seed: int) -> None:
    edges = sorted({(x, y) for x, y in pairs if x != y})
    tied = {(min(x, y), max(x, y)) for x, y in edges[1::3]}
    rows = [(x, y, a.FOLLOWS) for x, y in edges[::3]] + [(x, y, a.TIE) for x, y in tied | {(y, x) for x, y in tied}]
    who, of, relation = (np.array([r[i] for r in rows], dtype=np.int32) for i in range(3))
    start, stop = np.zeros(len(rows), dtype=np.int64), np.ones(len(rows), dtype=np.int64)
    known = a.ordered(a.Sources(who, of, start, stop, relation.astype(np.int8)))
    group = (np.arange(20) % 3).astype(np.int32)
    other = rewired(known, group, np.random.default_rng(seed))
    for kind in (a.FOLLOWS, a.TIE):
        for side, far in (("who", "of"), ("of", "who")):

            def numbers(s: a.Sources, side: str = side, far: str = far, kind: int = kind) -> list[int]:
                mine = s.relation == kind
                return np.bincount(getattr(s, side)[mine] * 3 + group[getattr(s, far)[mine]], minlength=60).tolist()

            assert numbers(other) == numbers(known)
    ties = other.relation == a.TIE
    there = set(zip(other.who[ties].tolist(), other.of[ties].tolist(), strict=True))
    assert there == {(y, x) for x, y in there}, "a tie runs both ways"


class TestHazard:
    @staticmethod
    def dates(rng: np.random.Generator, slope: float, count: int = 8, rows: int = 400) -> list[hazard.Dated]:
        out = []
        for k in range(count):
            x = rng.normal(size=(rows, 3))
            chance = 1 / (1 + np.exp(-(slope * x[:, 0] - 2.0 + 0.1 * k)))
            out.append(hazard.Dated(x, rng.random(rows) < chance, np.ones(rows)))
        return out

    def test_planted_effects_are_found_and_signs_kept(self) -> None:
        found = hazard.fit_hazard(self.dates(np.random.default_rng(0), 1.0))
        assert found.slopes[0] == pytest.approx(1.0, abs=0.2) and (found.slopes >= 0).all()
        backwards = hazard.fit_hazard(self.dates(np.random.default_rng(0), -1.0))
        assert backwards.slopes[0] == 0.0, "more of a sign never makes adoption less likely"

    def test_features_that_say_nothing_leave_one_rate_for_everybody(self) -> None:
        trusts = [hazard.trust(self.dates(np.random.default_rng(seed), 0.0)) for seed in range(20)]
        assert np.mean(np.array(trusts) > 0) <= 0.3
        past = self.dates(np.random.default_rng(3), 0.0)
        assert np.ptp(hazard.constant(past).probability(past[0].x)) == 0

    def test_the_level_follows_the_latest_dates(self) -> None:
        rng = np.random.default_rng(0)
        past = [
            hazard.Dated(np.zeros((500, 1)), rng.random(500) < rate, np.ones(500))
            for rate in (0.01, 0.01, 0.01, 0.3, 0.3)
        ]
        rate = hazard.fit_hazard(past).probability(np.zeros((1, 1)))[0]
        assert 0.15 < rate < 0.3

    def test_windows_add_up_and_too_little_is_one_rate(self) -> None:
        one = hazard.Hazard(-1.0, np.array([0.5]))
        x = np.array([[0.0], [2.0]])
        np.testing.assert_allclose(one.probability(x, 3.0), 1 - (1 - one.probability(x)) ** 3)
        few = [hazard.Dated(np.ones((9, 1)), np.arange(9) < 3, np.ones(9))]
        assert not hazard.enough(few) and hazard.fit_hazard(few).slopes.tolist() == [0.0]
        assert hazard.fit_hazard(few).probability(np.ones((1, 1)))[0] == pytest.approx(0.35, abs=0.05)
        assert 0 < hazard.fit_hazard([]).probability(np.zeros((1, 0)))[0] < 1


class TestRanking:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(1, 3)), min_size=3, max_size=30))
    def test_weights_count_rows_as_often(self, rows: list[tuple[int, int, int]]) -> None:
        x, y, w = (np.array([r[i] for r in rows], dtype=np.float64) for i in range(3))
        many = np.repeat(np.arange(len(rows)), w.astype(int))
        for figure in (
            lambda x, y, w: ranking.spearman(x, y, w),
            lambda x, y, w: ranking.ndcg_at(x, y, 3, w),
            lambda x, y, w: ranking.gain_at(x, y, 3, w),
            lambda x, y, w: ranking.precision_at(x, (y > 2).astype(float), 3, w),
        ):
            np.testing.assert_allclose(figure(x, y, w), figure(x[many], y[many], np.ones(len(many))), atol=1e-12)

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=3, max_size=30))
    def test_spearman_equals_scipy(self, rows: list[tuple[int, int]]) -> None:
        x, y = (np.array([r[i] for r in rows], dtype=np.float64) for i in range(2))
        if np.ptp(x) and np.ptp(y):
            assert ranking.spearman(x, y) == pytest.approx(float(spearmanr(x, y).statistic), abs=1e-12)
        else:
            assert np.isnan(ranking.spearman(x, y))

    def test_equal_scores_share_their_places(self) -> None:
        truth = np.array([3.0, 0.0, 0.0, 0.0])
        assert ranking.precision_at(np.zeros(4), (truth > 0).astype(float), 2) == pytest.approx(0.25)
        discounts = 1 / np.log2([2, 3])
        assert ranking.ndcg_at(np.zeros(4), truth, 2) == pytest.approx(0.25 * discounts.sum() / discounts[0])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.floats(0, 1), max_size=30), st.floats(0.01, 0.3))
def test_discoveries_are_those_of_benjamini_and_hochberg(chance: list[float], rate: float) -> None:
    p = np.array(chance)
    ranked = sorted(chance)
    passed = [k for k, x in enumerate(ranked, 1) if x <= rate * k / len(ranked)]
    limit = ranked[passed[-1] - 1] if passed else -1.0
    assert discoveries(p, rate).tolist() == [x <= limit for x in chance]
    assert all(x <= y for x, y in pairwise(ranked))


# -- whom one could learn from ---------------------------------------------------------------------------------------


def test_a_tie_teaches_from_its_first_contact_on_whoever_wrote_first() -> None:
    written = [(5, "b", "a"), (3, "c", "a"), (9, "a", "b"), (4, "a", "c"), (7, "a", "d")]
    p = toy.build(interactions=[{"time": t, "from": x, "to": y} for t, x, y in written], as_of=10)
    known = a.acquaintances(p)
    names = [i.decode() for i in p.entities.id]
    met = {(names[u], names[v]): t // DAY for u, v, t in zip(known.who, known.of, known.since, strict=True)}
    first = {"ab": 5, "ac": 3, "ad": 7}
    assert met == {pair: t for (x, y), t in first.items() for pair in ((x, y), (y, x))}
    assert [names[i] for i in known.who] == sorted(names[i] for i in known.who)


def test_sources_are_kept_as_long_as_their_projection() -> None:
    p = toy.adoption_star(5)
    kept = a.sources(p)
    assert a.sources(p) is kept, "worked out once"
    q = toy.adoption_star(7)
    assert len(a.sources(q)) != len(kept), "another graph has its own"
    del q
    gc.collect()
    assert not a._newest, "gone with the graph"
