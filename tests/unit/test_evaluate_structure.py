"""The test of structure on held-out time: it tells what came, claims nothing from little, looks at nothing later."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from algorithms.evaluate_structure import StructureTrialParams, evaluate_structure
from algorithms.structure_trials import Window, dates, falls, outreach, pauses, spearman, window
from graphsvc import toy
from graphsvc.projection import DAY, Projection
from graphsvc.registry import Inputs, evaluations, find_algorithm
from graphsvc.scores import Scores

Row = dict[str, Any]


@dataclass
class ToyPast:
    """A past of plain rows; ``asked`` are the dates that were looked at [days]."""

    rows: dict[str, list[Row]]
    end: float
    asked: list[float] = field(default_factory=list)

    @property
    def now(self) -> Projection:
        return toy.build(**self.rows, as_of=self.end)

    def at(self, as_of: int) -> Projection:
        assert as_of <= self.end * DAY, "looked into the future"
        self.asked.append(as_of / DAY)
        kept = dict(self.rows)
        kept["interactions"] = [r for r in self.rows.get("interactions", []) if r["time"] * DAY <= as_of]
        kept["facts"] = [r for r in self.rows.get("facts", []) if (r.get("from") or 0) * DAY <= as_of]
        return toy.build(**kept, as_of=as_of / DAY)

    def scores(self, name: str, as_of: int) -> Scores:
        p = self.at(as_of)

        def compute(wanted: str) -> Scores:
            spec = find_algorithm(wanted)
            model = spec.fit(p, spec.params()) if spec.fit is not None else None
            return spec.compute(p, spec.params(), Inputs({n: compute(n) for n in spec.uses}, model))

        return compute(name)


def circles(days: float = 400.0, seed: int = 0, share: float = 0.95) -> list[Row]:
    """Four circles of ten who write each other, now and then across."""
    rng, rows = np.random.default_rng(seed), []
    for k in range(3000):
        a = int(rng.integers(40))
        inside = rng.random() < share
        b = a // 10 * 10 + int(rng.integers(10)) if inside else int(rng.integers(40))
        if a != b:
            rows.append({"id": f"{k}", "time": float(rng.uniform(1, days)), "from": f"p{a:02d}", "to": f"p{b:02d}"})
    return rows


def run(past: ToyPast, **params: Any) -> Any:
    return evaluate_structure(past, StructureTrialParams(**params), lambda what, part: None)


def test_planted_circles_are_told() -> None:
    past = ToyPast({"interactions": circles()}, 400.0)
    found = run(past, references=3)
    assert found.told
    f = found.figures
    assert f["tie_lift"] == pytest.approx(0.96 / 0.25, rel=0.1), "of one in four by chance, nearly all"
    assert f["tie_auc"] > 0.8
    assert f["stated_stability"] > 0.8 and f["found_again"] > 0.8
    assert f["pivot_later"] is None, "no organization, no verdict"
    assert max(past.asked) <= 400.0
    json.dumps(found.detail)
    for language in ("en", "zh"):
        assert found.verdict.text(language) and found.protocol.text(language)
        for table in found.tables:
            assert table.title.text(language) and all(c.text(language) for c in table.columns)
            assert all(len(row) == len(table.columns) for row in table.rows)


def test_where_everybody_writes_everybody_there_is_no_lift() -> None:
    f = run(ToyPast({"interactions": circles(share=0.0)}, 400.0), references=3).figures
    assert f["tie_lift"] == pytest.approx(1.0, abs=0.2)
    assert f["stated_stability"] is None or f["stated_stability"] < 0.5


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [{"time": 1.0, "from": "a", "to": "b"}],
        [{"time": 397.0 + k, "from": "a", "to": "b"} for k in range(3)],
        [{"time": float(k), "from": "a", "to": "a"} for k in range(300)],
    ],
)
def test_a_short_past_tells_nothing(rows: list[Row]) -> None:
    found = run(ToyPast({"interactions": rows}, 400.0))
    assert (found.told, found.figures) == (False, {})
    assert "cannot tell" in found.verdict.text("en").lower() and found.verdict.text("zh")


def test_dates_stand_where_the_contacts_are_whatever_one_clock_says() -> None:
    rows = circles()
    honest = dates(toy.build(interactions=rows, as_of=400), 28.0, None, 5)
    jumped = dates(toy.build(interactions=[{"time": -9000.0, "from": "x", "to": "y"}, *rows], as_of=400), 28.0, None, 5)
    assert len(honest) >= 4 and honest == sorted(honest) and honest[-1] <= 372 * DAY
    assert min(np.diff(honest)) >= 28 * DAY
    np.testing.assert_allclose(jumped, honest, rtol=0.01)
    assert dates(toy.build(interactions=rows, as_of=400), 28.0, int(300 * DAY), 5)[0] >= 300 * DAY


def test_falls_against_the_configuration_model_by_hand() -> None:
    w = Window(np.array([0, 0, 2], np.int32), np.array([1, 2, 3], np.int32), np.array([True, False, True]))
    group = np.array([0, 0, 1, 1], dtype=np.int32)
    every = np.ones(3, dtype=bool)
    f = falls(w, group, every)
    assert (f.ties, f.inside) == (3, 2)
    assert f.expected == pytest.approx(3 * (0.5**2 + 0.5**2)), "three ends of six in either group"
    assert falls(w, group, w.new).inside == 2
    assert falls(w, np.full(4, -1, np.int32), every).ties == 0


def test_a_window_knows_new_pairs_and_only_people_known_before() -> None:
    rows = [{"time": t, "from": a, "to": b} for t, a, b in
            ((1, "a", "b"), (2, "b", "c"), (11, "b", "a"), (12, "a", "c"), (13, "a", "z"), (30, "c", "b"))]  # fmt: skip
    past = ToyPast({"interactions": rows}, 40.0)
    p = past.at(10 * DAY)
    w = window(p, past.now, 20 * DAY)
    names = [(p.entities.id[a].decode(), p.entities.id[b].decode()) for a, b in zip(w.a, w.b, strict=True)]
    assert dict(zip(names, w.new.tolist(), strict=True)) == {("a", "b"): False, ("a", "c"): True}


def test_pauses_begun_after_are_told_by_what_was_known_before() -> None:
    days = [*range(0, 70, 7), 77, 200]
    rows = [{"time": float(d), "from": "us", "to": "them"} for d in days]
    people = [{"id": "us", "organization": "x"}, {"id": "them", "organization": "y"}]
    past = ToyPast({"interactions": rows, "people": people}, 250.0)
    from tests.truth.test_structure import found

    p = past.at(70 * DAY)
    odds, over = pauses(p, past.now, found(p, replicates=0))
    assert over.tolist() == [True] and odds[0] < 0.05, "weekly, then 123 days"
    young = past.at(10 * DAY)
    assert len(pauses(young, past.now, found(young, replicates=0))[0]) == 0, "no rhythm yet"


def test_outreach_counts_what_came_after() -> None:
    people: list[Row] = [{"id": "us", "internal": True}, {"id": "a", "organization": "x"}]
    facts: list[Row] = [{"subject": "a", "kind": "ADOPTED", "object": "w", "from": 1.0}]
    for i in range(8):
        people.append({"id": f"f{i}", "organization": f"y{i}"})
        facts += [
            {"subject": f"f{i}", "kind": "FOLLOWS", "object": "a"},
            {"subject": f"f{i}", "kind": "ADOPTED", "object": "w", "from": 10.0 + 20 * i},
        ]
    past = ToyPast({"people": people, "facts": facts}, 200.0)
    reach = outreach(past.at(100 * DAY), past.scores("ecosystem", 100 * DAY), past.now)
    assert (reach.verdict.tolist(), reach.value.tolist(), reach.later.tolist()) == (["pivot"], [5.0], [3.0])


def test_spearman() -> None:
    assert spearman(np.array([1.0, 2, 3]), np.array([10.0, 20, 90])) == pytest.approx(1.0)
    assert spearman(np.ones(5), np.arange(5.0)) is None


def test_it_is_registered() -> None:
    assert evaluations()["structure"].of == ("ecosystem",)
