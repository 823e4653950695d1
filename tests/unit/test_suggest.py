"""Suggestions follow from scores: each play from its own evidence, with gain, owner and expiry, and nothing twice."""

from __future__ import annotations

import math

import numpy as np
import pytest

from algorithms.suggest import SuggestParams, suggestions
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.projection import DAY
from graphsvc.scores import Scores

NOW = 100.0


def talk(a, b, *times):
    return [{"time": t, "from": a, "to": b} for t in times] + [{"time": t + 0.25, "from": b, "to": a} for t in times]


def world(*, people=(), **more):
    """Rep owns acme with ann and bob; col is a colleague."""
    base = [{"id": "rep", "internal": True}, {"id": "col", "internal": True}, {"id": "ann", "organization": "acme"},
            {"id": "bob", "organization": "acme"}]  # fmt: skip
    given = {r["id"] for r in people}
    facts = [{"subject": "rep", "kind": "OWNS", "object": "acme"}, *more.pop("facts", ())]
    return toy.build(
        people=[r for r in base if r["id"] not in given] + list(people),
        organizations=[{"id": "acme"}, *more.pop("organizations", ())], facts=facts, as_of=NOW, **more,
    )  # fmt: skip


def of_ties(p, name, row, **beside):
    a, b = sorted((p.index[row[0]], p.index[row[1]]))
    value = np.array([float(row[2])])
    return Scores(
        name=name, of="tie", a=np.array([a], dtype=np.int32), b=np.array([b], dtype=np.int32), value=value,
        terms={"all": value}, unit="", beside={k: np.array([v]) for k, v in beside.items()},
    )  # fmt: skip


def of_entities(p, name, values, **beside):
    keys = sorted(values, key=p.index.__getitem__)
    value = np.array([float(values[k]) for k in keys])
    return Scores(
        name=name, of="organization", a=np.array([p.index[k] for k in keys], dtype=np.int32), b=None, value=value,
        terms={"all": value}, unit="", beside={c: np.array([v[k] for k in keys]) for c, v in beside.items()},
    )  # fmt: skip


def plays(p, scores=None, play=None, **params):
    given = {"tie_strength": tie_strength(p, TieStrengthParams()), **(scores or {})}
    found = suggestions(p, given, run_id="run", params=SuggestParams(**params))
    for s in found:
        assert s.gain > 0 and s.run_id == "run" and s.state == "proposed"
        assert s.expires == p.as_of + 28 * DAY
        assert s.reasons and all(r.text(language) for r in s.reasons for language in ("en", "zh"))
        assert s.target in p.index and (s.owner is None or s.owner in p.index)
    assert [s.gain for s in found] == sorted((s.gain for s in found), reverse=True)
    assert len({s.id for s in found}) == len(found)
    return [s for s in found if play in (None, s.play)]


@pytest.mark.parametrize(
    ("figures", "wanted"),
    [({"trend": -0.2}, True), ({"trend": 0.1}, False), ({"band": "poor"}, True), ({"band": "good"}, False)],
)
def test_reconnect_where_health_fell_or_is_poor_for_its_rhythm(figures, wanted):
    p = world(interactions=talk("rep", "ann", 50, 60, 70))
    health = of_ties(p, "relationship_health", ("rep", "ann", 0.3), active=0.4, **figures)
    found = plays(p, {"relationship_health": health}, "reconnect")
    assert [(s.owner, s.target) for s in found] == ([("rep", "ann")] if wanted else [])
    if wanted:
        assert [table for table, _ in found[0].evidence] == ["interactions"] * 3


def test_an_introduction_goes_through_who_knows_the_stakeholder():
    stake = {"subject": "bob", "kind": "STAKEHOLDER_IN", "object": "deal", "role": "buyer"}
    deal = {"id": "deal", "organization": "acme", "owner": "rep", "amount": 100.0, "currency": "EUR"}
    p = world(interactions=talk("rep", "col", 90, 95) + talk("col", "bob", 91, 96), facts=[stake], opportunities=[deal])
    [s] = plays(p, play="ask_introduction")
    assert (s.owner, s.target, s.through) == ("rep", "bob", "col")
    assert 0 < s.gain < 100 and len(s.evidence) == 6
    known = world(interactions=talk("rep", "bob", 90), facts=[stake], opportunities=[deal])
    assert plays(known, play="ask_introduction") == [], "the owner knows the stakeholder already"


def test_an_open_deal_with_fewer_than_two_warm_ties_needs_a_second_thread():
    deal = {"id": "deal", "organization": "acme", "owner": "rep"}
    one = world(interactions=talk("rep", "ann", 90), opportunities=[deal])
    [s] = plays(one, play="second_thread")
    assert (s.owner, s.target) == ("rep", "acme") and s.reasons[0].args["warm"] == 1 and s.evidence
    two = world(interactions=talk("rep", "ann", 90) + talk("rep", "bob", 91), opportunities=[deal])
    assert plays(two, play="second_thread") == []
    assert plays(world(interactions=talk("rep", "ann", 90)), play="second_thread") == [], "no open deal"


