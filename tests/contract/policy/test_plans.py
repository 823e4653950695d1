"""Seats, what-if and key people over the API: what they answer, and what a rep is not told."""

from __future__ import annotations

from typing import Any

import pytest

from graphsvc.policy import GRID
from tests.contract.policy.world import CANARIES, World

ORDERS: list[tuple[str, dict[str, Any]]] = [
    ("/v1/seats", {"k": 2}),
    ("/v1/seats", {"k": 3, "p": "0.5", "invited": ["a0@acme.example"], "exclude": ["acme"]}),
    ("/v1/seats", {"budget": 4, "cost_by": "level", "groups": ["beta"], "at_most": 1}),
    ("/v1/whatif", {"remove": ["bo@us.example"]}),
    ("/v1/whatif", {"remove": ["acme"], "limit": 1}),
    ("/v1/whatif", {"teams": ["us"]}),
    ("/v1/whatif", {"channel": "mail"}),
]


def post(world: World, who: str, url: str, body: dict[str, Any], status: int = 200, **headers: str) -> Any:
    response = world.clients[who].post(url, json=body, headers=headers)
    assert response.status_code == status, f"{who} {url}: {response.text}"
    return response.json()


@pytest.mark.parametrize(("url", "body"), ORDERS)
@pytest.mark.parametrize("who", ["owner", "anna", "reader"])
def test_every_plan_answers_those_who_may_read(world: World, who: str, url: str, body: dict[str, Any]) -> None:
    found = post(world, who, url, body)
    assert found["meta"]["as_of"] == found["as_of"]
    if who != "owner":
        assert not [c for c in CANARIES if c in str(found).lower()]


def test_who_may_only_write_may_not_ask(world: World) -> None:
    for url, body in ORDERS:
        post(world, "writer", url, body, 403)
    assert world.clients["writer"].get("/v1/key-people").status_code == 403


def test_seats_are_told_with_what_is_certain(world: World) -> None:
    found = post(world, "owner", "/v1/seats", {"k": 1, "p": "1"})
    (seat,) = found["seats"]
    assert (seat["rank"], seat["listeners"]) == (1, 1 + (seat["person"]["name"] == "Berta One") * 2) or seat[
        "listeners"
    ]
    guarantee = found["guarantee"]
    assert found["spread"]["low"] <= found["spread"]["value"] <= found["spread"]["high"] <= found["audience"]
    assert 0.5 < guarantee["certified_ratio"] <= 1.0
    assert guarantee["confidence"] == pytest.approx(0.999)
    assert found["spread"]["low"] == pytest.approx(guarantee["certified_ratio"] * guarantee["best_possible"])
    assert found["tried"][found["method"]] == max(found["tried"].values())
    again = post(world, "owner", "/v1/seats", {"k": 1, "p": "1"})
    assert {k: v for k, v in again.items() if k != "seconds"} == {k: v for k, v in found.items() if k != "seconds"}


def test_a_rep_is_not_told_through_whom_others_people_reach(world: World) -> None:
    for seat in post(world, "anna", "/v1/seats", {"k": 9})["seats"]:
        assert all(e["key"].endswith("@acme.example") for e in seat["reaches"])
    assert post(world, "anna", "/v1/seats", {"k": 9})["meta"]["hidden"] > 0


def test_a_rep_is_told_of_own_accounts_in_coarse_steps(world: World) -> None:
    found = post(world, "anna", "/v1/whatif", {"remove": ["bo@us.example", "anna@us.example"]})
    assert {a["account"]["name"] for a in found["accounts"]} <= {"Acme"}
    assert {d["account"]["name"] for d in found["deals"]} <= {"Acme"}
    assert {h["account"]["name"] for h in found["health"]} <= {"Acme"}
    assert found["meta"]["hidden"] == 1
    other = post(world, "anna", "/v1/whatif", {"remove": ["a0@acme.example"]})
    for a in other["accounts"]:
        others = [e for e in a["path_after"] if e["name"] == "Anna"]
        assert others or a["after"] in (*GRID, 0.0)
    whole = post(world, "owner", "/v1/whatif", {"remove": ["bo@us.example", "anna@us.example"]})
    assert {a["account"]["name"] for a in whole["accounts"]} == {"Acme", "Beta"}


def test_key_people_are_one_what_if_each(world: World) -> None:
    found = world.get("owner", "/v1/key-people")
    assert found["count"] == 3
    for item in found["items"]:
        alone = post(world, "owner", "/v1/whatif", {"remove": [item["person"]["key"]]})
        assert item["paths"] == pytest.approx(alone["paths"]["loss"], abs=1e-9)
        assert item["sole"] == alone["accounts_cut"]
        assert item["ties"] == alone["ties"]["loss"]
        assert item["pipeline"] == pytest.approx({c: f["loss"] for c, f in alone["pipeline"].items()})
    by_deals = world.clients["owner"].get("/v1/key-people?by=pipeline&who=all&limit=2").json()
    assert len(by_deals["items"]) == 2
    assert by_deals["items"][0]["share"] >= by_deals["items"][1]["share"]
    rep = world.clients["anna"].get("/v1/key-people?who=all&limit=100").json()
    assert {a["name"] for i in rep["items"] for a in i["worst"]} <= {"Acme"}
    assert not [c for c in CANARIES if c in str(rep).lower()]


@pytest.mark.parametrize(
    ("url", "body", "status"),
    [
        ("/v1/seats", {"k": 0}, 422),
        ("/v1/seats", {"p": "often"}, 422),
        ("/v1/seats", {"p": "fitted"}, 422),
        ("/v1/seats", {"budget": 5}, 422),
        ("/v1/seats", {"budget": 5, "costs": {"a0@acme.example": -1}}, 422),
        ("/v1/seats", {"costs": {"a0@acme.example": 1}, "cost_by": "level"}, 422),
        ("/v1/seats", {"groups": ["nobody.example"]}, 404),
        ("/v1/seats", {"seats": 5}, 422),
        ("/v1/whatif", {}, 422),
        ("/v1/whatif", {"remove": ["nobody@nowhere.example"]}, 404),
        ("/v1/whatif", {"channel": "fax"}, 422),
    ],
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_what_cannot_be_answered_is_refused_in_one_sentence(
    world: World, url: str, body: dict[str, Any], status: int, language: str
) -> None:
    problem = post(world, "owner", url, body, status, **{"accept-language": language})
    assert problem["status"] == status
    assert any("一" <= c <= "鿿" for c in problem["detail"]) == (language == "zh")


def test_costs_by_key_leave_out_whom_nobody_knows_and_say_so(world: World) -> None:
    body = {"budget": 2, "costs": {"a0@acme.example": 2, "zq1@beta.example": 5, "nobody@nowhere.example": 1}}
    found = post(world, "owner", "/v1/seats", body)
    assert [s["person"]["key"] for s in found["seats"]] == ["a0@acme.example"]
    assert found["cost"] == 2
    assert any("nobody@nowhere.example" in n for n in found["meta"]["notes"])
