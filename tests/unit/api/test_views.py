"""Saved maps: kept, shared, changed by their owner only and at the version that was read; they outlive a merge."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc.policy import OWNER
from graphsvc.workspace import Workspace
from tests.contract.policy.world import opened, person

BODY = {"name": "Karte 客户", "note": "=1+1", "state": "view=map&focus=" + "a" * 32, "notes": {"a" * 32: "signs"}}
KEYS = {
    "boss": (["read", "write", "admin"], ["owner"], None),
    "ann": (["read", "write"], ["rep"], "ann@us.example"),
    "bob": (["read", "write"], ["rep"], "bob@us.example"),
    "look": (["read"], ["rep"], "ann@us.example"),
    "pen": (["write"], ["rep"], "bob@us.example"),
}


@pytest.fixture
def workspace(tmp_path: Any) -> Iterator[Workspace]:
    people = [person(f"{key}@us.example", key.title(), "us", f"{key}@us.example") for key in ("ann", "bob")]
    found = opened(tmp_path / "graph.db", {"people": [*people, person("a-2", "Ann B.", "us")]})
    yield found
    found.store.close()


@pytest.fixture
def clients(workspace: Workspace) -> dict[str, TestClient]:
    made = {name: new_key(name, *key) for name, key in KEYS.items()}
    app = assemble(workspace, KeyRing([entry for _, entry in made.values()]))
    language = {"accept-language": "en"}
    return {
        name: TestClient(
            app, base_url="https://graph.example", headers={"authorization": f"Bearer {token}", **language}
        )
        for name, (token, _) in made.items()
    }


def put(client: TestClient, ident: str = "v1", **more: Any) -> Any:
    return client.put(f"/v1/views/{ident}", json={**BODY, **more})


def test_a_view_comes_back_as_it_was_saved(clients: dict[str, TestClient]) -> None:
    saved = put(clients["ann"])
    assert saved.status_code == 200, saved.text
    item = saved.json()["item"]
    assert {k: item[k] for k in BODY} == BODY
    assert (item["id"], item["owner"], item["mine"], item["shared"], item["version"]) == ("v1", "Ann", True, False, 1)
    assert clients["ann"].get("/v1/views/v1").json()["item"] == item
    assert clients["ann"].get("/v1/views").json()["items"] == [item]


def test_places_of_nodes_are_kept_and_told_with_the_map_alone(clients: dict[str, TestClient]) -> None:
    places = {"a" * 32: [12.5, -340.1], "17": [0.0, 1e6]}
    assert put(clients["ann"], places=places).json()["item"]["places"] == places
    assert clients["ann"].get("/v1/views/v1").json()["item"]["places"] == places
    assert clients["ann"].get("/v1/views").json()["items"][0]["places"] == {}, "a list of maps stays short"
    assert put(clients["ann"], version=1).json()["item"]["places"] == {}, "what is not sent is not kept"


@pytest.mark.parametrize("places", [{"a b": [0, 0]}, {"a": [0]}, {"a": [0, 1e7]}, {"a": [0, "x"]}])
def test_places_that_are_none_are_refused(clients: dict[str, TestClient], places: Any) -> None:
    assert put(clients["ann"], places=places).status_code == 422


def test_a_view_is_seen_by_its_owner_until_it_is_shared(clients: dict[str, TestClient]) -> None:
    ann, bob, boss = (clients[name] for name in ("ann", "bob", "boss"))
    put(ann)
    for other in (bob, boss):
        assert other.get("/v1/views").json()["items"] == []
        assert other.get("/v1/views/v1").status_code == 404
        assert put(other).status_code == 404, "an id that is taken tells no more than one that is not there"
    put(ann, shared=True, version=1)
    (item,) = bob.get("/v1/views").json()["items"]
    assert (item["mine"], item["owner"], item["version"]) == (False, "Ann", 2)
    assert put(bob, version=2).status_code == 403
    assert bob.delete("/v1/views/v1?version=2").status_code == 403
    assert ann.get("/v1/views/v1").json()["item"]["name"] == BODY["name"]


def test_somebody_elses_change_is_not_written_over(clients: dict[str, TestClient]) -> None:
    ann = clients["ann"]
    put(ann)
    assert put(ann).status_code == 409, "it is there already"
    assert put(ann, version=1, name="two").json()["item"]["version"] == 2
    stale = put(ann, version=1, name="three")
    assert (stale.status_code, stale.json()["type"]) == (409, "urn:graphsvc:problem:map.view_changed")
    assert "version 2" in stale.json()["detail"]
    assert ann.delete("/v1/views/v1?version=1").status_code == 409
    assert put(ann, "v9", version=4).status_code == 409, "nothing is there to be changed"
    put(ann, "v2")
    left = ann.delete("/v1/views/v1?version=2")
    assert (left.status_code, [v["id"] for v in left.json()["items"]]) == (200, ["v2"])
    assert ann.get("/v1/views/v1").status_code == 404
    assert ann.delete("/v1/views/v1?version=2").status_code == 404


def test_newest_change_comes_first_and_tags_follow(clients: dict[str, TestClient]) -> None:
    ann = clients["ann"]
    put(ann, "a"), put(ann, "b")
    before = ann.get("/v1/views")
    put(ann, "a", version=1)
    after = ann.get("/v1/views", headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, [v["id"] for v in after.json()["items"]]) == (200, ["a", "b"])
    assert ann.get("/v1/views", headers={"if-none-match": after.headers["etag"]}).status_code == 304


def test_saving_needs_both_scopes_and_is_audited(clients: dict[str, TestClient], workspace: Workspace) -> None:
    assert put(clients["look"]).status_code == 403
    assert put(clients["pen"]).status_code == 403
    assert workspace.store.documents("view") == []
    put(clients["ann"])
    (line,) = (a for a in workspace.store.audit(OWNER) if a["action"] == "api.view")
    assert BODY["name"] not in str(line) and line["detail"]["version"] == 1


@pytest.mark.parametrize(
    ("ident", "wrong"),
    [
        ("v1", {"name": ""}),
        ("v1", {"name": "x" * 201}),
        ("v1", {"state": "focus=ann@us.example"}),
        ("v1", {"state": "focus=ann%40us.example"}),
        ("v1", {"state": "x" * 4001}),
        ("v1", {"notes": {"ann@us.example": "x"}}),
        ("v1", {"notes": {"a" * 32: "x" * 2001}}),
        ("v1", {"more": 1}),
        ("v1", {"version": -1}),
        ("a b", {}),
        ("x" * 65, {}),
    ],
)
def test_what_cannot_be_saved_is_refused(clients: dict[str, TestClient], ident: str, wrong: dict[str, Any]) -> None:
    assert put(clients["ann"], ident, **wrong).status_code == 422
    assert clients["ann"].get("/v1/views").json()["items"] == []


def test_views_stay_ones_own_when_records_are_merged(clients: dict[str, TestClient], workspace: Workspace) -> None:
    store = workspace.store
    put(clients["ann"])
    (ann,) = store.resolve("ann@us.example", OWNER, "person")
    (other,) = store.resolve("a-2", OWNER, "person")
    store.link(other.id, ann.id, OWNER)
    assert [v["mine"] for v in clients["ann"].get("/v1/views").json()["items"]] == [True]
    assert put(clients["ann"], version=1).json()["item"]["version"] == 2


def test_an_erased_person_takes_their_views_along(clients: dict[str, TestClient], workspace: Workspace) -> None:
    (ann,) = workspace.store.resolve("ann@us.example", OWNER, "person")
    put(clients["ann"], shared=True)
    put(clients["bob"], "v2", shared=True, state=f"focus={ann.id}", notes={ann.id: "x"})
    workspace.store.erase(ann.id, OWNER)
    (left,) = clients["bob"].get("/v1/views").json()["items"]
    assert (left["id"], left["state"], left["notes"], left["version"]) == ("v2", "focus=", {}, 2)


def test_what_the_owner_of_this_machine_saves_is_theirs(workspace: Workspace) -> None:
    client = TestClient(assemble(workspace, None), base_url="http://127.0.0.1")
    item = put(client).json()["item"]
    assert (item["owner"], item["mine"]) == ("owner", True)
