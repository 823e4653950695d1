"""What is the rep's own stays useful: shown whole, with what lies beside it counted."""

from __future__ import annotations

import re
from pathlib import Path

from api import answers
from graphsvc.projection import DAY
from tests.contract.policy.world import NOW, World, opened, when, world_rows


def test_own_things_work_in_full(world: World) -> None:
    own = {"key": "anna@us.example", "other": "a0@acme.example"}
    for name in ("tie_strength", "relationship_health"):
        mine, all_ = (world.get(who, f"/v1/explain/{name}", **own) for who in ("anna", "owner"))
        assert (mine["score"], mine["terms"], mine["meta"]["hidden"]) == (all_["score"], all_["terms"], 0), name
    card = world.get("anna", "/v1/people/a2@acme.example")
    assert (card["email"], card["title"]) == ("a2@acme.example", "CTO") and card["scores"]
    account = world.get("anna", "/v1/organizations/acme")
    assert [d["amount"] for d in account["opportunities"]] == [12000.0]
    mine, all_ = (world.get(who, "/v1/top/anna@us.example") for who in ("anna", "owner"))
    assert [i["name"] for i in mine["items"]] == [i["name"] for i in all_["items"]]
    own_lines = [i for i in mine["items"] if i["organization"] == "Acme"]
    assert own_lines and all(i in all_["items"] for i in own_lines), "own lines whole"


def test_depth_of_an_own_contact_opens_to_own_records_and_counts_the_rest(world: World) -> None:
    mine = world.get("anna", "/v1/explain/depth", key="a2@acme.example")
    whole = world.get("owner", "/v1/explain/depth", key="a2@acme.example")
    assert mine["score"] == whole["score"], "the score of an own contact is shown in full"
    count = sum(t["evidence_count"] for t in whole["terms"]) - sum(t["evidence_count"] for t in mine["terms"])
    assert count > 0 and mine["meta"]["hidden"] >= count, "records of Bo's tie are counted, not shown"


def test_lines_about_others_contacts_say_no_counts_of_colleagues(world: World) -> None:
    counts = re.compile(r"colleagues: \d|by \d+ of our")
    whole, said = (
        next(i for i in world.get(who, "/v1/top/anna@us.example")["items"] if i["name"] == "Berta Four")
        for who in ("owner", "anna")
    )
    assert counts.search(" ".join(whole["reasons"])), "the owner sees the counts"
    assert not counts.search(" ".join(said["reasons"]))
    assert said["gain"] == float(f"{whole['gain']:.0e}"), "the tiredness is not to be had from the gain"
    assert said["evidence"], "the own tie stays open"
    assert world.get("anna", "/v1/top/anna@us.example")["meta"]["hidden"] > 0
    for key in ("crm-b2", "zq1@beta.example"):
        assert not counts.search(" ".join(world.get("anna", "/v1/why-not/anna@us.example", key=key)["reasons"]))


def test_rights_are_those_of_today(tmp_path: Path) -> None:
    rows = world_rows()
    handed = when(NOW - 30 * DAY)
    acme = next(f for f in rows["facts"] if (f["kind"], f["object"]) == ("OWNS", "acme"))
    acme["valid_to"] = handed
    rows["facts"].append({"subject": "cai@us.example", "kind": "OWNS", "object": "acme", "valid_from": handed})
    rows["opportunities"] = []
    world = World(opened(tmp_path / "w.db", rows), {})
    for as_of in (None, NOW - 60 * DAY):
        before = answers.entity(world.ask("anna", as_of=as_of), "a2@acme.example")
        after = answers.entity(world.ask("cai", as_of=as_of), "a2@acme.example")
        assert (before.email, before.scores) == (None, []), "who handed an account over cannot look at it in the past"
        assert after.email == "a2@acme.example" and after.scores
    world.workspace.store.close()
