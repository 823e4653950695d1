"""Communities, brokers and silent groups: the owner sees all, a rep the own part, and what is hidden is said."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.policy.world import World

SILENT = "/v1/silent-groups?every=true&weeks=0.1"


def get(world: World, who: str, url: str) -> dict[str, Any]:
    response = world.clients[who].get(url)
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    return body


def test_a_rep_sees_members_they_know_without_figures_of_others(world: World) -> None:
    owners, annas = get(world, "owner", "/v1/communities"), get(world, "anna", "/v1/communities")
    assert owners["meta"]["hidden"] == 0 and annas["meta"]["hidden"] > 0
    named = {m["person"]["name"] for c in annas["items"] for m in c["members"]}
    assert "Ada 0" in named and not named & {"Berta One", "Berta Two"}
    for community in annas["items"]:
        for member in community["members"]:
            own = member["person"]["name"] in ("Anna", "Ada 0", "Ada 1", "Ada 2", "Ada 3")
            assert (member["central"] is not None) == own, member
    assert all(m["central"] is not None for c in owners["items"] for m in c["members"])


def test_a_rep_sees_brokers_of_own_accounts_only(world: World) -> None:
    owners, annas = get(world, "owner", "/v1/brokers"), get(world, "anna", "/v1/brokers")
    assert {"Bo", "Anna"} <= {b["person"]["name"] for b in owners["items"]}
    seen = {b["person"]["name"] for b in annas["items"]}
    assert "Anna" in seen and seen <= {"Anna", "Ada 0", "Ada 1", "Ada 2", "Ada 3"}
    assert annas["meta"]["hidden"] == len(owners["items"]) - len(annas["items"]) > 0
    ranks = {b["person"]["name"]: b["rank"] for b in owners["items"]}
    assert all(b["rank"] == ranks[b["person"]["name"]] for b in annas["items"]), "a rank is among all"


def test_sides_are_ours_or_not(world: World) -> None:
    ours, outside = (get(world, "owner", f"/v1/brokers?side={side}")["items"] for side in ("ours", "outside"))
    assert ours and all(b["internal"] for b in ours) and not any(b["internal"] for b in outside)


def test_a_rep_hears_of_the_silence_of_own_accounts_only(world: World) -> None:
    owners, annas, cais = (get(world, who, SILENT) for who in ("owner", "anna", "cai"))
    pairs = {(i["a"]["name"], i["b"]["name"]) for i in owners["items"]}
    assert ("our own people", "Beta") in pairs, "ours stands first"
    assert all(i["b"]["name"] == "Acme" for i in annas["items"])
    assert (len(cais["items"]), cais["meta"]["hidden"]) == (0, len(owners["items"]))
    assert annas["meta"]["hidden"] == len(owners["items"]) - len(annas["items"])


@pytest.mark.parametrize("by", ["community", "team"])
def test_silence_between_people_is_for_the_owner(world: World, by: str) -> None:
    said = get(world, "anna", f"{SILENT}&by={by}")
    assert said["items"] == [] and said["meta"]["notes"]
    assert said["by"] == by


def test_pages_hold_every_row_once(world: World) -> None:
    whole = get(world, "owner", "/v1/brokers")["items"]
    parts, url = [], "/v1/brokers?limit=1"
    while url:
        response = world.clients["owner"].get(url)
        parts += response.json()["items"]
        url = response.links.get("next", {}).get("url", "")
    assert parts == whole and len(whole) > 1


def test_another_date_is_another_answer_and_before_all_there_is_nothing(world: World) -> None:
    for url in ("/v1/communities", "/v1/brokers", "/v1/silent-groups"):
        assert get(world, "owner", f"{url}?as_of=2001-01-01")["items"] == []
    past = get(world, "owner", f"{SILENT}&as_of=2026-03-01")
    assert all(i["last"] < "2026-03-01" for i in past["items"])


@pytest.mark.parametrize(
    "url",
    ["/v1/communities?resolution=0", "/v1/brokers?by=planet", "/v1/silent-groups?weeks=-1", "/v1/silent-groups?week=3"],
)
def test_a_wrong_question_is_told(world: World, url: str) -> None:
    response = world.clients["owner"].get(url)
    assert response.status_code == 422 and response.json()["detail"]