def test_who_is_followed_is_invited_and_only_they():
    crowd = [{"id": f"c{i}", "organization": "acme"} for i in range(10)]
    fact = {"subject": "c1", "kind": "FOLLOWS", "object": "ann", "from": 10}
    p = world(people=crowd, facts=[fact])
    influence = of_entities(p, "influence", {"ann": 23.0, "bob": 0.0}, reach={"ann": 4.0, "bob": 0.0})
    [s] = plays(p, {"influence": influence}, "invite")
    assert (s.owner, s.target) == ("rep", "ann") and s.evidence and s.evidence[0][0] == "facts"
    nobody = of_entities(p, "influence", {"ann": np.nan, "bob": 0.0})
    assert plays(p, {"influence": nobody}, "invite") == []


def test_quadrants_of_depth_and_breadth():
    orgs = [{"id": i} for i in ("beta", "gamma", "delta")]
    p = world(organizations=orgs)
    depth = of_entities(p, "depth", {"acme": 80, "beta": 20, "gamma": 90, "delta": 80})
    breadth = of_entities(p, "breadth", {"acme": 20, "beta": 80, "gamma": 90, "delta": np.nan})
    found = plays(p, {"depth": depth, "breadth": breadth})
    assert {(s.play, s.target) for s in found} == {("grow_breadth", "acme"), ("grow_depth", "beta")}


def test_pivots_are_invested_in_and_lighthouses_are_not():
    p = world(organizations=[{"id": "beta"}])
    ecosystem = of_entities(p, "ecosystem", {"acme": 5, "beta": 5}, verdict={"acme": "pivot", "beta": "lighthouse"})
    assert [s.target for s in plays(p, {"ecosystem": ecosystem}, "invest_pivot")] == ["acme"]


def test_an_overloaded_contact_is_left_in_peace_and_not_proposed_for_anything_else():
    staff = [{"id": f"s{i}", "internal": True} for i in range(5)]
    rows = [{"time": 90 + i + d / 10, "from": f"s{i}", "to": "ann"} for i in range(5) for d in range(4)]
    p = world(people=staff, interactions=rows)
    health = of_ties(p, "relationship_health", ("s0", "ann", 0.3), trend=-0.5)
    found = plays(p, {"relationship_health": health})
    assert [(s.play, s.target, s.reasons[0].args["colleagues"]) for s in found] == [("rest", "ann", 5)]


def test_what_a_leaver_kept_alive_is_handed_over():
    gone = {"id": "old", "internal": True, "left": True}
    p = world(
        people=[gone], organizations=[{"id": "beta"}], interactions=talk("old", "ann", 90) + talk("col", "ann", 40),
        facts=[{"subject": "old", "kind": "OWNS", "object": "beta"}],
    )  # fmt: skip
    found = plays(p, play="hand_over")
    assert {(s.owner, s.target, s.through) for s in found} == {("rep", "ann", "old"), (None, "beta", "old")}


@pytest.mark.parametrize("mark", ["left", "restricted"])
def test_nobody_who_left_or_is_restricted_is_proposed(mark):
    p = world(people=[{"id": "ann", "organization": "acme", mark: True}], interactions=talk("rep", "ann", 50, 60))
    health = of_ties(p, "relationship_health", ("rep", "ann", 0.3), trend=-0.5)
    influence = of_entities(p, "influence", {"ann": 3.0})
    assert plays(p, {"relationship_health": health, "influence": influence}) == []


def test_declined_ones_stay_away_by_param_and_each_play_is_capped():
    many = [{"id": f"o{i}"} for i in range(40)]
    deals = [{"id": f"d{i}", "organization": f"o{i}", "owner": "rep", "amount": 10.0 + i} for i in range(40)]
    p = world(organizations=many, opportunities=deals)
    assert len(plays(p, play="second_thread")) == 25
    top = plays(p, play="second_thread", per_play=1)[0].target
    assert top == "o39" and top not in {s.target for s in plays(p, away=frozenset({top}))}


def test_ids_are_stable_over_runs_and_order_does_not_depend_on_luck():
    p = world(interactions=talk("rep", "ann", 90), opportunities=[{"id": "d", "organization": "acme", "owner": "rep"}])
    first, second = plays(p), plays(p)
    assert first == second and first
    assert math.isfinite(sum(s.gain for s in first))


def test_nothing_known_gives_nothing():
    assert suggestions(toy.build(), {}, run_id=None) == []
    assert suggestions(toy.build(own_known=True), {}, run_id=None) == []
    assert suggestions(world(), {}, run_id=None) == []
    unknown = toy.build(interactions=talk("a", "b", 1), as_of=5)
    assert suggestions(unknown, {"tie_strength": tie_strength(unknown, TieStrengthParams())}, run_id=None) == []
