"""No answer goes beyond its budget of rows, hops and seconds."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from api import answers
from api.answers import Ask
from graphsvc.errors import BudgetError
from graphsvc.policy import Budget
from tests.contract.policy.world import World

COSTS: dict[str, Callable[[Ask], object]] = {
    "search": lambda ask: answers.search(ask, "berta", limit=3),
    "relationships": lambda ask: answers.relationships(ask, limit=3),
    "scores": lambda ask: answers.scores(ask, "depth", limit=3),
    "scores by key": lambda ask: answers.scores(ask, "depth", ["acme", "beta", "us"], limit=1),
    "explain": lambda ask: answers.explain(ask, "tie_strength", "anna@us.example", "bo@us.example", limit=3),
    "paths": lambda ask: answers.paths(ask, "crm-b2", k=3),
    "map": lambda ask: answers.ego_map(ask, "anna@us.example", limit=3),
    "top": lambda ask: answers.top(ask, "anna@us.example", size=3),
    "recommendations": lambda ask: answers.recommendations(ask, limit=3),
    "changes": lambda ask: answers.changes(ask, limit=3),
    "models": lambda ask: answers.models(ask, limit=3),
    "runs": lambda ask: answers.runs(ask, limit=3),
}


@pytest.mark.parametrize("name", COSTS)
def test_no_read_gives_more_rows_than_the_budget(world: World, name: str) -> None:
    with pytest.raises(BudgetError, match="3 rows"):
        COSTS[name](world.ask("anna", budget=Budget(rows=2)))
    COSTS[name](world.ask("anna", budget=Budget(rows=3)))


def test_hops_and_seconds_are_limits(world: World) -> None:
    near = Budget(hops=1)
    with pytest.raises(BudgetError, match="2 hops"):
        answers.paths(world.ask("anna", budget=near), "crm-b2", hops=2)
    with pytest.raises(BudgetError, match="2 hops"):
        answers.ego_map(world.ask("anna", budget=near), "anna@us.example", hops=2)
    short = answers.paths(world.ask("anna", budget=near), "a0@acme.example", "anna@us.example")
    assert {len(p.hops) for p in short.paths} == {1}, "what is not asked for is kept within the budget"
    hurry = world.ask("owner", budget=Budget(seconds=0.0))
    cut = answers.paths(hurry, "crm-b2")
    assert (cut.complete, cut.paths) == (False, []) and cut.bound is not None
    for ask in (
        lambda: answers.ego_map(hurry, "anna@us.example"),
        lambda: answers.scores(hurry, "depth", ["acme"]),
        lambda: answers.recommendations(hurry),
    ):
        with pytest.raises(BudgetError, match="seconds"):
            ask()
