"""Influence on cascades whose truth is planted: who caused what, what is to come, and likeness without influence.

``python -m pytest tests/truth/test_planted_influence.py -m 'slow or not slow' -s`` prints the figures.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from algorithms import influence_model as model
from algorithms.influence import InfluenceParams, by_likeness, fit, influence
from graphsvc.kernels import credit as c
from graphsvc.kernels.excess import Excess
from graphsvc.kernels.fdr import discoveries
from graphsvc.kernels.ranking import spearman
from graphsvc.projection import Floats
from tests.truth.planted import GRAPHS, Cascades, Plan, cascades, name

PARAMS = InfluenceParams()
SEEDS = range(4)


@cache
def planted(graph: str, seed: int, strength: float, weak: float, likeness: float) -> Cascades:
    return cascades(Plan(graph=graph, strength=strength, weak=weak, likeness=likeness), seed)


def against_likeness(world: Cascades, *, employers: bool = True) -> tuple[Excess, Floats, Floats]:
    """What likeness explains; per person, the chance of its credit, and its excess credit."""
    p = world.projection(employers=employers)
    given, _, law = c.credit_of(p, PARAMS.half_life_days)
    found = by_likeness(p, PARAMS, given, law, model.groups(p))
    excess = given.direct(len(p)) + given.chains(len(p)) - found.by_likeness
    return found, found.chance()[p.people], excess[p.people]


def deviation(e: Excess) -> float:
    return float((e.exposed.sum() - e.exposed_by_likeness.sum()) / np.sqrt(e.exposed_variance.sum()))


@pytest.mark.parametrize("graph", GRAPHS)
def test_likeness_alone_is_no_excess_and_makes_no_influencer(graph: str) -> None:
    """Groups adopt in waves of their own; people follow their group. Credit is plenty, influence there is none."""
    found = [against_likeness(planted(graph, 100 + seed, 0.0, 0.0, 0.15)) for seed in SEEDS]
    z = [deviation(e) for e, _, _ in found]
    assert np.abs(z).max() < 3.5 and abs(np.mean(z)) < 1.5, z
    assert sum(int(discoveries(chance, 0.05).sum()) for _, chance, _ in found) <= 1
    parts = [float(excess.sum() / max(e.known.sum(), 1)) for e, _, excess in found]
    assert np.abs(parts).max() < 0.15, "of credit that likeness gives, next to nothing is left over"


@pytest.mark.parametrize("graph", GRAPHS)
def test_planted_influencers_are_found_amid_likeness_with_few_false_ones(graph: str) -> None:
    found = right = strong = 0
    for seed in SEEDS:
        world = planted(graph, 100 + seed, 0.5, 0.03, 0.05)
        e, chance, _ = against_likeness(world)
        assert deviation(e) > 5
        named, able = discoveries(chance, 0.05), world.strength > 0.1
        caused = world.caused()
        found, right = found + int(named.sum()), right + int((named & able).sum())
        strong += int((able & (caused >= 5)).sum())
    print(f"\n{graph}: {found} named, {right} of them planted; {strong} planted people caused five adoptions or more")
    assert right / found >= 0.8, "false discoveries"
    assert right / strong >= 0.5, "recall of those who really caused something"


@pytest.mark.parametrize("graph", GRAPHS)
def test_credit_goes_to_those_who_caused_adoptions(graph: str) -> None:
    for seed in SEEDS:
        world = planted(graph, 100 + seed, 0.5, 0.03, 0.05)
        s = influence(world.projection(), PARAMS)
        caused = world.caused()
        got, rank = spearman(s.value, caused), spearman(np.nan_to_num(s.beside["followers"]), caused)
        assert got > 0.45 and got > rank, (got, rank)


def test_without_known_employers_alike_friends_look_like_influence() -> None:
    """The limit: a likeness that the groups do not know cannot be told from influence (Shalizi & Thomas 2011)."""
    z = [deviation(against_likeness(planted("grouped", 100 + s, 0.0, 0.0, 0.15), employers=False)[0]) for s in SEEDS]
    assert np.mean(z) > 2
    named = [discoveries(against_likeness(planted("grouped", 100 + s, 0.0, 0.0, 0.15), employers=False)[1], 0.05)
             for s in SEEDS]  # fmt: skip
    assert sum(int(n.sum()) for n in named) <= 1, "but no single person is accused of it"


@pytest.mark.slow
@pytest.mark.parametrize("graph", GRAPHS)
def test_reach_is_calibrated_and_names_who_gets_later_followers(graph: str) -> None:
    expected, actual, mine, plain, credit = [], [], [], [], []
    for seed in range(6):
        world = cascades(Plan(graph=graph, likeness=0.08, works=30), 200 + seed)
        for at in (600.0, 750.0):
            e, a, r = later(world, at)
            expected.append(e.sum())
            actual.append(a.sum())
            mine.append(spearman(r["reach"], a))
            plain.append(max(spearman(r[k], a) for k in ("open_followers", "followers", "pagerank", "core")))
            credit.append(spearman(r["credit_ahead"], a))
    total = sum(expected) / sum(actual)
    print(f"\n{graph}: expected/actual {total:.2f}, Spearman {np.mean(mine):.3f} against {np.mean(plain):.3f}, "
          f"credit ahead {np.mean(credit):.3f}")  # fmt: skip
    assert 0.7 < total < 1.4
    assert np.mean(mine) > np.mean(plain) + 0.02
    assert np.mean(credit) > np.mean(plain)


def later(world: Cascades, at: float) -> tuple[Floats, Floats, dict[str, Floats]]:
    """Reach, later followers within 180 days, and other figures, of people who had something to pass on."""
    p = world.projection(at)
    s = influence(p, PARAMS)
    has: dict[int, set[int]] = {}
    came: dict[int, set[int]] = {}
    for time, person, work, _ in world.adopted:
        (has if time <= at else came if time <= at + 180 else {}).setdefault(person, set()).add(work)
    followers: dict[int, list[int]] = {}
    for follower, leader in world.follows:
        followers.setdefault(leader, []).append(follower)
    people = sorted(has)
    truth = np.array([sum(bool(came.get(v, set()) & has[u]) for v in followers.get(u, [])) for u in people], float)
    rows = np.array([s.row_of(p.index[name(u)]) for u in people])
    figures = {k: np.nan_to_num(np.asarray(v, dtype=float))[rows] for k, v in s.beside.items()}
    return figures["reach"], truth, figures


def test_a_model_of_the_past_says_how_well_it_did() -> None:
    world = cascades(Plan(likeness=0.08, works=30), 200)
    m = fit(world.projection(800.0), PARAMS)
    assert not m.cold_start and m.content["dates"] >= 3
    assert m.heldout["log_loss"] <= m.heldout["log_loss_rate"] + 1e-3, "no worse than one rate for everybody"
    assert 0 < m.content["adoptions"] < m.content["rows"]
