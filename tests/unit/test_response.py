"""How often people answered after a silence: read from the past, drawn to a published curve, never rising."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.response import CENTRES, PRIOR, published, response
from graphsvc import toy

END = 1000.0


def mails(*rows):
    return [{"time": t, "from": a, "to": b} for a, b, t in rows]


def world(interactions, **more):
    people = [{"id": "rep", "internal": True}, {"id": "col", "internal": True}, {"id": "ann"}, {"id": "bob"}]
    return toy.build(people=people, interactions=mails(*interactions), as_of=more.get("as_of", END))


def test_episodes_are_counted_by_hand():
    p = world([
        ("rep", "ann", 100), ("rep", "ann", 120), ("ann", "rep", 125),  # 20 days of silence, answered
        ("rep", "ann", 165),  # 40 days, never answered within 28
        ("ann", "rep", 200),  # theirs: no touch of ours, and too late for the one before
        ("rep", "bob", 100), ("rep", "bob", 105), ("rep", "bob", 300),  # 195 days, no answer; 5 days are no silence
        ("rep", "col", 100), ("rep", "col", 150), ("col", "rep", 151),  # colleagues
        ("rep", "ann", 990),  # its 28 days are not over
    ])  # fmt: skip
    found = response(p)
    assert found.episodes.tolist() == [1, 1, 0, 1, 0] and found.answered.tolist() == [1, 0, 0, 0, 0]
    assert not found.measured
    raw = (found.answered + PRIOR * published(CENTRES)) / (found.episodes + PRIOR)
    assert np.all(np.diff(raw) <= 0) and np.allclose(found.rates, raw)


def test_a_meeting_after_the_touch_is_an_answer_whoever_called_it():
    rows = mails(("rep", "ann", 100), ("rep", "ann", 120))
    p = toy.build(
        people=[{"id": "rep", "internal": True}, {"id": "ann"}],
        interactions=[*rows, {"time": 130, "from": "rep", "to": "ann", "kind": "meeting"}],
        as_of=END,
    )
    assert response(p).answered.tolist() == [1, 0, 0, 0, 0]


def test_without_ours_anybody_touches_and_another_pair_answers_nothing():
    p = toy.build(interactions=mails(("a", "b", 100), ("a", "b", 120), ("b", "c", 121), ("c", "a", 122)), as_of=END)
    assert response(p).episodes.sum() == 1 and response(p).answered.sum() == 0


def test_rates_never_rise_with_the_silence_and_lie_in_0_1():
    rng = np.random.default_rng(3)
    rows = []
    for i in range(400):  # after long silences everybody answers, after short ones nobody: against all experience
        gap, at = (20, 40, 80, 160, 320)[i % 5], float(rng.uniform(0, 500))
        rows += [("rep", f"x{i}", at), ("rep", f"x{i}", at + gap)]
        rows += [(f"x{i}", "rep", at + gap + 1)] if gap > 50 else []
    p = toy.build(
        people=[{"id": "rep", "internal": True}, *({"id": f"x{i}"} for i in range(400))],
        interactions=mails(*rows), as_of=END,
    )  # fmt: skip
    found = response(p)
    assert found.measured and found.episodes.sum() == 400
    assert np.all(np.diff(found.rates) <= 1e-12) and np.all((found.rates > 0) & (found.rates < 1))


@pytest.mark.parametrize("interactions", [[], [("a", "a", 5)], [("a", "b", 5)]])
def test_without_a_past_the_published_curve_stands(interactions):
    found = response(toy.build(interactions=mails(*interactions), as_of=10))
    assert not found.measured and np.allclose(found.rates, published(CENTRES))
    assert found.rate(np.array([0.0, 14.0, np.nan])).tolist() == [found.rates[0], found.rates[0], found.rates[-1]]
