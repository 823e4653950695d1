"""Who stands near whom: equal to a search by hand, node by node, on random graphs; limits, filters and order."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.kernels.neighbourhood import SHOWN_FACTS, Wanted, around, neighbours, spread
from graphsvc.model import Label
from graphsvc.projection import Index, Projection
from graphsvc.scores import Scores


def random_graph(seed: int) -> Projection:
    """Some people of some companies, with ties and facts at random."""
    rng = random.Random(seed)
    people = [f"p{i:02d}" for i in range(25)]
    pairs = [rng.sample(people, 2) for _ in range(40)]
    mails = [{"time": rng.randrange(100), "from": a, "to": b} for a, b in pairs for _ in range(rng.randrange(1, 4))]
    facts = [{"subject": a, "kind": "FOLLOWS", "object": b} for a, b in (rng.sample(people, 2) for _ in range(10))]
    works = [{"id": p, "organization": f"org{rng.randrange(4)}"} for p in people if rng.random() < 0.6]
    return toy.build(people=works, interactions=mails, facts=facts, as_of=100)


def plain_spread(
    p: Projection, strength: Scores, centres: list[int], hops: int, wanted: Wanted
) -> tuple[list[int], dict[int, int]]:
    """The same by hand: hop by hop, best step first, then by index."""
    steps: dict[int, list[tuple[int, float]]] = {i: [] for i in range(len(p))}
    assert strength.b is not None
    for row, (a, b) in enumerate(zip(strength.a.tolist(), strength.b.tolist(), strict=True)):
        if wanted.ties[row]:
            steps[a].append((b, wanted.weight[row]))
            steps[b].append((a, wanted.weight[row]))
    if wanted.facts:
        facts = p.facts_of(*SHOWN_FACTS)
        for a, b in zip(facts.subject.tolist(), facts.object.tolist(), strict=True):
            steps[a].append((b, 1.0))
            steps[b].append((a, 1.0))
        for i in p.people.tolist():
            if p.entities.organization[i] >= 0:
                steps[i].append((int(p.entities.organization[i]), 1.0))
    order, distance, frontier = list(centres), dict.fromkeys(centres, 0), list(centres)
    for hop in range(1, hops + 1):
        best: dict[int, float] = {}
        found = [step for i in frontier for step in steps[i]]
        if hop == 1:
            found += [(int(i), 1.0) for i in around(p, np.array(centres, dtype=np.int32))]
        for to, weight in found:
            if to not in distance and wanted.entities[to]:
                best[to] = max(best.get(to, 0.0), weight)
        frontier = sorted(best, key=lambda i: (-best[i], i))
        distance |= dict.fromkeys(frontier, hop)
        order += frontier
    return order, distance


def indices(*some: int) -> Index:
    return np.array(some, dtype=np.int32)


@pytest.mark.parametrize("seed", range(12))
def test_a_walk_equals_one_by_hand(seed: int) -> None:
    p = random_graph(seed)
    strength = tie_strength(p, TieStrengthParams())
    rng = np.random.default_rng(seed)
    wanted = Wanted(rng.random(len(p)) < 0.8, rng.random(len(strength)) < 0.8, bool(seed % 2), strength.value)
    centres = rng.choice(len(p), 1 + seed % 3, replace=False).astype(np.int32)
    for hops in range(5):
        beside = around(p, centres)
        got, distance = spread(neighbours(p, strength), centres, hops, wanted, beside, lambda: None)
        order, far = plain_spread(p, strength, centres.tolist(), hops, wanted)
        assert got.tolist() == order
        assert {i: d for i, d in enumerate(distance.tolist()) if d >= 0} == far


def test_an_organization_shows_its_people_but_is_not_walked_through() -> None:
    people = [{"id": key, "organization": "org"} for key in ("a", "b", "c")]
    p = toy.build(people=people, interactions=[{"time": 1, "from": "a", "to": "x"}], as_of=2)
    strength = tie_strength(p, TieStrengthParams())
    every = Wanted(np.ones(len(p), dtype=bool), np.ones(1, dtype=bool), True, strength.value)
    a, b, c, org, x = (p.index[key] for key in ("a", "b", "c", "org", "x"))
    found = spread(neighbours(p, strength), indices(org), 1, every, around(p, indices(org)), lambda: None)[0]
    assert found.tolist() == [org, a, b, c]
    found = spread(neighbours(p, strength), indices(x), 6, every, around(p, indices(x)), lambda: None)[0]
    assert found.tolist() == [x, a, org], "the other people of the company are not near"


def test_a_deal_shows_who_takes_part() -> None:
    rows: dict[str, Any] = {
        "opportunities": [{"id": "deal", "organization": "firm", "owner": "rep"}],
        "facts": [{"subject": "buyer", "kind": "STAKEHOLDER_IN", "object": "deal", "role": "champion"}],
    }
    p = toy.build(**rows, as_of=2)
    found = around(p, indices(p.index["deal"]))
    assert {p.entities.id[i].decode() for i in found} == {"firm", "rep", "buyer"}
    assert p.entities.label[p.index["deal"]] == Label.OPPORTUNITY


def test_the_time_is_looked_at_before_each_hop() -> None:
    p = random_graph(1)
    strength = tie_strength(p, TieStrengthParams())
    every = Wanted(np.ones(len(p), dtype=bool), np.ones(len(strength), dtype=bool), True, strength.value)
    looks: list[int] = []
    spread(neighbours(p, strength), indices(0), 3, every, indices(), lambda: looks.append(1))
    assert len(looks) == 3


def test_nobody_is_near_on_an_empty_graph() -> None:
    p = toy.build()
    strength = tie_strength(p, TieStrengthParams())
    near = neighbours(p, strength)
    wanted = Wanted(np.zeros(0, dtype=bool), np.zeros(0, dtype=bool), True, np.zeros(0))
    assert spread(near, indices(), 2, wanted, indices(), lambda: None)[0].tolist() == []
