"""Merges, splits and overrides: listed with the records side by side, undone, and each with the rights it needs."""

from __future__ import annotations

import time
from typing import Any

import pytest

from api import answers
from api.answers import Ask
from api.answers.correction_list import corrections
from graphsvc.clock import now as clock_now
from graphsvc.policy import OWNER
from tests.contract.policy.world import World, page, person

ADA, OTHER = "a0@acme.example", "a1@acme.example"


def listed(world: World, who: str = "owner", **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = world.get(who, "/v1/corrections", **params)["items"]
    return items


def post(world: World, who: str, what: str, **body: Any) -> Any:
    return world.clients[who].post(f"/v1/corrections/{what}", json=body)


def ident(world: World, key: str) -> str:
    return world.workspace.store.resolve(key, OWNER)[0].id


def test_a_merge_is_shown_side_by_side_and_undone(world: World) -> None:
    ids = {key: ident(world, key) for key in (ADA, OTHER)}
    assert listed(world) == []
    done = post(world, "owner", "merge", a=ids[ADA], b=ids[OTHER], reason="same Ada")
    assert done.status_code == 200, done.text
    (one,) = done.json()["entities"]
    assert one["id"] in ids.values()
    answer = world.get("owner", "/v1/corrections", key=ids[OTHER])
    (item,) = answer["items"]
    assert (item["kind"], item["automatic"], item["undo"]) == ("merge", False, True)
    assert (item["by"], item["reason"]) == ("owner", "same Ada") and item["time"]
    assert {r["id"]: (r["email"], r["source"], r["title"]) for r in item["records"]} == {
        ids[ADA]: (ADA, "crm", "CTO"),
        ids[OTHER]: (OTHER, "crm", "CTO"),
    }
    assert {r["id"] for r in answer["records"]} == set(ids.values())
    assert {item["a"]["id"], item["b"]["id"]} == set(ids.values())
    sides = {world.get("owner", f"/v1/people/{i}")["entity"]["id"] for i in ids.values()}
    assert sides == {one["id"]}, "every id keeps working"

    undone = post(world, "owner", "split", a=item["a"]["id"], b=item["b"]["id"], reason="two people")
    assert undone.status_code == 200, undone.text
    for key, i in ids.items():
        assert world.get("owner", f"/v1/people/{i}")["entity"] == {
            "id": i,
            "label": "person",
            "key": key,
            "name": "Ada 0" if key == ADA else "Ada 1",
        }
    (split,) = listed(world)
    assert (split["kind"], split["reason"], split["undo"]) == ("split", "two people", True)
    again = post(world, "owner", "merge", a=split["a"]["id"], b=split["b"]["id"])
    assert again.status_code == 200
    assert [i["kind"] for i in listed(world)] == ["merge"], "the split is undone too"


def test_sides_are_told_by_what_sources_say(world: World) -> None:
    """Ids may be those of bare mail addresses: people are told by the records that exact keys join to them."""
    store = world.workspace.store
    store.merge(page("people", [person("crm-77", "A. Null", "acme", ADA, "Chief")], "erp"))
    store.merge(page("people", [person("x-1", "Ada Eins", "acme", "ada@home.example")], "erp"))
    post(world, "owner", "merge", a=ident(world, ADA), b=ident(world, "x-1"))
    item = next(i for i in listed(world, key=ADA) if not i["automatic"])
    sides = {s: {r["name"] for r in item["records"] if r["side"] == s} for s in "ab"}
    assert sorted(map(sorted, sides.values())) == [["A. Null", "Ada 0"], ["Ada Eins"]]
    assert all(item[s]["name"] in sides[s] for s in "ab")
    whole = world.get("owner", "/v1/corrections", key=ADA)["records"]
    assert {r["name"] for r in whole} == {"A. Null", "Ada 0", "Ada Eins"}, "bare addresses are no records"
    assert post(world, "owner", "split", a=item["a"]["id"], b=item["b"]["id"]).status_code == 200
    assert world.get("owner", "/v1/people/x-1")["entity"]["name"] == "Ada Eins"
    assert world.get("owner", "/v1/people/crm-77")["entity"]["id"] == ident(world, ADA), "the address still joins"
    split = next(i for i in listed(world, key=ADA) if i["kind"] == "split")
    assert {split["a"]["name"], split["b"]["name"]} & {"Ada Eins"} and split["records"] == []


def test_what_an_address_joined_by_itself_is_told_and_can_be_undone(world: World) -> None:
    world.workspace.store.merge(page("people", [person("crm-77", "A. Null", "acme", ADA, "Chief")], "erp"))
    (item,) = listed(world)
    assert (item["automatic"], item["by"], item["reason"], item["undo"]) == (True, None, None, True)
    assert {(r["source"], r["name"]) for r in item["records"]} == {("crm", "Ada 0"), ("erp", "A. Null")}
    assert listed(world, key=ADA) == [item] and listed(world, key=OTHER) == []
    assert post(world, "owner", "split", a=item["a"]["id"], b=item["b"]["id"]).status_code == 200
    assert [i["kind"] for i in listed(world)] == ["split"]
    assert world.get("owner", "/v1/people/crm-77")["entity"]["id"] == item["a"]["id"]


def test_an_override_stands_beside_what_is_computed_until_it_is_taken_back(world: World) -> None:
    url = "/v1/scores/depth"
    (before,) = world.get("owner", url, key=ADA)["items"]
    done = post(world, "anna", "override", name="depth", key=ident(world, ADA), value=77.0, reason="met her")
    assert done.status_code == 200, done.text
    (item,) = listed(world)
    assert (item["kind"], item["name"], item["value"]) == ("override", "depth", 77.0)
    assert item["computed"] == pytest.approx(before["value"]) and item["by"] == "anna"
    assert world.get("owner", url, key=ADA)["items"][0]["override"] == 77.0
    mark = post(world, "owner", "override", name="role:Economic Buyer", key=OTHER, value=1, reason="")
    assert mark.status_code == 200
    assert listed(world, key=OTHER)[0]["name"] == "role:Economic Buyer"
    assert listed(world, key=OTHER)[0]["computed"] is None
    back = post(world, "anna", "override", name="depth", key=ident(world, ADA), value=None)
    assert back.status_code == 200
    assert listed(world, key=ADA) == []
    assert world.get("owner", url, key=ADA)["items"][0]["override"] is None


def test_an_override_of_a_tie_names_both(world: World) -> None:
    tie = {"name": "tie_strength", "key": "anna@us.example", "other": ADA}
    assert post(world, "anna", "override", **tie, value=9.5).status_code == 200
    for key in ("anna@us.example", ADA):
        (item,) = listed(world, key=key)
        assert {item["a"]["name"], item["b"]["name"]} == {"Anna", "Ada 0"} and item["computed"] > 0
    assert listed(world, "bo") == [], "no tie of Bo's"


def test_a_rep_sees_own_corrections_and_undoes_what_is_theirs(world: World) -> None:
    post(world, "owner", "merge", a=ADA, b=OTHER, reason="told by Bo")
    post(world, "owner", "override", name="depth", key="b1@beta.example", value=5.0, reason="secret")
    answer = world.get("anna", "/v1/corrections")
    (item,) = answer["items"]
    assert (item["kind"], item["undo"], item["by"], item["reason"]) == ("merge", False, None, None)
    assert answer["meta"]["hidden"] == 1 and "secret" not in str(answer)
    assert world.get("bo", "/v1/corrections")["items"][0]["name"] == "depth"
    assert world.get("reader", "/v1/corrections")["items"] == [item]
    hidden = world.get("bo", "/v1/corrections", key=ADA)
    assert (hidden["items"], hidden["meta"]["hidden"]) == ([], 1)
    shown = [(r["name"], r["title"]) for r in hidden["records"]]
    assert ("Ada 0", None) in shown, "that they are, but not their title"


@pytest.mark.parametrize(("who", "status"), [("anna", 403), ("reader", 403), ("owner", 200)])
def test_who_may_merge_and_split(world: World, who: str, status: int) -> None:
    assert post(world, who, "merge", a=ADA, b=OTHER).status_code == status
    if status != 200:
        post(world, "owner", "merge", a=ADA, b=OTHER)
    assert post(world, who, "split", a=OTHER).status_code == status


def test_writes_are_refused_where_they_are_not_the_callers(world: World) -> None:
    depth = {"name": "depth", "value": 3.0}
    assert post(world, "anna", "override", key="b1@beta.example", **depth).status_code == 403
    assert post(world, "reader", "override", key=ADA, **depth).status_code == 403
    tie = {"name": "tie_strength", "key": "bo@us.example", "other": ADA, "value": 1.0}
    assert post(world, "anna", "override", **tie).status_code == 403
    assert listed(world) == [], "a refused write writes nothing"


def test_bad_input_is_said(world: World) -> None:
    owner = "owner"
    assert post(world, owner, "merge", a=ADA, b=ADA).status_code == 422
    assert post(world, owner, "merge", a=ADA, b="acme").status_code == 422
    assert post(world, owner, "merge", a=ADA, b="nobody@x.example").status_code == 404
    assert post(world, owner, "split", a=OTHER).status_code == 404, "nothing to split"
    assert post(world, owner, "override", name="depth", key=ADA).status_code == 422, "a value, or null in so many words"
    assert post(world, owner, "override", name="depth", key=ADA, value=101).status_code == 422
    assert post(world, owner, "override", name="happiness", key=ADA, value=1).status_code == 404
    assert post(world, owner, "merge", a=ADA, b=OTHER, why="x").status_code == 422
    assert world.clients[owner].get("/v1/corrections?key=nobody@x.example").status_code == 404
    assert world.clients[owner].get("/v1/corrections?limit=0").status_code == 422


def test_a_write_is_idempotent_under_its_key_and_audited(world: World) -> None:
    client, body = world.clients["owner"], {"a": ADA, "b": OTHER, "reason": "Ada is Ada"}
    headers = {"idempotency-key": "m-1"}
    first, second = (client.post("/v1/corrections/merge", json=body, headers=headers) for _ in range(2))
    assert (first.status_code, second.content) == (200, first.content)
    other = client.post("/v1/corrections/split", json={"a": ADA}, headers=headers)
    assert other.json()["type"] == "urn:graphsvc:problem:api.idempotency_key"
    log = [row for row in world.workspace.store.audit(OWNER) if row["action"] == "api.merge"]
    assert len(log) == 1 and "Ada" not in str(log) and ADA not in str(log)


def test_known_at_shows_the_corrections_of_then(world: World) -> None:
    moments = [clock_now()]

    def tick() -> None:
        time.sleep(0.002)
        moments.append(clock_now())
        time.sleep(0.002)

    answers.merge(Ask(world.workspace), ADA, OTHER)
    tick()
    answers.split(Ask(world.workspace), OTHER)
    tick()
    told = [[i.kind for i in corrections(Ask(world.workspace, known_at=k)).items] for k in moments]
    assert told == [[], ["merge"], ["split"]]
    then = corrections(Ask(world.workspace, known_at=moments[1]))
    assert not then.items[0].undo, "what held then cannot be undone now"
    past = corrections(Ask(world.workspace, as_of=0))
    assert [i.kind for i in past.items] == ["split"], "who is who holds at every T"


def test_long_lists_are_cut_and_say_so(world: World) -> None:
    for key in (ADA, OTHER, "b1@beta.example"):
        post(world, "owner", "override", name="depth", key=key, value=1.0)
    answer = world.get("owner", "/v1/corrections", limit=2)
    assert (len(answer["items"]), answer["cut"]) == (2, 1)
    assert answer["items"][0]["a"]["name"] == "Berta", "newest first"


def test_an_erased_person_is_in_no_correction(world: World) -> None:
    post(world, "owner", "merge", a=ADA, b=OTHER, reason="Ada 0 is Ada 1")
    post(world, "owner", "override", name="tie_strength", key="anna@us.example", other=ADA, value=3.0)
    world.workspace.store.erase(ident(world, ADA), OWNER)
    answer = world.get("owner", "/v1/corrections")
    assert answer["items"] == [] and "Ada" not in str(answer)
