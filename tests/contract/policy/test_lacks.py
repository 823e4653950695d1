"""Whom we lack rests on everybody's ties: who is not the owner sees coarse steps."""

from __future__ import annotations

import pytest

from graphsvc.policy import GRID, rounded
from tests.contract.policy.world import World


@pytest.mark.parametrize("to", ["crm-b2", "a0@acme.example"])
def test_a_rep_sees_steps_where_the_owner_sees_figures(world: World, to: str) -> None:
    figures, steps = (world.get(who, "/v1/lacks", to=to) for who in ("owner", "anna"))
    assert [i["to"]["key"] for i in steps["items"]] == [i["to"]["key"] for i in figures["items"]]
    for item in steps["items"]:
        assert item["probability"] in (0.0, *GRID) and item["gain"] in (0.0, *GRID)
    assert steps["now"] in (0.0, *GRID) and steps["now"] <= figures["now"]


def test_sums_over_an_organization_are_rounded_for_a_rep(world: World) -> None:
    figures, steps = (world.get(who, "/v1/lacks", to="acme") for who in ("owner", "anna"))
    assert steps["people"] == figures["people"] > 1
    assert steps["now"] == rounded(figures["now"], 1)
