"""Ecosystem: the signal threshold, outward credit, supply edges and verdicts, worked out by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from algorithms.depth import DepthParams, depth
from algorithms.ecosystem import EcosystemParams, ecosystem, explain
from algorithms.ecosystem_stability import _credit_by_organization
from algorithms.influence import InfluenceParams, influence
from bench.worlds import world
from graphsvc import toy
from graphsvc.kernels import credit
from graphsvc.model import Label
from graphsvc.projection import Projection
from graphsvc.registry import Inputs
from graphsvc.scores import Scores

US = {"id": "us", "internal": True}


def score(p: Projection) -> tuple[Scores, Inputs]:
    inputs = Inputs({"influence": influence(p, InfluenceParams()), "depth": depth(p, DepthParams())})
    return ecosystem(p, EcosystemParams(), inputs), inputs


def of(p: Projection, s: Scores, key: str, column: str = "value") -> Any:
    row = s.row_of(p.index[key])
    assert row is not None
    return {"value": s.value, **s.terms, **s.beside}[column][row]


def reason(p: Projection, s: Scores, key: str) -> str:
    row = s.row_of(p.index[key])
    assert row is not None and s.reason is not None
    return s.reasons[s.reason[row]].text("en")


def share(i: int, who: str, to: str) -> dict[str, Any]:
    return {"time": 100.0 + i, "from": who, "to": to, "kind": "share", "id": f"s{i}"}


def spread(companies: int) -> list[dict[str, Any]]:
    """A person ``a`` of ``x`` adopts first; one follower in each of some other organizations follows suit."""
    facts = [{"subject": "a", "kind": "ADOPTED", "object": "w", "from": 1.0}]
    for i in range(companies):
        facts += [
            {"subject": f"f{i}", "kind": "FOLLOWS", "object": "a"},
            {"subject": f"f{i}", "kind": "ADOPTED", "object": "w", "from": 2.0 + i},
        ]
    return facts


def employed(companies: int) -> list[dict[str, Any]]:
    return [US, {"id": "a", "organization": "x"}, *({"id": f"f{i}", "organization": f"y{i}"} for i in range(companies))]


def test_below_the_threshold_it_says_how_far_it_is() -> None:
    for shares in (0, 1, 2):
        rows = [share(i, "a", "f0") for i in range(shares)]
        p = toy.build(people=employed(1), interactions=rows, as_of=200)
        s, _ = score(p)
        assert np.isnan(of(p, s, "x"))
        assert f"{shares} of 3" in reason(p, s, "x")
        assert of(p, s, "x", "verdict") == ""


def test_three_shares_make_it_assessed_but_not_when_they_go_to_us_or_to_a_crowd() -> None:
    p = toy.build(people=employed(1), interactions=[share(i, "a", "f0") for i in range(3)], as_of=200)
    assert of(p, score(p)[0], "x") == 0.0
    p = toy.build(people=employed(1), interactions=[share(i, "a", "us") for i in range(3)], as_of=200)
    assert "0 of 3" in reason(p, score(p)[0], "x")
    crowd = [share(0, "a", k) for k in ("f0", "f1", "f2")]
    p = toy.build(people=employed(3), interactions=crowd, as_of=200)
    assert "1 of 3" in reason(p, score(p)[0], "x")


def test_shared_facts_count_as_shares() -> None:
    facts = [{"subject": "a", "kind": "SHARED", "object": f"w{i}", "from": 1.0} for i in range(3)]
    p = toy.build(people=employed(1), facts=facts, as_of=9)
    assert of(p, score(p)[0], "x", "shares") == 3


def test_three_adopting_organizations_make_it_assessed_and_bring_outward_credit() -> None:
    p = toy.build(people=employed(2), facts=spread(2), as_of=50)
    assert "2 of 3" in reason(p, score(p)[0], "x")
    p = toy.build(people=employed(4), facts=spread(4), as_of=50)
    s, _ = score(p)
    assert of(p, s, "x", "outward") == of(p, s, "x", "adopting_orgs") == 4
    assert of(p, s, "x") == 4.0
    assert of(p, s, "x", "verdict") == "pivot"


def test_adoption_inside_the_own_walls_is_no_ecosystem() -> None:
    people = [{**row, "organization": "x"} if row["id"] != "us" else row for row in employed(5)]
    p = toy.build(people=people, facts=spread(5), as_of=50)
    s, _ = score(p)
    assert of(p, s, "x", "adopting_orgs") == 0
    assert np.isnan(of(p, s, "x"))


@pytest.mark.parametrize(("age", "assessed"), [(100.0, True), (729.0, True), (731.0, False)])
def test_a_referral_counts_for_two_years(age: float, assessed: bool) -> None:
    facts = [{"subject": "a", "kind": "REFERRED", "object": "f0", "from": 1000.0 - age}]
    p = toy.build(people=employed(1), facts=facts, as_of=1000)
    s, _ = score(p)
    assert np.isfinite(of(p, s, "x")) == assessed


def test_supply_and_partner_relations_count_once_per_other_organization_while_they_hold() -> None:
    pairs = [("SUPPLIES", "x", "y0"), ("PARTNERS_WITH", "y0", "x"), ("SUPPLIES", "y1", "x")]
    facts = [{"subject": a, "kind": k, "object": b, "from": 1.0} for k, a, b in pairs]
    facts += [{"subject": "x", "kind": "SUPPLIES", "object": "y2", "from": 1.0, "to": 5.0}]
    facts += [{"subject": "x", "kind": "REFERRED", "object": "y0", "from": 1.0}]
    p = toy.build(people=employed(3), facts=facts, as_of=9)
    s, inputs = score(p)
    assert of(p, s, "x", "supply") == 2
    row = s.row_of(p.index["x"])
    assert row is not None
    supply = explain(p, EcosystemParams(), inputs, s, row)[1]
    assert supply.rows is not None and supply.shares is not None
    assert len(supply.rows) == 2 and supply.shares.tolist() == [1.0, 1.0]


def test_outward_opens_to_the_adoptions_elsewhere() -> None:
    p = toy.build(people=employed(3), facts=spread(3), as_of=50)
    s, inputs = score(p)
    row = s.row_of(p.index["x"])
    assert row is not None
    outward = explain(p, EcosystemParams(), inputs, s, row)[0]
    adopted = p.facts_of("ADOPTED")
    elsewhere = {int(r) for who, r in zip(adopted.subject, adopted.row, strict=True) if who != p.index["a"]}
    assert outward.rows is not None and set(outward.rows.tolist()) == elsewhere
    assert outward.shares is not None
    np.testing.assert_allclose(outward.shares, 1.0)


def test_a_deep_won_customer_with_little_outward_reach_is_a_lighthouse() -> None:
    people = [US, *({"id": k, "organization": f"o-{k}"} for k in "abcd")]
    touches = [{"time": 50.0 + i, "from": "us", "to": "a", "id": f"t{i}"} for i in range(20)]
    touches += [{"time": 50.0, "from": "us", "to": k, "id": f"u{k}"} for k in "bcd"]
    shares = [share(i, "a", "b") for i in range(3)]
    deal = {"id": "deal", "organization": "o-a", "created": 1.0, "closed": 60.0, "won": 1}
    p = toy.build(people=people, interactions=touches + shares, opportunities=[deal], as_of=200)
    s, _ = score(p)
    assert of(p, s, "o-a", "verdict") == "lighthouse"
    lost = toy.build(people=people, interactions=touches + shares, opportunities=[{**deal, "won": 0}], as_of=200)
    assert of(lost, score(lost)[0], "o-a", "verdict") == ""


def test_our_own_organization_has_no_row() -> None:
    p = toy.build(people=employed(1), organizations=[{"id": "we", "internal": True}], as_of=9)
    assert score(p)[0].row_of(p.index["we"]) is None


def test_credit_by_organization_is_that_of_its_people_one_by_one() -> None:
    p = world(600, 1_500, 6_000)
    given = credit.credit_of(p, 90.0)[0]
    home = credit.home_of(p)[given.events.entity]
    companies = np.unique(home[(home >= 0) & (p.entities.label[given.events.entity] == Label.PERSON)])
    truth: dict[tuple[int, int], float] = {}
    for person in np.unique(given.events.entity[given.earlier]):
        mine = int(p.entities.organization[person])
        for event in np.flatnonzero(brought := np.add(*credit.reached(given, int(person)))):
            if home[event] not in (-1, mine):
                key = mine, int(home[event])
                truth[key] = truth.get(key, 0.0) + float(brought[event])
    made: dict[tuple[int, int], float] = {}
    for mine, theirs, value in zip(*_credit_by_organization(p, given, home, companies), strict=True):
        made[int(mine), int(theirs)] = made.get((int(mine), int(theirs)), 0.0) + float(value)
    assert made.keys() == truth.keys() and len(truth) > 20
    assert made == pytest.approx(truth, rel=1e-9)
