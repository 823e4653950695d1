"""``evaluate influence``: what it says of planted pasts, and that it says nothing where nothing can be told."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import pytest

from algorithms.evaluate_influence import InfluenceTest, evaluate_influence
from algorithms.influence_nulls import nulls
from algorithms.influence_trial import RANKERS
from graphsvc import toy
from graphsvc.evaluations import Evaluation
from graphsvc.projection import DAY, Projection
from graphsvc.registry import evaluations
from graphsvc.scores import Scores
from tests.truth.planted import Plan, cascades

QUICK = InfluenceTest(dates=3, shuffles=5, replicates=20)


@dataclass
class Rows:
    """A past made of toy rows (:class:`graphsvc.evaluations.Past`)."""

    facts: list[dict[str, Any]]
    end: float
    people: list[dict[str, Any]] = field(default_factory=list)
    interactions: list[dict[str, Any]] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)

    def build(self, as_of: float) -> Projection:
        return toy.build(people=self.people, facts=self.facts, interactions=self.interactions, as_of=as_of)

    @property
    def now(self) -> Projection:
        return self.build(self.end)

    def at(self, as_of: int) -> Projection:
        self.asked.append(as_of)
        return self.build(as_of / DAY)

    def scores(self, name: str, as_of: int) -> Scores:
        raise AssertionError(f"{name} at {as_of} is not needed")


def rows_of(plan: Plan, seed: int) -> Rows:
    world = cascades(plan, seed)
    facts = [{"subject": f"p{a}", "kind": "FOLLOWS", "object": f"p{b}"} for a, b in world.follows]
    facts += [{"subject": f"p{i}", "kind": "ADOPTED", "object": f"w{w}", "from": t} for t, i, w, _ in world.adopted]
    people = [{"id": f"p{i}", "organization": f"o{g}"} for i, g in enumerate(world.group)]
    return Rows(facts, plan.end, people)


def run(past: Rows, params: InfluenceTest = QUICK) -> Evaluation:
    return evaluate_influence(past, params, lambda _what, _part: None)


@cache
def planted() -> tuple[Rows, Evaluation]:
    past = rows_of(Plan(likeness=0.08, works=30, people=200), 1)
    return past, run(past)


def test_it_is_registered_and_asks_only_for_the_past() -> None:
    assert evaluations()["influence"].of == ("influence",)
    past, _ = planted()
    assert past.asked and max(past.asked) <= (past.end - 180) * DAY


def test_a_planted_past_is_told_with_all_rankings_and_their_errors() -> None:
    _, found = planted()
    assert found.told and found.verdict.code.startswith("influence.verdict_")
    assert found.verdict.text("en") and found.verdict.text("zh") and found.protocol.text("zh")
    rankers = found.detail["rankers"]
    assert rankers.keys() == set(RANKERS)
    assert rankers["reach"]["spearman"] > rankers["open_followers"]["spearman"]
    assert rankers["reach"]["spearman"] > rankers["random"]["spearman"] + 0.1
    assert all(0 <= r["ndcg"] <= 1 and r["spearman_error"] > 0 for r in rankers.values())
    lead = found.detail["leads"]["reach"]["open_followers"]
    best = rankers["reach"]["spearman"] - rankers["open_followers"]["spearman"]
    assert lead["difference"] == pytest.approx(best)
    assert found.figures["log_loss"] < found.figures["log_loss_rate"] + 0.01
    assert found.figures["z_likeness"] > 3, "influence is planted"
    assert found.detail["chance"]["shuffled"]["of"] == QUICK.shuffles
    assert len(found.detail["chance"]["works"]) == 30
    json.dumps(found.detail, allow_nan=False)
    for table in found.tables:
        assert table.rows and all(len(row) == len(table.columns) for row in table.rows)
        assert table.title.text("en") and [c.text("zh") for c in table.columns]
    assert len(found.plots) == 2


def test_the_same_past_gives_the_same_evaluation() -> None:
    past, found = planted()
    assert run(past).detail == found.detail


def test_likeness_without_influence_is_called_likeness() -> None:
    world = cascades(Plan(graph="grouped", strength=0.0, weak=0.0, likeness=0.15), 103)
    found = nulls(world.projection(), 5, 0, lambda _what, _part: None)
    assert found is not None and abs(found.likeness.z) < 3
    assert found.turned is not None and abs(found.turned) < 3


def empty() -> Rows:
    return Rows([], 100)


def alone() -> Rows:
    return Rows([{"subject": "a", "kind": "ADOPTED", "object": "w", "from": 1}], 100, [{"id": "a"}])


def three_days() -> Rows:
    facts = [{"subject": f"p{i}", "kind": "FOLLOWS", "object": f"p{j}"} for i in range(8) for j in range(8) if i != j]
    facts += [{"subject": f"p{i}", "kind": "ADOPTED", "object": "w", "from": i / 3} for i in range(8)]
    return Rows(facts, 3)


def all_at_once() -> Rows:
    facts = [{"subject": f"p{i}", "kind": "FOLLOWS", "object": f"p{(i + 1) % 40}"} for i in range(40)]
    facts += [{"subject": f"p{i}", "kind": "ADOPTED", "object": "w", "from": 5} for i in range(40)]
    return Rows(facts, 900)


def without_dates() -> Rows:
    facts = [{"subject": f"p{i}", "kind": "FOLLOWS", "object": f"p{(i + 1) % 40}"} for i in range(40)]
    return Rows([*facts, *({"subject": f"p{i}", "kind": "ADOPTED", "object": "w"} for i in range(30))], 900)


def follow_themselves() -> Rows:
    facts = [{"subject": f"p{i}", "kind": "FOLLOWS", "object": f"p{i}"} for i in range(40)]
    facts += [{"subject": f"p{i}", "kind": "ADOPTED", "object": "w", "from": 20.0 * i} for i in range(40)]
    return Rows(facts, 900)


def ages_ago_and_to_come() -> Rows:
    """Clocks that jump: adoptions centuries before the epoch and after now."""
    past = all_at_once()
    for i, fact in enumerate(past.facts[40:]):
        fact["from"] = -100_000.0 if i % 3 == 0 else 40_000.0 if i % 3 == 1 else 10.0 * i
    return past


@pytest.mark.parametrize(
    "past",
    [empty, alone, three_days, all_at_once, without_dates, follow_themselves, ages_ago_and_to_come],
    ids=lambda f: f.__name__,
)
def test_too_little_past_is_said_and_no_figure_given(past: Any) -> None:
    found = run(past())
    if not found.told:
        assert found.verdict.code == "influence.too_little" and not found.figures
    else:
        assert all(v is None or np.isfinite(v) for v in found.figures.values())
        assert past is ages_ago_and_to_come
    json.dumps(found.detail, allow_nan=False)


def test_ties_stand_for_followers_where_nobody_follows() -> None:
    plan = Plan(likeness=0.08, works=30, people=150)
    past = rows_of(plan, 2)
    mail = [f for f in past.facts if f["kind"] == "FOLLOWS"]
    past.facts = [f for f in past.facts if f["kind"] != "FOLLOWS"]
    past.interactions = [
        {"time": 0.0, "from": f["subject"], "to": f["object"], "id": f"m{i}"} for i, f in enumerate(mail)
    ]
    found = run(past)
    assert found.told and found.detail["rankers"]["reach"]["spearman"] > 0
    assert found.detail["chance"]["turned_z"] is None, "a tie has no direction to turn round"
