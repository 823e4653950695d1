"""What is lost without somebody, on companies worked out by hand; key people beside one question per person."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from algorithms.health import HealthParams, relationship_health
from algorithms.key_people import key_people
from algorithms.paths import find_paths, hop_probabilities
from algorithms.scenarios import team_of, ties_without, without_channel, without_people
from algorithms.tie_strength import TieStrengthParams, tie_strength
from algorithms.whatif import Standing, WhatIf, accounts_of, what_if
from graphsvc import toy
from graphsvc.errors import InputError
from graphsvc.projection import Projection

AS_OF = 100


def mails(a: str, b: str, days: range, channel: str = "mail") -> list[dict[str, Any]]:
    return [
        {"time": t + 0.5 * i, "from": x, "to": y, "channel": channel}
        for t in days
        for i, (x, y) in enumerate(((a, b), (b, a)))
    ]


def company(**more: Any) -> Projection:
    """Ann and Bob are ours; acme hangs on Ann alone, zeta on both, nova is reached through zeta's contact."""
    people = [
        {"id": "ann", "internal": True},
        {"id": "bob", "internal": True},
        {"id": "al", "organization": "acme"},
        {"id": "zoe", "organization": "zeta"},
        {"id": "nat", "organization": "nova"},
    ]
    rows = mails("ann", "al", range(0, 100, 3)) + mails("ann", "zoe", range(0, 100, 2))
    rows += mails("bob", "zoe", range(0, 100, 20), "phone") + mails("zoe", "nat", range(0, 100, 2))
    deals = [
        {"id": "d1", "organization": "acme", "owner": "ann", "amount": 100.0, "currency": "EUR", "created": 1},
        {"id": "d2", "organization": "zeta", "owner": "bob", "amount": 50.0, "currency": "EUR", "created": 1},
        {
            "id": "d3",
            "organization": "zeta",
            "owner": "bob",
            "amount": 9.0,
            "currency": "EUR",
            "created": 1,
            "closed": 5,
        },
    ]
    given = {"people": people, "organizations": [{"id": o} for o in ("acme", "zeta", "nova")], "interactions": rows,
             "opportunities": deals, "as_of": AS_OF}  # fmt: skip
    return toy.build(**(given | more))


def standing(p: Projection, gone: tuple[str, ...] = ()) -> Standing:
    strength = tie_strength(p, TieStrengthParams())
    health = relationship_health(p, HealthParams())
    there = np.ones(len(p), dtype=bool)
    out = np.array([p.index[g] for g in gone], dtype=np.int32)
    there[out] = False
    return Standing(hop_probabilities(p, strength, health), ties_without(health, out), None, there)


def lost(p: Projection, *gone: str) -> WhatIf:
    return what_if(p, standing(p), standing(p, gone), [p.index[g] for g in gone])


def name(p: Projection, entity: int) -> str:
    return p.entities.id[entity].decode()


def test_who_alone_holds_an_account_takes_its_only_path_and_its_deals_along() -> None:
    p = company()
    found = lost(p, "ann")
    by_account = {name(p, a.account): a for a in found.accounts}
    assert by_account["acme"].after == 0.0
    assert by_account["acme"].path_after == ()
    assert 0.0 < by_account["zeta"].after < by_account["zeta"].before
    assert [name(p, i) for i in by_account["zeta"].path_after] == ["bob", "zoe"]
    assert (found.reachable.before, found.reachable.after) == (3, 2)
    acme, zeta = ({name(p, d.deal): d for d in found.deals}[k] for k in ("d1", "d2"))
    assert (acme.loss, acme.orphaned, zeta.orphaned) == (1.0, True, False)
    assert zeta.loss == pytest.approx(1 - by_account["zeta"].after / by_account["zeta"].before)
    assert found.pipeline["EUR"].before == 150.0  # the deal that is closed does not count
    assert found.pipeline["EUR"].loss == pytest.approx(100.0 + 50.0 * zeta.loss)


def test_a_second_thread_that_is_not_the_best_costs_no_path_but_its_ties() -> None:
    p = company()
    found = lost(p, "bob")
    assert found.accounts == ()
    assert (found.ties.loss, found.paths.loss) == (1, 0.0)
    assert found.active.loss > 0.0
    assert [(name(p, d.deal), d.loss, d.orphaned) for d in found.deals] == [("d2", 0.0, True)]


def test_losses_are_those_of_path_searches_before_and_after() -> None:
    p = company()
    found = lost(p, "ann")
    whole = standing(p)
    for a in accounts_of(p).entity.tolist():
        best = []
        for avoid in ((), (p.index["ann"],)):
            paths = find_paths(whole.network, p, to=a, k=1, avoid=avoid).paths
            best.append(paths[0].probability if paths else 0.0)
        told = {x.account: (x.before, x.after) for x in found.accounts}.get(a, (best[0], best[0]))
        assert told == pytest.approx(best, rel=1e-9)


def test_a_contact_who_goes_takes_the_way_to_others_along() -> None:
    p = company()
    found = lost(p, "zoe")
    assert {name(p, a.account) for a in found.accounts} == {"zeta", "nova"}
    assert (found.people.before, found.people.after) == (2, 1)  # zoe herself is no customer to reach any more


