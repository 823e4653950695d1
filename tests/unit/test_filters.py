"""The filter of ties and people: what it keeps on a small graph worked out by hand, and that it tells no secret."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc import toy
from graphsvc.filters import Seen, TieFilter, industries
from graphsvc.model import Level
from graphsvc.policy import bands
from graphsvc.projection import Projection
from graphsvc.scores import Scores

ANN_BEA, ANN_CHO, BEA_CHO = 0, 1, 2  # rows of the ties


@pytest.fixture(scope="module")
def graph() -> Projection:
    """Ann of ours; Bea (VP, banking) by mail and phone; Cho (staff, energy) by mail long ago; Dan by robot mail."""
    rows: list[dict[str, Any]] = [
        {"time": 100, "from": "ann", "to": "bea", "channel": "mail", "kind": "mail"},
        {"time": 101, "from": "bea", "to": "ann", "channel": "phone", "kind": "call"},
        {"time": 1, "from": "ann", "to": "cho", "channel": "mail", "kind": "mail"},
        {"time": 100, "from": "cho", "to": "bea", "channel": "wecom", "kind": "chat"},
        {"time": 100, "from": "ann", "to": "dan", "channel": "fax", "kind": "mail", "weight": 0.0},
    ]
    people = [
        {"id": "ann", "internal": True},
        {"id": "bea", "level": Level.VP, "organization": "bank"},
        {"id": "cho", "level": Level.STAFF, "organization": "grid"},
    ]
    organizations = [{"id": "bank", "industry": "banking"}, {"id": "grid", "industry": "energy"}]
    return toy.build(interactions=rows, people=people, organizations=organizations, as_of=111)


@pytest.fixture(scope="module")
def strength(graph: Projection) -> Scores:
    return tie_strength(graph, TieStrengthParams())


def named(p: Projection, keep: Any) -> set[str]:
    return {ident.decode() for ident in p.entities.id[keep]}


@pytest.mark.parametrize(
    ("wanted", "rows"),
    [
        (TieFilter(), [ANN_BEA, ANN_CHO, BEA_CHO]),
        (TieFilter(channels=frozenset({"mail"})), [ANN_BEA, ANN_CHO]),
        (TieFilter(channels=frozenset({"phone", "wecom"})), [ANN_BEA, BEA_CHO]),
        (TieFilter(kinds=frozenset({"chat"})), [BEA_CHO]),
        (TieFilter(frozenset({"mail"}), frozenset({"call"})), []),  # no single interaction is both
        (TieFilter(frozenset({"phone"}), frozenset({"call"})), [ANN_BEA]),
        (TieFilter(channels=frozenset({"fax"})), []),  # what weighs nothing makes no tie
        (TieFilter(channels=frozenset({"no such"})), []),
        (TieFilter(age_max=10.0), [ANN_BEA]),
        (TieFilter(age_max=11.0), [ANN_BEA, BEA_CHO]),
        (TieFilter(age_max=11.0, channels=frozenset({"wecom"})), [BEA_CHO]),
    ],
)
def test_a_tie_is_kept_when_all_that_is_asked_holds(
    graph: Projection, strength: Scores, wanted: TieFilter, rows: list[int]
) -> None:
    for _ in range(2):  # the second time from what is remembered
        assert np.flatnonzero(wanted.ties(graph, strength)).tolist() == rows


def test_least_strength_is_inclusive(graph: Projection, strength: Scores) -> None:
    for value in strength.value.tolist():
        keep = TieFilter(strength_min=value).ties(graph, strength)
        assert keep.tolist() == (strength.value >= value).tolist()


@pytest.mark.parametrize(
    ("wanted", "who"),
    [
        (TieFilter(), {"ann", "bank", "bea", "cho", "dan", "grid"}),
        (TieFilter(levels=frozenset({"vp"})), {"ann", "bank", "bea", "grid"}),
        (TieFilter(levels=frozenset({"unknown", "staff"})), {"ann", "bank", "cho", "dan", "grid"}),
        (TieFilter(industries=frozenset({"energy"})), {"ann", "cho", "grid"}),
        (TieFilter(levels=frozenset({"vp"}), industries=frozenset({"energy"})), {"ann", "grid"}),
    ],
)
def test_customers_are_kept_by_level_and_industry_and_colleagues_always(
    graph: Projection, wanted: TieFilter, who: set[str]
) -> None:
    assert named(graph, wanted.people(graph)) == who


def test_industry_is_that_of_the_employer(graph: Projection) -> None:
    words = [graph.text(int(code)) for code in industries(graph)]
    assert words == [None, "banking", "banking", "energy", None, "energy"]


def test_what_a_caller_may_not_see_does_not_decide(graph: Projection, strength: Scores) -> None:
    cuts = tuple(np.quantile(strength.value, (1 / 3, 2 / 3)).tolist())
    seen = Seen(np.zeros(3, dtype=bool), np.zeros(len(graph), dtype=bool), (cuts[0], cuts[1]))
    for least in np.linspace(0.001, float(strength.value.max()), 50).tolist():
        assert not TieFilter(strength_min=least).ties(graph, strength, seen).any(), "nothing of them is known"
        for own in np.eye(3, dtype=bool):
            some = Seen(own, seen.entities, seen.cuts)
            keep = TieFilter(strength_min=least).ties(graph, strength, some)
            mine = float(strength.value[own][0])
            above = [band > bands(strength.value, seen.cuts)[own][0] for band in bands(strength.value, seen.cuts)]
            assert keep.tolist() == [least <= mine and bool(o or a) for o, a in zip(own, above, strict=True)]
    for wanted in (TieFilter(frozenset({"mail"})), TieFilter(kinds=frozenset({"mail"})), TieFilter(age_max=1e9)):
        assert not wanted.ties(graph, strength, seen).any()
    assert named(graph, TieFilter(levels=frozenset({"vp"})).people(graph, seen)) == {"ann", "bank", "grid"}


def test_an_empty_graph_has_nothing_to_keep() -> None:
    p = toy.build()
    everything = TieFilter(frozenset({"mail"}), strength_min=1.0, age_max=1.0, levels=frozenset({"vp"}))
    assert everything.ties(p, tie_strength(p, TieStrengthParams())).tolist() == []
    assert everything.people(p).tolist() == []
