"""Depth and breadth against hand-worked cases and a naive version, and the laws of the percentile scale."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.breadth import BreadthParams, breadth
from algorithms.depth import DepthParams, depth
from algorithms.depth import explain as explain_depth
from graphsvc import toy
from graphsvc.kernels.percentiles import expected_classes, midrank, quarter_start, rank, reference_time
from graphsvc.model import Level
from graphsvc.projection import DAY, Projection
from graphsvc.registry import Inputs
from graphsvc.scores import Scores

US = {"id": "us", "internal": True}
H = 90.0


def touch(time: float, who: str, **more: Any) -> dict[str, Any]:
    return {"time": time, "from": "us", "to": who, **more}


def of(p: Projection, s: Scores, key: str, column: str = "value") -> float:
    row = s.row_of(p.index[key])
    assert row is not None
    table = {"value": s.value, **s.terms, **s.beside}
    return float(table[column][row])


class TestDepth:
    def test_raw_factors_by_hand(self) -> None:
        rows = [touch(910, "a", relevance=0.5), touch(1000, "a", relevance=1.0, channel="phone"), touch(1000, "b")]
        p = toy.build(people=[US], interactions=rows, as_of=1000)
        s = depth(p, DepthParams())
        weekly = 7 * math.log(2) / H
        assert of(p, s, "a", "contacts_per_week") == pytest.approx(weekly * 1.5)
        assert of(p, s, "a", "mean_relevance") == pytest.approx((0.5 * 0.5 + 1.0) / 1.5)
        effective = math.exp(-(1 / 3 * math.log(1 / 3) + 2 / 3 * math.log(2 / 3)))
        mean = (effective + 1) / 2
        assert of(p, s, "a", "channel_coverage") == pytest.approx((1.5 * effective + 5 * mean) / 6.5 / 2)
        assert of(p, s, "b", "contacts_per_week") == pytest.approx(weekly)

    def test_steady_contact_reads_as_its_weekly_rate(self) -> None:
        rows = [touch(t, "a") for t in range(0, 3000, 7)] + [touch(t, "b") for t in range(0, 3000, 14)]
        p = toy.build(people=[US], interactions=rows, as_of=3000)
        s = depth(p, DepthParams())
        assert of(p, s, "a", "contacts_per_week") == pytest.approx(1.0, rel=0.05)
        assert of(p, s, "b", "contacts_per_week") == pytest.approx(0.5, rel=0.05)

    def test_value_is_the_geometric_mean_of_percentiles(self) -> None:
        rows = [touch(1, "a", relevance=0.9)] + [touch(1 + i / 9, "b", relevance=0.1) for i in range(3)]
        p = toy.build(people=[US], interactions=rows, as_of=2)
        s = depth(p, DepthParams())
        # frequency: a 1/4, b 3/4; relevance: a 3/4, b 1/4; one channel: coverage is not measured
        assert of(p, s, "a") == pytest.approx(100 * math.sqrt(0.25 * 0.75))
        assert of(p, s, "a", "coverage") == 0.0
        assert any("coverage" in note.text("en") for note in s.notes)

    def test_a_person_without_contact_is_null_and_ours_have_no_row(self) -> None:
        p = toy.build(people=[US, {"id": "c"}], interactions=[touch(1, "a"), touch(1, "b"), touch(1.5, "b")], as_of=2)
        s = depth(p, DepthParams())
        assert math.isnan(of(p, s, "c"))
        assert s.reason is not None and s.reasons[s.reason[s.row_of(p.index["c"])]].code == "scores.no_contact"
        assert s.row_of(p.index["us"]) is None

    def test_customers_all_alike_are_null_not_fifty(self) -> None:
        p = toy.build(people=[US], interactions=[touch(1, "a", id="x"), touch(1, "b", id="x")], as_of=2)
        s = depth(p, DepthParams())
        assert np.isnan(s.value).all() and {r.code for r in s.reasons} >= {"scores.no_factor"}

    def test_an_organization_counts_an_interaction_once_whoever_sat_in_it(self) -> None:
        people = [US, *({"id": k, "organization": "o"} for k in "ab"), {"id": "c", "organization": "q"}]
        rows = [touch(1, k, id="m") for k in "abc"] + [touch(2, "c", id="n")]
        p = toy.build(people=people, interactions=rows, as_of=2)
        s = depth(p, DepthParams())
        assert of(p, s, "o", "contacts") == 1
        assert of(p, s, "q", "contacts") == 2
        assert of(p, s, "q") > of(p, s, "o")

    def test_list_and_robot_mail_are_no_contact(self) -> None:
        rows = [touch(1, "a", kind="list_mail"), touch(1, "b", kind="robot_mail"), touch(1, "c")]
        p = toy.build(people=[US], interactions=rows, as_of=2)
        assert [depth(p, DepthParams()).beside["contacts"][p.index[k]] for k in "ab"] == pytest.approx(
            [np.nan, np.nan], nan_ok=True
        )

    def test_talk_inside_an_organization_is_no_contact_with_it_when_ours_are_unknown(self) -> None:
        people = [{"id": k, "organization": "o"} for k in "ab"] + [{"id": "c", "organization": "q"}]
        rows = [{"time": 1, "from": "a", "to": "b"}, {"time": 1, "from": "a", "to": "c"}]
        p = toy.build(people=people, interactions=rows, as_of=2)
        s = depth(p, DepthParams())
        assert of(p, s, "o", "contacts") == 1
        assert any(note.code == "scores.own_unknown" for note in s.notes)

    def test_percentiles_are_frozen_at_the_start_of_the_quarter(self) -> None:
        rows = [touch(float(t), "abc"[t % 3] if t % 7 else "a") for t in range(360)]
        early, late = (toy.build(people=[US], interactions=rows, as_of=t) for t in (365.0, 380.0))
        assert quarter_start(early.as_of) == quarter_start(late.as_of) == 365 * DAY
        extra = [touch(379.0 + i / 99, "d") for i in range(50)]
        other = toy.build(people=[US], interactions=rows + extra, as_of=380.0)
        without, with_d = depth(late, DepthParams()), depth(other, DepthParams())
        for key in "abc":  # a newcomer does not push the others down before the next quarter
            assert of(other, with_d, key) == of(late, without, key)
        assert with_d.notes[0].code == "scores.reference_quarter"
        young = toy.build(people=[US], interactions=rows[300:], as_of=380.0)
        assert depth(young, DepthParams()).notes[0].code == "scores.reference_now"

    def test_shares_follow_recency(self) -> None:
        rows = [touch(0, "a"), touch(90, "a"), touch(90, "b")]
        p = toy.build(people=[US], interactions=rows, as_of=90)
        s = depth(p, DepthParams())
        row = s.row_of(p.index["a"])
        assert row is not None
        frequency = explain_depth(p, DepthParams(), Inputs({}), s, row)[0]
        assert frequency.shares is not None
        np.testing.assert_allclose(frequency.shares / frequency.value, [1 / 3, 2 / 3])


class TestPercentiles:
    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.integers(0, 5).map(float), min_size=1, max_size=20))
    def test_midranks_equal_the_naive_definition(self, values: list[float]) -> None:
        x = np.array(values)
        got = midrank(x, np.sort(x), inside=True)
        for value, rank_ in zip(values, got, strict=True):
            less, equal = sum(v < value for v in values), sum(v == value for v in values)
            assert rank_ == pytest.approx((less + equal / 2) / len(values))
        assert got.mean() == pytest.approx(0.5)

    def test_midrank_outside_the_reference_never_reaches_the_ends(self) -> None:
        got = midrank(np.array([-1.0, 0.0, 9.0]), np.array([0.0, 1.0]), inside=False)
        np.testing.assert_allclose(got, [1 / 6, 2 / 6, 5 / 6])

    def test_rounding_noise_makes_no_rank(self) -> None:
        ranked = rank({"x": np.array([0.1 + 0.2, 0.3]), "y": np.array([1.0, 2.0])}, None)
        assert ranked.measured == ("y",)

    def test_expected_classes_by_enumeration(self) -> None:
        from itertools import combinations

        members = [0] * 3 + [1] * 2 + [2]
        for k in range(1, 7):
            draws = [len({members[i] for i in c}) for c in combinations(range(6), k)]
            assert expected_classes(np.array([3, 2, 1]), np.array([k]))[0] == pytest.approx(np.mean(draws))

    def test_reference_needs_a_quarter_of_history(self) -> None:
        assert reference_time(400 * DAY, 365 * DAY - 91 * DAY) == 365 * DAY
        assert reference_time(400 * DAY, 365 * DAY - 90 * DAY) is None


def referred(a: str, b: str) -> dict[str, Any]:
    return {"subject": a, "kind": "REFERRED", "object": b, "from": 1.0}


class TestBreadth:
    def test_nothing_recorded_is_not_measured_never_zero(self) -> None:
        p = toy.build(people=[US, {"id": "a"}], interactions=[touch(1, "a")], as_of=2)
        s = breadth(p, BreadthParams())
        assert np.isnan(s.value).all()
        assert s.reason is not None and [s.reasons[r].code for r in s.reason] == ["scores.no_influence_edges"]

    def test_referral_adoption_and_share_influence_but_our_own_people_do_not_count(self) -> None:
        people = [US, *({"id": k, "organization": f"o-{k}"} for k in "abcde")]
        facts = [
            referred("a", "b"),
            referred("a", "us"),
            {"subject": "c", "kind": "FOLLOWS", "object": "a"},
            {"subject": "a", "kind": "ADOPTED", "object": "w", "from": 1},
            {"subject": "c", "kind": "ADOPTED", "object": "w", "from": 2},
        ]
        shares = [{"time": 3, "from": "a", "to": "d", "kind": "share"}, {"time": 3, "from": "us", "to": "e"}]
        p = toy.build(people=people, facts=facts, interactions=shares, as_of=9)
        s = breadth(p, BreadthParams())
        assert of(p, s, "a", "customers_influenced") == 3
        assert of(p, s, "o-a", "customers_influenced") == 3
        assert s.row_of(p.index["us"]) is None

    def test_an_organization_does_not_influence_itself(self) -> None:
        people = [{"id": k, "organization": "o"} for k in "ab"] + [{"id": "c", "organization": "q"}]
        p = toy.build(people=people, facts=[referred("a", "b"), referred("c", "a")], as_of=9)
        s = breadth(p, BreadthParams())
        assert of(p, s, "a", "customers_influenced") == 1
        assert math.isnan(of(p, s, "o"))

    def test_industries_and_levels_are_taken_relative_to_chance(self) -> None:
        industries = {"b": "x", "c": "y", "d": "x", "e": "x"}
        organizations = [{"id": f"o-{k}", "industry": v} for k, v in industries.items()]
        levels = {"b": Level.STAFF, "c": Level.C_LEVEL, "d": Level.STAFF, "e": Level.STAFF}
        people = [{"id": k, "organization": f"o-{k}", "level": levels[k]} for k in industries]
        facts = [referred("b", "c"), referred("b", "d"), referred("c", "d"), referred("c", "e")]
        p = toy.build(people=people, organizations=organizations, facts=facts, as_of=9)
        s = breadth(p, BreadthParams())
        expected = expected_classes(np.array([3, 1]), np.array([2]))[0]  # 1.5: two of three x and one y
        assert expected == pytest.approx(1.5)
        assert of(p, s, "b", "industry_ratio") == pytest.approx(2 / 1.5)
        assert of(p, s, "c", "industry_ratio") == pytest.approx(1 / 1.5)
        assert of(p, s, "b", "level_ratio") == pytest.approx(2 / 1.5)
        assert of(p, s, "b") > of(p, s, "c")
        assert of(p, s, "b", "customers") == 0.0  # both reached two: not measured

    def test_there_may_be_more_words_than_members(self) -> None:
        organizations = [{"id": f"o{i}", "industry": f"z{i}"} for i in range(3)]
        people = [{"id": f"p{i}", "organization": f"o{i % 3}"} for i in range(5)]
        facts = [referred("p0", "p1"), referred("p0", "p2"), referred("p3", "p2")]
        mails = [
            {"time": 1.0, "from": "p0", "to": "p1", "topic": topic} for topic in ("t", *(f"t{i}" for i in range(40)))
        ]
        plain, wordy = (
            breadth(
                toy.build(people=people, organizations=organizations, facts=facts, interactions=rows, as_of=9),
                BreadthParams(),
            )
            for rows in (mails[:1], mails)
        )
        assert len(wordy) and np.array_equal(plain.value, wordy.value, equal_nan=True)
        for name in ("industry_ratio", "level_ratio"):
            assert np.array_equal(plain.beside[name], wordy.beside[name], equal_nan=True), name

    def test_influenced_organizations_have_no_level_and_stay_neutral(self) -> None:
        organizations = [{"id": f"o{i}"} for i in range(4)]
        people = [{"id": f"p{i}", "organization": f"o{i}", "level": Level(i)} for i in range(4)]
        facts = [referred("p0", "o1"), referred("p0", "o2"), referred("p1", "p2"), referred("p1", "p3")]
        p = toy.build(people=people, organizations=organizations, facts=facts, as_of=9)
        s = breadth(p, BreadthParams())
        assert of(p, s, "p0", "level_ratio") == 1.0
        assert of(p, s, "p1", "level_ratio") == pytest.approx(1.0)  # two of all levels different: as by chance

    def test_unknown_is_a_class_of_its_own_and_flagged(self) -> None:
        p = toy.build(facts=[referred("a", "b"), referred("a", "c"), referred("c", "b")], as_of=9)
        assert any(n.code == "scores.unknown_classes" for n in breadth(p, BreadthParams()).notes)
