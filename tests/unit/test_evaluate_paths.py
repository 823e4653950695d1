"""The test of paths: new ties through a common contact are found as planted, and too little is told as such."""

from __future__ import annotations

import numpy as np
import pytest

from algorithms.evaluate_paths import PathsTest, _dates, _introduced, _neighbours, _precision, evaluate_paths
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.projection import DAY

END = 400.0
QUIET = lambda *_: None  # noqa: E731


class Village:
    """Circles of friends; in the last window people meet through who is close to both (or through nobody in common)."""

    def __init__(self, *, close: bool = True, circles: int = 30, asks: int = 0) -> None:
        rng, rows = np.random.default_rng(2), []
        for k in range(circles):  # a and b have contact with m daily, x and y seldom
            for who, gap in (("a", 2.0), ("b", 2.0), ("x", 60.0), ("y", 60.0)):
                rows += [{"time": t, "from": f"{who}{k}", "to": f"m{k}"} for t in np.arange(100.1, 399.0, gap)]
                rows += [{"time": t + 0.1, "from": f"m{k}", "to": f"{who}{k}"} for t in np.arange(100.1, 399.0, gap)]
            rows += [{"time": 300.0 + k / 100, "from": f"m{k}", "to": f"m{(k + 1) % circles}"}]
            one, two = (f"a{k}", f"b{k}") if close else (f"a{k}", f"b{(k + 7) % circles}")
            rows += [{"time": 380.0 + rng.random(), "from": one, "to": two}]
        self.facts = [
            {"subject": f"m{k % circles}", "kind": "ASKED_INTRODUCTION", "object": f"{'ab'[k % 2]}{k % circles}",
             "from": 376.0, "to": 380.0, "role": "accepted" if k % 2 else "declined"} for k in range(asks)
        ]  # fmt: skip
        self.rows = rows

    def at(self, as_of):
        days = as_of / DAY
        facts = [f for f in self.facts if f["from"] <= days]
        return toy.build(interactions=[r for r in self.rows if r["time"] <= days], facts=facts, as_of=days)

    @property
    def now(self):
        return self.at(int(END * DAY))

    def scores(self, name, as_of):
        return tie_strength(self.at(as_of), TieStrengthParams())


def test_close_pairs_that_met_rank_above_distant_ones():
    found = evaluate_paths(Village(), PathsTest(dates=1, others=3), QUIET)
    near = found.detail["rankings"]["near"]
    assert found.told and found.detail["new_ties"]["random"] == 30
    assert near["paths"]["auc"] > 0.95 and near["hops"]["auc"] == 0.5, "all of them are two hops apart"
    assert near["paths"]["auc"] > near["common"]["auc"] + 0.2, "one common contact each: only its strength differs"
    assert found.verdict.code == "evaluate_paths.verdict"
    assert found.verdict.text("en") and found.verdict.text("zh") and found.protocol.text("zh")
    assert all(t.title.text(lang) for t in found.tables for lang in ("en", "zh"))


def test_pairs_without_a_common_contact_before_are_no_introductions():
    village = Village(close=False)
    found = evaluate_paths(village, PathsTest(dates=1), QUIET)
    assert not found.told and not found.figures and found.verdict.code == "evaluate_paths.too_little"
    assert found.detail["new_ties"] == 0 and "30" in found.verdict.text("en")


def test_asks_are_told_from_fifty_on_and_never_before():
    few = evaluate_paths(Village(asks=49, circles=60), PathsTest(dates=1, others=3), QUIET).detail["asks"]
    many = evaluate_paths(Village(asks=60, circles=60), PathsTest(dates=1, others=3), QUIET).detail["asks"]
    assert few == {"asks": 49, "needed": 50}
    assert many["asks"] == 60 and many["base_rate"] == 0.5 and 0.0 <= many["auc"] <= 1.0 and "brier" in many


def test_an_introduction_needs_contact_with_both_within_the_days_before():
    rows = [
        {"time": t, "from": a, "to": b}
        for t, a, b in ((5, "m", "a"), (5, "m", "b"), (5, "m", "c"), (52, "m", "a"), (58, "b", "m"), (60, "a", "b"),
                        (61, "a", "c"), (62, "b", "d"), (63, "e", "f"))
    ]  # fmt: skip
    now, then = toy.build(interactions=rows, as_of=100), toy.build(interactions=rows[:3], as_of=50)
    place = np.array([then.index.get(i.decode(), -1) for i in now.entities.id], dtype=np.int32)
    may = np.diff(_neighbours(then).indptr) > 0
    met, later = _introduced(now, (50 * DAY, 78 * DAY), PathsTest(), (place, may))
    named = {tuple(sorted(then.entities.id[i].decode() for i in pair)) for pair in met.tolist()}
    assert named == {("a", "b")}, "m had no contact with c in the 14 days before; d, e and f were not known"
    assert len(later) == 4


@pytest.mark.parametrize("rows", [[], [{"time": 1.0, "from": "a", "to": "b"}, {"time": 3.0, "from": "b", "to": "a"}]])
def test_no_history_or_three_days_of_it_cannot_tell(rows):
    village = Village()
    village.rows = rows
    found = evaluate_paths(village, PathsTest(), QUIET)
    assert not found.told and found.verdict.code == "evaluate_paths.too_little"


def test_the_same_past_gives_the_same_figures_and_dates_look_at_nothing_later():
    one, two = (evaluate_paths(Village(), PathsTest(dates=1), QUIET).detail for _ in range(2))
    assert one == two
    assert max(_dates(Village().now, PathsTest())) == int((END - 28) * DAY)


def test_precision_takes_equals_in_random_order():
    y, says = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.5, 0.5, 0.1])
    assert _precision(y, says, 2) == pytest.approx((1 + 0.5) / 2)
    assert _precision(y, np.zeros(4), 2) == pytest.approx(0.5)
