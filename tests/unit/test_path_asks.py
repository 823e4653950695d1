"""Asks for an introduction: who asked whom, what came of it, and what the probabilities learn from it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from algorithms.path_asks import decided_asks, features_then, recorded_asks
from algorithms.path_network import PathParams, hop_probabilities
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.kernels.ties import ties
from graphsvc.projection import DAY


def asked(who, whom, start, end=None, **more):
    return {"subject": who, "kind": "ASKED_INTRODUCTION", "object": whom, "from": start, "to": end, **more}


def test_outcomes_come_from_the_role_or_from_the_weight_of_asks_that_ended():
    facts = [asked("a", "b", 10, 20, role="accepted"), asked("a", "c", 10, 20, role="declined"),
             asked("a", "d", 10, 20, weight=1.0), asked("a", "e", 10, 20, weight=0.0), asked("a", "f", 10)]  # fmt: skip
    p = toy.build(facts=facts, as_of=100)
    found = recorded_asks(p)
    by_name = {
        p.entities.id[i].decode(): (y, o) for i, y, o in zip(found.asked, found.outcome, found.open, strict=True)
    }
    assert {n: y for n, (y, _) in by_name.items() if n != "f"} == {"b": 1.0, "c": 0.0, "d": 1.0, "e": 0.0}
    assert math.isnan(by_name["f"][0]) and [n for n, (_, o) in by_name.items() if o] == ["f"]


def test_a_source_that_never_writes_weights_is_not_taken_to_say_yes():
    p = toy.build(facts=[asked("a", "b", 10, 20), asked("a", "c", 10, 20)], as_of=100)
    found = recorded_asks(p)
    assert np.isnan(found.outcome).all() and not found.open.any()


def test_a_confirmed_ask_worked_when_asker_and_target_met_within_the_time():
    rows = [
        {"time": t, "from": a, "to": b} for t, a, b in ((5, "rep", "via"), (30, "boss", "rep"), (200, "rep", "cfo"))
    ]
    p = toy.build(interactions=rows, as_of=210)
    i, days = p.index, np.array([10, 10, 190, 250]) * DAY
    people = tuple(
        np.array([i[n] for n in names]) for names in (["rep"] * 4, ["via"] * 4, ["boss", "cfo", "cfo", "cfo"])
    )
    found = decided_asks(p, people, days, within_days=45)
    assert len(found) == 3, "an ask after T is not known yet"
    assert found.outcome.tolist() == [1.0, 0.0, 1.0]
    waits = decided_asks(p, (people[0][:1], people[1][:1], people[2][1:2]), np.array([205 * DAY]), within_days=45)
    assert np.isnan(waits.outcome).all() and waits.open.all()


def test_an_open_confirmed_ask_loads_the_introducer():
    rows = [{"time": t, "from": a, "to": b} for t in (80, 90) for a, b in (("rep", "via"), ("via", "rep"))]
    p = toy.build(interactions=[*rows, {"time": 85, "from": "via", "to": "boss"}], as_of=100)
    ends = tuple(np.array([p.index[n]]) for n in ("rep", "via", "boss"))
    strength = tie_strength(p, TieStrengthParams())
    free = hop_probabilities(p, strength)
    loaded = hop_probabilities(p, strength, asks=decided_asks(p, ends, np.array([95 * DAY])))
    via = p.index["via"]
    assert (free.open_asks[via], loaded.open_asks[via]) == (0, 1)
    assert loaded.graph.pass_on[via] == pytest.approx(free.graph.pass_on[via] / 2)


def test_features_are_those_of_the_time_of_the_ask():
    rows = [{"time": t, "from": "a", "to": "b"} for t in (10, 20, 30)] + [{"time": 90, "from": "b", "to": "a"}]
    later, then = toy.build(interactions=rows, as_of=100), toy.build(interactions=rows[:3], as_of=40)
    both = (np.array([0]), np.array([1]))
    seen = features_then(later, ties(later, 90.0), both, np.array([40 * DAY]))
    strength = float(tie_strength(then, TieStrengthParams()).value[0])
    assert seen[0].tolist() == pytest.approx([1.0, math.log(strength), 0.0, math.log1p(30 / 365.25) - math.log(2)])
    never = features_then(later, ties(later, 90.0), both, np.array([5 * DAY]))
    assert np.isnan(never).all(), "there was no tie yet"


@pytest.mark.parametrize("chain", [False, True])
def test_planted_coefficients_are_found_from_many_outcomes(chain):
    rng = np.random.default_rng(4)
    rows, people, wins = [], [], []
    for k in range(1500):
        names, chance = (f"a{k}", f"b{k}", f"c{k}"), 0.5 if chain else 1.0
        for x, y in zip(names, names[1:] if chain else names[1:2], strict=False):
            n = int(rng.integers(1, 40))
            rows += [{"time": 45 - i, "from": f, "to": t} for i in range(n) for f, t in ((x, y), (y, x))]
            chance /= 1 + math.exp(-(-2 + 1.2 * math.log(2 * n * 0.9)))
        wins.append(rng.random() < chance)
        people.append(names)
    rows += [{"time": 60, "from": a, "to": c} for (a, _, c), won in zip(people, wins, strict=True) if won and chain]
    outcome = ["yes" if won else "no" for won in wins]
    facts = [asked(a, b, 50, 60, role=y) for (a, b, _), y in zip(people, outcome, strict=True) if not chain]
    p = toy.build(interactions=rows, facts=facts, as_of=120)
    asks = None
    if chain:
        ends = tuple(np.array([p.index[row[j]] for row in people]) for j in range(3))
        asks = decided_asks(p, ends, np.full(1500, 50) * DAY)
    network = hop_probabilities(p, tie_strength(p, TieStrengthParams()), None, PathParams(), asks)
    assert network.calibrated and network.asks == 1500
    assert network.coefficients[1] == pytest.approx(1.2, abs=0.3), "outcomes follow strength"
    assert network.coefficients[2] == pytest.approx(0.3, abs=1e-6), "nothing is learnt about health, which was not kept"
