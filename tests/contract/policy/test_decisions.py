"""Decisions on lists, asks and drafts: they hold, survive runs, can be taken back, and stay one's own business."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from api import answers
from api.answers import Ask
from api.answers.decisions import Order, decide_line
from api.answers.drafts import one_line
from graphsvc.clock import show_moment
from graphsvc.phrases import catalogue
from graphsvc.pipeline import fit, score
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.workspace import Workspace
from tests.contract.policy.world import NOW, World, clients_of, opened, world_rows

ANNA = "/v1/top/anna@us.example"
TARGET = "a2@acme.example"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[World]:
    """The small world, to write into."""
    workspace = opened(tmp_path / "own.db", world_rows())
    yield World(workspace, clients_of(workspace))
    workspace.store.close()


def decide(world: World, who: str, status: int = 200, url: str = ANNA, **body: Any) -> Any:
    response = world.clients[who].post(f"{url}/decisions", json=body)
    assert response.status_code == status, response.text
    return response.json()


def line(world: World, key: str, url: str = ANNA, who: str = "anna") -> Any:
    return next((i for i in world.get(who, url)["items"] if i["key"] == key), None)


def kept(world: World) -> Any:
    return [
        (s.play, s.target, s.state, s.reason, s.until, s.author, s.decided)
        for s in world.workspace.store.suggestions(OWNER)
    ]


def test_a_list_names_people_by_id(own: World) -> None:
    item = line(own, TARGET)
    person = own.get("anna", f"/v1/people/{TARGET}")
    assert (item["id"], item["organization_id"]) == (person["entity"]["id"], person["organization"]["id"])
    assert item["decision"] is None


def test_done_keeps_the_line_marked_for_this_week_only(own: World) -> None:
    said = decide(own, "anna", key=TARGET, decision="done")
    assert (said["state"], said["decision"]["state"]) == ("confirmed", "done")
    assert line(own, TARGET)["decision"]["state"] == "done"
    assert line(own, "a0@acme.example")["decision"] is None
    assert line(own, TARGET, f"{ANNA}?week=2026-W21") is not None
    assert line(own, TARGET, f"{ANNA}?week=2026-W21")["decision"] is None, "another week's list is another list"
    assert any("marked this done" in r for r in own.get("anna", f"/v1/why-not/anna@us.example?key={TARGET}")["reasons"])
    assert line(own, TARGET, who="owner")["decision"]["author"] == "anna", "the owner sees who decided"


def test_put_off_until_a_date_and_back_then(own: World) -> None:
    until = show_moment(NOW + 10 * DAY)
    said = decide(own, "anna", key=TARGET, decision="snooze", until=until, reason="on leave")
    assert (said["state"], said["decision"]["until"]) == ("snoozed", until)
    assert line(own, TARGET) is None
    (away,) = own.get("anna", ANNA)["away"]
    assert (away["entity"]["key"], away["decision"]["reason"]) == (TARGET, "on leave")
    reasons = own.get("anna", f"/v1/why-not/anna@us.example?key={TARGET}")["reasons"]
    assert reasons[0] == "You put this off until 2026-06-11, on " + said["decision"]["time"][:10] + "."
    later = Workspace(own.workspace.store, clock=lambda: NOW + 11 * DAY)
    assert TARGET in [i.key for i in answers.top(Ask(later), "anna@us.example").items]
    assert answers.top(Ask(later), "anna@us.example").away == []


def test_not_right_stays_through_runs_until_it_is_taken_back(own: World) -> None:
    decide(own, "anna", key=TARGET, decision="wrong", reason="buys from a partner {not} <b>us</b>")
    moment = own.workspace.moment()
    fit(own.workspace, moment)
    score(own.workspace, moment)
    answers.refresh_suggestions(Ask(own.workspace))
    assert line(own, TARGET) is None, "the correction stays"
    reasons = own.get("anna", f"/v1/why-not/anna@us.example?key={TARGET}")["reasons"]
    assert reasons[0].startswith("You said: “buys from a partner {not} <b>us</b>”, on ")
    owners = own.get("owner", f"/v1/why-not/anna@us.example?key={TARGET}")["reasons"]
    assert owners[0].startswith("anna said: “buys from")
    said = decide(own, "anna", key=TARGET, decision="undo")
    assert (said["decision"], said["state"]) == (None, "proposed")
    assert line(own, TARGET)["decision"] is None


@pytest.mark.parametrize(
    "order",
    [
        {"decision": "done"},
        {"decision": "snooze", "until": "2026-07-01", "reason": "later"},
        {"decision": "wrong", "reason": "no"},
        {"decision": "undo"},
    ],
)
def test_the_same_decision_again_changes_nothing(own: World, order: dict[str, str]) -> None:
    first = decide(own, "anna", key=TARGET, **order)
    before, place = kept(own), own.workspace.store.documents("list_done")
    again = decide(own, "anna", key=TARGET, **order)
    assert (kept(own), own.workspace.store.documents("list_done")) == (before, place)
    assert again["decision"] == first["decision"]


@pytest.mark.parametrize("first", ["done", "snooze", "wrong", "undo"])
@pytest.mark.parametrize("second", ["done", "snooze", "wrong", "undo"])
def test_the_last_decision_holds(own: World, first: str, second: str) -> None:
    more = {"snooze": {"until": "2026-07-01"}, "wrong": {"reason": "no"}}
    for word in (first, second):
        said = decide(own, "anna", key=TARGET, decision=word, **more.get(word, {}))
    expected = None if second == "undo" else second
    assert (said["decision"] and said["decision"]["state"]) == expected
    now = line(own, TARGET)
    assert (now is None) == (second in ("snooze", "wrong"))
    assert now is None or (now["decision"] and now["decision"]["state"]) == expected


def test_taking_back_lifts_what_keeps_somebody_off_whatever_the_play(own: World) -> None:
    answers.refresh_suggestions(Ask(own.workspace))
    found = next(s for s in own.workspace.store.suggestions(OWNER) if s.play in ("reconnect", "rest") and s.owner)
    owner = own.workspace.store.describe([found.owner or ""], OWNER)[found.owner or ""].key
    answers.decide(Ask(own.workspace), found.id, "declined", "no")
    url = f"/v1/top/{owner}"
    assert found.target in [a["entity"]["id"] for a in own.get("owner", url)["away"]]
    decide(own, "owner", url=url, key=found.target, decision="undo")
    assert own.get("owner", url)["away"] == []


def test_a_rep_decides_on_the_own_list_only(own: World) -> None:
    before = kept(own)
    for who, url, status in (
        ("cai", ANNA, 403), ("anna", "/v1/top/bo@us.example", 403), ("anna", "/v1/top/team", 403),
        ("reader", ANNA, 403), ("writer", ANNA, 403),
    ):  # fmt: skip
        decide(own, who, status, url, key=TARGET, decision="done")
    assert kept(own) == before and own.workspace.store.documents("list_done") == []
    decide(own, "owner", key=TARGET, decision="done")
    assert line(own, TARGET)["decision"]["author"] == "owner"


@pytest.mark.parametrize(
    ("order", "status"),
    [
        ({"decision": "snooze"}, 422),
        ({"decision": "snooze", "until": "2026-05-01"}, 422),
        ({"decision": "snooze", "until": "soon"}, 422),
        ({"decision": "wrong"}, 422),
        ({"decision": "wrong", "reason": "  "}, 422),
        ({"decision": "done", "until": "2026-07-01"}, 422),
        ({"decision": "done", "week": "2026-99"}, 422),
        ({"decision": "later"}, 422),
        ({"decision": "done", "key": "nobody@x.example"}, 404),
        ({"decision": "done", "key": "design"}, 422),
    ],
)
def test_a_wrong_order_is_told_and_decides_nothing(own: World, order: dict[str, str], status: int) -> None:
    problem = decide(own, "anna", status, **({"key": TARGET} | order))
    assert problem["detail"] and kept(own) == []


def test_the_teams_list_has_decisions_of_its_own(own: World) -> None:
    assert own.get("owner", "/v1/top/team")["items"] == own.get("owner", "/v1/top?team=us")["items"]
    decide(own, "owner", url="/v1/top/team", key="beta", decision="wrong", reason="sold")
    for url in ("/v1/top/team", "/v1/top?team=us", "/v1/top?team=others"):
        assert line(own, "beta", url, "owner") is None, url
    assert own.get("owner", "/v1/top/bo@us.example")["away"] == []
    said = own.get("owner", "/v1/why-not/team?key=zq1@beta.example")["reasons"]
    assert said[0].startswith("You said: “sold”"), "what was said of the customer holds for its people"


def test_weeks_kept_are_counted_with_what_was_done(own: World) -> None:
    assert own.get("anna", "/v1/lists/anna@us.example")["weeks"] == []
    for week in ("2026-W22", None):
        answers.top(Ask(own.workspace), "anna@us.example", week=week, keep=True)
    decide(own, "anna", key=TARGET, decision="done")
    decide(own, "anna", key="a0@acme.example", decision="done", week="2026-W22")
    weeks = own.get("anna", "/v1/lists/anna@us.example")["weeks"]
    assert [(w["week"], w["done"]) for w in weeks] == [("2026-W23", 1), ("2026-W22", 1)]
    assert all(w["items"] >= 4 for w in weeks)
    past = own.get("anna", "/v1/lists/anna@us.example", as_of="2026-05-31")["weeks"]
    assert [(w["week"], w["done"]) for w in past] == [("2026-W22", 0)], "at an earlier T nothing later is known"
    answers.top(Ask(own.workspace), None, "everybody", keep=True)
    assert len(own.get("owner", "/v1/lists/team")["weeks"]) == 1
    assert own.clients["anna"].get("/v1/lists/team").status_code == 403


def test_decisions_are_erased_with_the_person(own: World) -> None:
    decide(own, "anna", key=TARGET, decision="done", reason="met Ada 2")
    decide(own, "anna", key="a0@acme.example", decision="wrong", reason="Ada 2 said so")
    (gone,) = own.workspace.store.resolve(TARGET, OWNER, "person")
    own.workspace.store.erase(gone.id, OWNER)
    text = str([d.value for d in own.workspace.store.documents("list_done")]) + str(kept(own))
    assert gone.id not in text and "Ada 2" not in text


# -- asks -------------------------------------------------------------------------------------------------------------


def ask_for(world: World, who: str, status: int = 200, **body: Any) -> Any:
    response = world.clients[who].post("/v1/asks", json=body)
    assert response.status_code == status, response.text
    return response.json()


def test_an_ask_is_recorded_once_and_waits_at_the_introducer(own: World) -> None:
    order = {"to": "crm-b2", "through": "bo@us.example", "from": "anna@us.example"}
    before = path_to(own, "crm-b2")
    made = ask_for(own, "owner", **order, note="asked at lunch")
    assert (made["play"], made["state"], made["outcome"]) == ("ask_introduction", "confirmed", "open")
    assert (made["owner"]["name"], made["through"]["name"], made["target"]["name"]) == ("Anna", "Bo", "Berta Two")
    after = path_to(own, "crm-b2")
    assert (before["hops"][-1]["open_asks"], after["hops"][-1]["open_asks"]) == (0, 1)
    assert after["probability"] == pytest.approx(before["probability"] / 2), "one open ask halves it"
    ask_for(own, "owner", 409, **order, note="asked again")
    (again,) = own.get("anna", "/v1/asks?state=open")["items"]
    assert (again["id"], again["asked"], again["reason"]) == (made["id"], made["asked"], "asked at lunch")
    assert own.get("anna", "/v1/asks", as_of="2026-05-01")["items"] == [], "not yet asked then"


def path_to(world: World, to: str) -> Any:
    asked = {"to": to, "from": "anna@us.example", "via": "bo@us.example", "min_probability": 0}
    return next(p for p in world.get("owner", "/v1/paths", **asked)["paths"] if len(p["hops"]) == 2)


def test_an_ask_that_was_refused_waits_no_longer_and_may_be_made_again(own: World) -> None:
    order = {"to": "zq1@beta.example", "through": "bo@us.example"}
    made = ask_for(own, "anna", **order)
    own.clients["anna"].post(f"/v1/recommendations/{made['id']}", json={"state": "declined", "reason": "not now"})
    assert own.get("anna", "/v1/asks")["items"] == []
    (refused,) = own.get("anna", "/v1/asks?state=declined")["items"]
    assert (refused["outcome"], refused["reason"]) == (None, "not now")
    assert ask_for(own, "anna", **order)["state"] == "confirmed"


def test_asks_are_ones_own(own: World) -> None:
    made = ask_for(own, "owner", **{"to": "zq1@beta.example", "through": "bo@us.example", "from": "cai@us.example"})
    annas = own.get("anna", "/v1/asks")
    assert (annas["items"], annas["meta"]["hidden"]) == ([], 1)
    assert [i["id"] for i in own.get("cai", "/v1/asks")["items"]] == [made["id"]]
    order = {"to": "zq1@beta.example", "through": "bo@us.example", "from": "cai@us.example"}
    ask_for(own, "anna", 403, **order)
    ask_for(own, "reader", 403, to="zq1@beta.example", through="bo@us.example")
    ask_for(own, "owner", 422, to="zq1@beta.example", through="bo@us.example")
    ask_for(own, "anna", 422, to="bo@us.example", through="bo@us.example")
    ask_for(own, "anna", 404, to="nobody@x.example", through="bo@us.example")
    answers.override(Ask(own.workspace), "restricted", "zq1@beta.example", None, 1.0, "asked us to stop")
    assert (
        "must not be contacted" in ask_for(own, "anna", 422, to="zq1@beta.example", through="bo@us.example")["detail"]
    )


# -- drafts -----------------------------------------------------------------------------------------------------------


def draft(world: World, who: str, **params: str) -> Any:
    return world.get(who, "/v1/draft", **params)


def test_a_draft_says_who_to_whom_and_why_in_both_languages(own: World) -> None:
    order = {"to": "a2@acme.example", "through": "bo@us.example", "from": "anna@us.example"}
    english, chinese = (draft(own, "owner", **order, language=lang) for lang in ("en", "zh"))
    assert english["subject"] == "An introduction to Ada 2?"
    assert english["body"].split("\n\n") == [
        "Hello Bo,",
        "Could you introduce me to Ada 2, CTO at Acme?",
        "I am asking you because the two of you were last in touch on 2026-05-28, by mail.",
        catalogue("en", "drafts")["easy"],
        "Thank you,\nAnna",
    ]
    assert "想请您把我引荐给Acme的Ada 2（CTO）" in chinese["body"] and "2026-05-28（邮件）" in chinese["body"]
    reader = own.clients["owner"].get("/v1/draft", params=order, headers={"accept-language": "zh-CN"}).json()
    assert reader["body"] == english["body"], "the language of the draft is not the reader's"


def test_a_rep_reads_nothing_of_the_introducers_tie_or_of_titles_elsewhere(own: World) -> None:
    said = draft(own, "anna", to="zq1@beta.example", through="bo@us.example")
    assert said["body"].split("\n\n")[:2] == ["Hello Bo,", "Could you introduce me to Berta One at Beta?"]
    assert "last in touch" not in said["body"] and "Canarytitle" not in said["body"]
    assert said["meta"]["hidden"] == 1
    assert own.clients["anna"].get("/v1/draft?to=crm-b2&through=bo@us.example&from=cai@us.example").status_code == 403


def test_names_cannot_break_out_of_a_draft(tmp_path: Path) -> None:
    rows = world_rows()
    evil = "Eve\r\nBcc: all@x.example\n\n\u202e<img src=x onerror=1>\x00\u2028{0}" + "x" * 300
    next(p for p in rows["people"] if p["id"] == "zq1@beta.example")["name"] = evil
    workspace = opened(tmp_path / "evil.db", rows)
    order = {"to": "zq1@beta.example", "through": "bo@us.example", "from": "anna@us.example"}
    said = draft(World(workspace, clients_of(workspace)), "owner", **order)
    assert "\n" not in said["subject"] and len(said["subject"]) < 200
    assert [c for c in "\r\x00\u202e\u2028" if c in said["body"] + said["subject"]] == []
    plain = draft(World(workspace, clients_of(workspace)), "owner", **(order | {"to": "crm-b2"}))
    assert said["body"].count("\n") == plain["body"].count("\n"), "a name adds no line"
    workspace.store.close()


@pytest.mark.parametrize("text", ["", "a", " a\tb ", "王\u200b芳", "x" * 1000, "\ud800", "a\u0301"])
def test_one_line_is_one_line(text: str) -> None:
    made = one_line(text)
    assert made == one_line(made) and len(made) <= 120 and "\n" not in made


def test_people_who_decide_at_once_lose_nothing(own: World) -> None:
    contacts = [i["key"] for i in own.get("anna", ANNA)["items"]]
    assert len(contacts) >= 4
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda key: decide_line(own.ask("anna"), "anna@us.example", key, Order("done")), contacts))
    assert {i["decision"] and i["decision"]["state"] for i in own.get("anna", ANNA)["items"]} == {"done"}
