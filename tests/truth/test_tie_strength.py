"""Tie strength against hand-worked cases, a naive loop, and its own laws."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from algorithms.tie_strength import TieStrengthParams, explain, tie_strength
from graphsvc import toy
from graphsvc.kernels.ties import contacts, directed, evidence_weights, proportional, ties
from graphsvc.model import KIND_WEIGHTS, MUTUAL_KINDS
from graphsvc.projection import Projection
from graphsvc.registry import Inputs

NONE = Inputs({})
HALF_LIFE = 90.0


def mail(time: float, a: str, b: str, **more: Any) -> dict[str, Any]:
    return {"time": time, "from": a, "to": b, **more}


def strength(*rows: dict[str, Any], as_of: float = 0.0) -> float:
    s = tie_strength(toy.build(interactions=rows, as_of=as_of), TieStrengthParams())
    return float(s.value[0])


def test_one_way_contact_counts_a_fifth_of_a_full_exchange() -> None:
    assert strength(mail(0, "a", "b")) == pytest.approx(0.2)
    assert strength(mail(0, "a", "b"), mail(0, "b", "a")) == pytest.approx(2.0)
    assert strength(mail(0, "a", "b"), mail(0, "a", "b", channel="x"), mail(0, "b", "a")) == pytest.approx(0.6 + 1.6)


def test_a_meeting_counts_half_each_way() -> None:
    assert strength(mail(0, "a", "b", kind="meeting")) == pytest.approx(0.2 * 3 + 1.6 * 1.5)


def test_evidence_halves_with_the_half_life() -> None:
    assert strength(mail(0, "a", "b"), as_of=90) == pytest.approx(0.1)
    assert strength(mail(0, "a", "b"), as_of=270) == pytest.approx(0.025)


def test_a_crowd_shares_one_interaction() -> None:
    rows = [mail(0, "a", name, id="m") for name in "bcde"]
    s = tie_strength(toy.build(interactions=rows), TieStrengthParams())
    np.testing.assert_allclose(s.value, [0.05] * 4)


def test_relevance_and_row_weight_multiply_and_unmeasured_is_one() -> None:
    assert strength(mail(0, "a", "b", relevance=0.5, weight=3.0)) == pytest.approx(0.3)
    assert strength(mail(0, "a", "b", relevance=0.0)) == 0.0


def test_robot_mail_makes_no_tie_and_list_mail_almost_none() -> None:
    assert len(ties(toy.build(interactions=[mail(0, "a", "b", kind="robot_mail")]), HALF_LIFE)) == 0
    assert strength(mail(0, "a", "b", kind="list_mail")) == pytest.approx(0.004)
    assert contacts(toy.build(interactions=[mail(0, "a", "b", kind="list_mail")])).tolist() == [False]


def test_an_unknown_kind_weighs_one_and_is_told() -> None:
    s = tie_strength(toy.build(interactions=[mail(0, "a", "b", kind="pigeon")]), TieStrengthParams())
    assert s.value.tolist() == [0.2]
    assert any("pigeon" in note.text("en") for note in s.notes)


def test_reciprocity_and_directions() -> None:
    p = toy.build(interactions=[mail(0, "b", "a"), mail(0, "b", "a", channel="x"), mail(1, "a", "b")], as_of=1)
    s = tie_strength(p, TieStrengthParams(half_life_days=1e9))
    assert s.beside["strength_ab"][0] == pytest.approx(1.0)
    assert s.beside["strength_ba"][0] == pytest.approx(2.0)
    assert s.beside["reciprocity"][0] == pytest.approx(2 / 3)
    assert s.beside["count"].tolist() == [3]
    assert s.beside["last_time"].tolist() == [p.as_of]


people = st.sampled_from("abcde")
events = st.lists(
    st.fixed_dictionaries(
        {
            "time": st.integers(0, 400),
            "from": people,
            "to": people,
            "id": st.integers(1, 12).map(str),
            "kind": st.sampled_from(["mail", "meeting", "visit", "list_mail", "robot_mail", "odd"]),
            "weight": st.sampled_from([0.0, 0.5, 1.0]),
            "relevance": st.sampled_from([0.0, 0.25, 1.0, float("nan")]),
        }
    ),
    max_size=25,
)


def naive(p: Projection) -> dict[tuple[int, int], list[float]]:
    """s_ab, s_ba, rows by a, rows by b of each pair, row by row."""
    out: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0, 0.0, 0, 0])
    x = p.interactions
    for i in range(len(x)):
        kind = p.words[x.kind[i]]
        if KIND_WEIGHTS.get(kind, 1.0) * x.weight[i] == 0:
            continue
        relevance = 1.0 if np.isnan(x.relevance[i]) else float(x.relevance[i])
        age = (p.as_of - x.time[i]) / 86_400e6
        w = KIND_WEIGHTS.get(kind, 1.0) * float(x.weight[i]) * relevance * 2 ** (-age / HALF_LIFE)
        w /= max(1, x.participants[i] - 1)
        a, b = sorted((int(x.actor[i]), int(x.target[i])))
        back = int(x.actor[i]) != a
        row = out[a, b]
        row[2 + back] += 1
        for side in (0, 1):
            row[side] += w / 2 if kind in MUTUAL_KINDS else w * (side == back)
    return out


@settings(max_examples=60, deadline=None)
@given(events)
def test_the_tie_table_equals_a_plain_loop(rows: list[dict[str, Any]]) -> None:
    p = toy.build(interactions=rows, as_of=400)
    table, truth = ties(p, HALF_LIFE), naive(p)
    assert sorted(truth) == list(zip(table.a.tolist(), table.b.tolist(), strict=True))
    for i, pair in enumerate(sorted(truth)):
        got = [table.s_ab[i], table.s_ba[i], table.n_ab[i], table.n_ba[i]]
        assert got == pytest.approx(truth[pair], rel=1e-9)
        seen = table.rows(i)
        assert len(seen) == table.n_ab[i] + table.n_ba[i]
        assert p.interactions.time[seen].tolist() == sorted(p.interactions.time[seen].tolist())
        assert (table.first[i], table.last[i]) == (p.interactions.time[seen[0]], p.interactions.time[seen[-1]])
        assert table.row_of(pair[1], pair[0]) == i
    src, dst, total = directed(p, evidence_weights(p, HALF_LIFE))
    both = {(int(a), int(b)): float(v) for a, b, v in zip(src, dst, total, strict=True)}
    for (a, b), row in truth.items():
        assert (both.get((a, b), 0.0), both.get((b, a), 0.0)) == pytest.approx((row[0], row[1]), rel=1e-9)


@settings(max_examples=40, deadline=None)
@given(events)
def test_terms_open_exactly_in_proportion_to_evidence(rows: list[dict[str, Any]]) -> None:
    p = toy.build(interactions=rows, as_of=400)
    s, w = tie_strength(p, TieStrengthParams()), evidence_weights(p, HALF_LIFE)
    place = {int(h): i for i, h in enumerate(p.interactions.row)}
    for row in range(len(s)):
        for e in explain(p, TieStrengthParams(), NONE, s, row):
            assert e.rows is not None and e.shares is not None
            assert e.shares.sum() == pytest.approx(e.value, rel=1e-12, abs=1e-15)
            if e.term == "one_way" and e.value > 0:
                weights = w[[place[int(h)] for h in e.rows]]
                np.testing.assert_allclose(e.shares / e.value, weights / weights.sum(), rtol=1e-9)


def test_the_mutual_term_opens_to_the_side_that_acts_less() -> None:
    p = toy.build(interactions=[mail(1, "a", "b"), mail(2, "a", "b"), mail(3, "b", "a")], as_of=3)
    s = tie_strength(p, TieStrengthParams())
    mutual = {e.term: e for e in explain(p, TieStrengthParams(), NONE, s, 0)}["mutual"]
    assert mutual.rows is not None and mutual.rows.tolist() == [3]


@settings(max_examples=30, deadline=None)
@given(events, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rows: list[dict[str, Any]], shuffler: Any) -> None:
    rows = [{**r, "id": r["id"] + r["from"]} for r in rows]  # one interaction, one actor
    other = list(rows)
    shuffler.shuffle(other)
    left, right = (tie_strength(toy.build(interactions=x, as_of=400), TieStrengthParams()) for x in (rows, other))
    np.testing.assert_array_equal(left.a, right.a)
    np.testing.assert_allclose(left.value, right.value, rtol=1e-9)


def test_proportional_shares_add_up_where_floats_do_not() -> None:
    for n in (1, 3, 7, 1000):
        shares = proportional(0.1, np.random.default_rng(n).random(n))
        assert shares.sum() == pytest.approx(0.1, rel=1e-15)
    assert proportional(1.0, np.zeros(3)).tolist() == [0.0, 0.0, 0.0]
