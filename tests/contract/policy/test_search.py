"""Search finds for a rep what the rep may see, however it is written, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from api.answers import Ask, search
from graphsvc.policy import OWNER, Caller
from graphsvc.workspace import Workspace
from tests.contract.policy.world import World, opened, person, world_rows


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Workspace]:
    """Anna's and Bo's accounts with Chinese names; one of Bo's contacts has a name that only another source knows."""
    rows = world_rows()
    rows["people"] += [
        person("crm-c1", "曾國藩", "beta", "zq7@beta.example", "机密总监"),
        person("a9@acme.example", "吕布", "acme", "a9@acme.example", "采购总监"),
        person("dora@us.example", None, "us", "dora@us.example"),
    ]
    workspace = opened(tmp_path / "mixed.db", rows)
    yield workspace
    workspace.store.close()


def found(workspace: Workspace, who: str, text: str) -> list[str | None]:
    (me,) = workspace.store.resolve(f"{who}@us.example", OWNER, "person")
    caller = Caller(me.id, frozenset({"rep"}), who, frozenset({"read"}))
    return [item.name or item.key for item in search(Ask(workspace, caller), text).items]


@pytest.mark.parametrize(
    "text", ["曾国藩", "曾國藩", "zengguofan", "zeng gf", "zgf", "guofan", "zengguofna", "beta zeng"]
)
def test_a_visible_name_is_found_however_it_is_written(mixed: Workspace, text: str) -> None:
    assert found(mixed, "anna", text)[:1] == ["曾國藩"]


@pytest.mark.parametrize(
    "text", ["zq7", "zq7@beta.example", "机密", "jimi", "曾总", "canarydeal", "cd1", "canaridtitle"]
)
def test_what_is_hidden_is_not_found_by_any_spelling(mixed: Workspace, text: str) -> None:
    expected = ["曾國藩"] if text == "曾总" else []  # by the surname; the title adds nothing
    assert found(mixed, "anna", text) == expected
    assert found(mixed, "cai", text) == expected


def test_a_title_does_not_move_somebody_elses_contact(mixed: Workspace) -> None:
    """王总 puts people whose title says so first; of hidden titles nothing may be seen, not even in the order."""
    assert found(mixed, "anna", "曾总") == found(mixed, "anna", "曾董") == ["曾國藩"]
    assert found(mixed, "anna", "吕总") == ["吕布"]


def test_a_colleague_without_a_name_is_found_by_the_key_that_is_shown(mixed: Workspace) -> None:
    assert found(mixed, "anna", "dora") == ["dora@us.example"]


def test_titles_and_employers_are_shown_as_elsewhere(world: World) -> None:
    (other,) = world.get("anna", "/v1/search", text="berta one")["items"]
    assert (other["title"], other["organization"]["name"], other["internal"]) == (None, "Beta", False)
    own = world.get("anna", "/v1/search", text="ada 0")["items"][0]
    assert (own["title"], own["organization"]["name"], own["matched"]) == ("CTO", "Acme", "name")
    assert world.get("owner", "/v1/search", text="berta one")["items"][0]["title"] == "Canarytitle"
    assert world.get("anna", "/v1/search", text="bo", label="person")["items"][0]["internal"] is True


def test_the_order_of_equals_tells_a_rep_nothing_of_others_contacts(world: World) -> None:
    """For the owner the busiest come first; for a rep the own ones, and all others in an order that never changes."""
    anna, cai = ([i["id"] for i in world.get(who, "/v1/search", text="berta")["items"]] for who in ("anna", "cai"))
    first = world.get("anna", "/v1/search", text="berta")["items"][0]
    assert first["name"] == "Berta Four", "whom Anna writes to comes first"
    assert [i for i in cai if i != first["id"]] == anna[1:]


@pytest.mark.parametrize("who", ["owner", "anna"])
@pytest.mark.parametrize("text", ["e", "be", "example", "zz"])
def test_a_search_says_how_many_there_are_and_its_pages_hold_each_once(world: World, who: str, text: str) -> None:
    whole = world.get(who, "/v1/search", text=text, limit=1000)
    assert (whole["meta"]["total"], whole["next_cursor"]) == (len(whole["items"]), None)
    parts, following = [], f"/v1/search?text={text}&limit=2"
    while following:
        response = world.clients[who].get(following)
        assert response.json()["meta"]["total"] == len(whole["items"])
        parts += response.json()["items"]
        following = response.links["next"]["url"] if "next" in response.links else ""
    assert parts == whole["items"]


def test_the_total_counts_what_the_caller_may_find_only(world: World) -> None:
    """A count of what is hidden would tell a mail address letter by letter, as a hit would."""
    for text in ("zq1@beta.example", "canarytitle", "canarydeal"):
        owner, anna = (world.get(who, "/v1/search", text=text)["meta"] for who in ("owner", "anna"))
        assert (owner["total"] > 0, anna["total"], anna["hidden"]) == (True, 0, 0), text


def test_people_and_organizations_come_in_pages_too(world: World) -> None:
    assert world.get("owner", "/v1/organizations", text="a", limit=1)["meta"]["total"] == 1
    first = world.get("owner", "/v1/people", text="a", limit=1)
    rest = world.get("owner", "/v1/people", text="a", limit=100, cursor=first["next_cursor"])
    assert len(first["items"]) + len(rest["items"]) == first["meta"]["total"] > 1
    assert (
        world.clients["owner"].get("/v1/search", params={"text": "a", "cursor": first["next_cursor"]}).is_client_error
    )
