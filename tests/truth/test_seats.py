"""Whom to invite, on companies small enough to know the answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from algorithms.seats import LEVEL_COSTS, SeatsParams, audience, choose_seats, fitted, level_costs
from graphsvc import toy
from graphsvc.errors import InputError
from graphsvc.model import Level
from graphsvc.projection import Floats, Projection

SURE = SeatsParams(seats=1, basis="const", constant=1.0, seconds=60.0)


def follows(*pairs: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    """Who follows whom: (follower, followed)."""
    return [{"subject": a, "kind": "FOLLOWS", "object": b} | more for a, b in pairs]


def star(hub: str, listeners: int, prefix: str = "f") -> list[dict[str, Any]]:
    return follows(*((f"{prefix}{i}", hub) for i in range(listeners)))


def people(*rows: dict[str, Any]) -> list[dict[str, Any]]:
    """Rows of people, and a colleague so that ours are known."""
    return [{"id": "rep", "internal": True}, *rows]


def index(p: Projection, key: str) -> int:
    return p.index[key]


def invited(p: Projection, params: SeatsParams = SURE, **more: Any) -> list[str]:
    return [p.entities.id[s.entity].decode() for s in choose_seats(p, params, **more).seats]


def costs(p: Projection, **by_key: float) -> Floats:
    out = np.full(len(p), np.nan)
    for key, cost in by_key.items():
        out[index(p, key)] = cost
    return out


def test_who_is_followed_by_most_gets_the_seat_and_reaches_exactly_them() -> None:
    p = toy.build(people=people(), facts=star("hub", 9) + star("small", 3, "s"))
    found = choose_seats(p, SURE)
    assert invited(p) == ["hub"]
    assert found.plan is not None
    assert found.plan.spread.low <= 10 <= found.plan.spread.high
    assert found.seats[0].listeners == 9
    assert found.audience.follows == 12


def test_influence_goes_from_followed_to_follower_not_back() -> None:
    p = toy.build(people=people(), facts=follows(("follower", "followed")))
    assert invited(p) == ["followed"]


def test_contact_carries_both_ways_but_only_where_nobody_follows() -> None:
    mails = [{"time": 1, "from": "a", "to": "b"}, {"time": 1, "from": "c", "to": "d"}]
    p = toy.build(people=people(), interactions=mails, facts=follows(("d", "c")), as_of=2)
    who = audience(p, SURE)
    names = [p.entities.id[e].decode() for e in who.who]
    edges = {(names[s], names[d]) for s, d in zip(who.src, who.dst, strict=True)}
    assert edges == {("a", "b"), ("b", "a"), ("c", "d")}


@pytest.mark.parametrize("bar", [{"internal": True}, {"left": True}])
def test_our_own_and_those_who_left_neither_sit_nor_pass_on(bar: dict[str, Any]) -> None:
    p = toy.build(people=people({"id": "hub", **bar}), facts=star("hub", 9) + star("small", 2, "s"))
    assert invited(p) == ["small"]
    assert len(choose_seats(p, SURE).audience) == 3


def test_seats_add_what_the_invited_do_not_reach() -> None:
    p = toy.build(people=people(), facts=star("hub", 9) + star("small", 3, "s"))
    assert invited(p, invited=[index(p, "hub")]) == ["small"]
    assert invited(p, exclude=[index(p, "hub")]) == ["small"]


def test_only_some_organizations_and_so_many_of_each() -> None:
    rows = people(*({"id": k, "organization": o} for k, o in (("x", "acme"), ("y", "acme"), ("z", "zeta"))))
    facts = star("x", 9, "a") + star("y", 6, "b") + star("z", 3, "c")
    p = toy.build(people=rows, organizations=[{"id": "acme"}, {"id": "zeta"}], facts=facts)
    two = SURE.model_copy(update={"seats": 2})
    assert invited(p, two) == ["x", "y"]
    assert invited(p, two.model_copy(update={"at_most": 1})) == ["x", "z"]
    assert invited(p, two, among=[index(p, "zeta")]) == ["z"]
    assert invited(p, two, exclude=[index(p, "acme")])[0] == "z"
    promise = choose_seats(p, two.model_copy(update={"at_most": 1})).promise
    assert promise is not None
    assert promise.code == "seats.promise_groups"


def test_a_budget_buys_reach_for_cost_and_leaves_out_who_has_no_cost() -> None:
    p = toy.build(
        people=people(), facts=star("dear", 9, "a") + star("x", 6, "b") + star("y", 5, "c") + star("z", 20, "d")
    )
    params = SeatsParams(seats=None, budget=10.0, basis="const", constant=1.0, seconds=60.0)
    assert sorted(invited(p, params, cost=costs(p, dear=10.0, x=5.0, y=5.0))) == ["x", "y"]
    assert invited(p, params, cost=costs(p, dear=10.0, x=11.0)) == ["dear"]
    assert invited(p, params, cost=costs(p, dear=10.5)) == []


def test_costs_by_level_are_those_stated() -> None:
    p = toy.build(people=[{"id": "boss", "level": Level.C_LEVEL}, {"id": "clerk", "level": Level.STAFF}])
    assert level_costs(p).tolist() == [LEVEL_COSTS[Level.C_LEVEL], LEVEL_COSTS[Level.STAFF]]
    assert all(cost > 0 for cost in LEVEL_COSTS.values())


def test_weighted_cascade_is_one_over_the_number_listened_to() -> None:
    p = toy.build(people=people(), facts=follows(("f", "x"), ("f", "y"), ("g", "x")))
    who = audience(p, SeatsParams(basis="wc"))
    names = [p.entities.id[e].decode() for e in who.who]
    chance = {(names[s], names[d]): q for s, d, q in zip(who.src, who.dst, who.probability, strict=True)}
    assert chance == {("x", "f"): 0.5, ("y", "f"): 0.5, ("x", "g"): 1.0}


# -- fitted -----------------------------------------------------------------------------------------------------------


def planted(works: int, seed: int = 0) -> Projection:
    """Leaders whom 20 follow each; followers of ``strong`` take up 60 % of what it takes up, of ``weak`` 5 %."""
    rng, facts = np.random.default_rng(seed), list[dict[str, Any]]()
    for leader, rate in (("strong", 0.6), ("weak", 0.05)):
        followers = [f"{leader}{i}" for i in range(20)]
        facts += follows(*((f, leader) for f in followers), **{"from": 0})
        for w in range(works):
            work = f"{leader}-w{w}"
            facts.append({"subject": leader, "kind": "ADOPTED", "object": work, "from": 10 + w})
            takers = [f for f in followers if rng.random() < rate]
            facts += [{"subject": f, "kind": "ADOPTED", "object": work, "from": 11 + w} for f in takers]
    return toy.build(people=people(), facts=facts, as_of=1000)


def test_fitted_edges_find_the_planted_probabilities() -> None:
    p = planted(40)
    who = audience(p, SeatsParams(basis="fitted"))
    mean = {
        leader: who.probability[who.src == np.searchsorted(who.who, index(p, leader))].mean()
        for leader in ("strong", "weak")
    }
    assert mean["strong"] == pytest.approx(0.6, abs=0.06)
    assert mean["weak"] == pytest.approx(0.05, abs=0.03)
    assert invited(p, SeatsParams(seats=1, basis="fitted", seconds=60.0)) == ["strong"]


def test_one_lucky_trial_is_no_certainty() -> None:
    facts = follows(("f", "u"), ("g", "u"), **{"from": 0})
    facts += [{"subject": "u", "kind": "ADOPTED", "object": f"w{i}", "from": 1} for i in range(30)]
    facts += [{"subject": "f", "kind": "ADOPTED", "object": "w0", "from": 2}]
    p = toy.build(people=people(), facts=facts, as_of=10)
    src = np.array([index(p, "u")] * 2, dtype=np.int32)
    dst = np.array([index(p, "f"), index(p, "g")], dtype=np.int32)
    rate, count = fitted(p, src, dst, SeatsParams(evidence=1))
    assert count == 1
    assert 0.0 < rate[1] < rate[0] < 0.1


def test_too_few_adoptions_are_refused_with_what_to_do() -> None:
    with pytest.raises(InputError, match="--p wc"):
        choose_seats(planted(1), SeatsParams(basis="fitted"))


# -- bad input --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "p",
    [
        toy.build(),
        toy.build(people=[{"id": "one"}]),
        toy.build(people=people({"id": "a"}, {"id": "b"})),
        toy.build(people=people(), interactions=[{"time": 1, "from": "a", "to": "a"}] * 50, as_of=2),
        toy.build(people=people(), interactions=[{"time": 1, "from": "a", "to": "rep"}], as_of=2),
        toy.build(people=people(), facts=follows(("a", "b"), weight=float("nan"))),
    ],
    ids=["empty", "one person", "nobody linked", "mails to oneself", "ties with us only", "weight that is no number"],
)
def test_where_nobody_passes_on_it_cannot_tell(p: Projection) -> None:
    found = choose_seats(p, SeatsParams())
    assert (found.seats, found.plan) == ((), None)
    assert found.notes[-1].code == "seats.no_audience"
    assert "Cannot tell" in found.notes[-1].text("en")


def test_limits_that_cannot_be_kept_are_refused_or_told() -> None:
    p = toy.build(people=people(), facts=star("hub", 3))
    with pytest.raises(InputError, match="-k"):
        choose_seats(p, SeatsParams(seats=None))
    with pytest.raises(InputError, match="costs"):
        choose_seats(p, SeatsParams(budget=5.0))
    everybody = choose_seats(p, SURE, exclude=[*range(len(p))])
    assert everybody.notes[-1].code == "seats.no_candidates"


def test_more_seats_than_people_with_anything_to_add() -> None:
    p = toy.build(people=people(), facts=star("hub", 3))
    found = choose_seats(p, SURE.model_copy(update={"seats": 50}))
    assert [p.entities.id[s.entity].decode() for s in found.seats] == ["hub"]
    assert "seats.fewer" in [n.code for n in found.notes]


def test_the_same_question_gets_the_same_seats() -> None:
    p = toy.build(people=people(), facts=star("hub", 30) + star("small", 12, "s") + follows(("hub", "small")))
    one, two = (choose_seats(p, SeatsParams(seats=3, seconds=60.0)) for _ in range(2))
    assert one.seats == two.seats
    assert one.plan is not None
    assert two.plan is not None
    assert one.plan.spread == two.plan.spread