def test_gone_together_can_cost_more_than_each_alone() -> None:
    p = company()
    both = lost(p, "ann", "bob")
    assert both.reachable.after == 0
    assert both.paths.loss > lost(p, "ann").paths.loss + lost(p, "bob").paths.loss


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("who", ["ours", "all"])
def test_key_people_are_one_what_if_each(seed: int, who: Any) -> None:
    p = random_company(seed)
    whole = standing(p)
    found = key_people(p, whole, who)
    assert len(found) == (p.entities.internal if who == "ours" else p.people >= 0).sum()
    for i, entity in enumerate(found.entity.tolist()):
        alone = lost(p, name(p, entity))
        assert found.paths[i] == pytest.approx(alone.paths.loss, abs=1e-9)
        assert found.hurt[i] == len(alone.accounts)
        assert found.sole[i] == alone.reachable.loss
        assert found.ties[i] == alone.ties.loss
        assert found.active[i] == pytest.approx(alone.active.loss, abs=1e-9)
        assert found.deals[i] == sum(d.orphaned for d in alone.deals)
        for currency, figure in alone.pipeline.items():
            assert found.pipeline[currency][i] == pytest.approx(figure.loss, abs=1e-6)
        worst = [a.account for a in alone.accounts[:3]]
        assert set(found.worst[i][found.worst[i] >= 0].tolist()) == set(worst) or len(alone.accounts) > 3
        assert found.cut_off[i] == alone.people.loss
        assert found.reach[i] == pytest.approx(alone.expected.loss, abs=1e-9)
    assert np.all(np.diff(found.paths) <= 1e-12)


def random_company(seed: int) -> Projection:
    rng = np.random.default_rng(seed)
    people = [{"id": f"us{i}", "internal": True} for i in range(5)]
    people += [{"id": f"c{i}", "organization": f"o{i % 6}"} for i in range(18)]
    rows: list[dict[str, Any]] = []
    ids = [r["id"] for r in people]
    for _ in range(35):
        a, b = rng.choice(len(ids), 2, replace=False)
        rows += mails(ids[a], ids[b], range(int(rng.integers(0, 60)), 100, int(rng.integers(5, 30))))
    deals = [
        {"id": f"d{i}", "organization": f"o{rng.integers(6)}", "owner": f"us{rng.integers(5)}", "created": 1,
         "amount": float(rng.integers(1, 100)), "currency": ("EUR", "CNY")[i % 2]}
        for i in range(8)
    ]  # fmt: skip
    firms = [{"id": f"o{i}"} for i in range(6)]
    return toy.build(people=people, organizations=firms, interactions=rows, opportunities=deals, as_of=AS_OF)


def test_without_a_channel_only_what_came_over_it_is_gone() -> None:
    p = company()
    rest = without_channel(p, "phone")
    assert len(rest.interactions) == len(p.interactions) - 10
    found = what_if(p, standing(p), standing(rest))
    assert found.ties.loss == 1
    with pytest.raises(InputError, match="mail, phone"):
        without_channel(p, "fax")


def test_without_people_nothing_of_theirs_is_left_and_the_others_stay() -> None:
    p = company()
    rest = without_people(p, np.array([p.index["ann"]]))
    assert p.index["ann"] not in {*rest.interactions.actor.tolist(), *rest.interactions.target.tolist()}
    assert len(rest.interactions) == 10 + 100


def test_a_team_is_who_reports_to_somebody_all_the_way_down() -> None:
    facts = [
        {"subject": a, "kind": "REPORTS_TO", "object": b} for a, b in (("bob", "ann"), ("cy", "bob"), ("ann", "cy"))
    ]
    rows = [{"id": k, "internal": True, "organization": "us"} for k in ("ann", "bob", "cy")]
    p = toy.build(people=[*rows, {"id": "di", "internal": True}], organizations=[{"id": "us"}], facts=facts)
    assert [name(p, i) for i in team_of(p, p.index["bob"])] == ["ann", "bob", "cy"]  # a circle ends
    assert [name(p, i) for i in team_of(p, p.index["us"])] == ["ann", "bob", "cy"]
    assert [name(p, i) for i in team_of(p, p.index["di"])] == ["di"]


def test_health_that_falls_or_can_no_longer_be_told_is_listed_worst_first() -> None:
    p = company()
    base = standing(p)
    scores = relationship_health(p, HealthParams())
    made = replace(scores, of="organization", a=accounts_of(p).entity, b=None, value=np.array([0.9, 0.5, 0.4]))
    after = replace(made, value=np.array([np.nan, 0.45, 0.4]))
    found = what_if(p, replace(base, organizations=made), replace(base, organizations=after))
    assert [(a, b) for a, b, _ in found.health] == [(int(made.a[0]), 0.9), (int(made.a[1]), 0.5)]


@pytest.mark.parametrize(
    "p",
    [toy.build(), toy.build(people=[{"id": "one"}]), company(own_known=False)],
    ids=["empty", "one person", "nobody said who is ours"],
)
def test_without_a_team_it_says_that_it_cannot_tell(p: Projection) -> None:
    for ask in (lambda: key_people(p, standing(p)), lambda: what_if(p, standing(p), standing(p))):
        with pytest.raises(InputError, match="--own"):
            ask()


def test_a_lone_colleague_without_ties_costs_nothing() -> None:
    p = toy.build(people=[{"id": "ann", "internal": True}, {"id": "al"}], as_of=1)
    found = key_people(p, standing(p), "all")
    assert (found.paths.tolist(), found.ties.tolist(), found.share.tolist()) == ([0.0] * 2, [0] * 2, [0.0] * 2)
