"""Decisions as of any date: taken back, made again, and made on people who were merged with others later."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api import answers
from api.answers import Ask
from graphsvc.clock import show_moment
from graphsvc.policy import OWNER
from graphsvc.projection import DAY
from graphsvc.stores.sqlite import SqliteStore
from graphsvc.workspace import Workspace
from tests.contract.policy.test_decisions import ask_for, decide, path_to
from tests.contract.policy.world import NOW, World, clients_of, page, world_rows

ANNA = "/v1/top/anna@us.example"
ADA2, ADA3 = "a2@acme.example", "a3@acme.example"
ORDER = {"to": "crm-b2", "through": "bo@us.example", "from": "anna@us.example"}
OPEN = "urn:graphsvc:problem:asks."


@dataclass
class Timed(World):
    """The small world with a clock that a test may set, for the store too."""

    hand: list[int] = field(default_factory=list)

    def after(self, days: float) -> str:
        """Set the clock so many days after NOW; gives the moment as text."""
        self.hand[:] = [NOW + int(days * DAY)]
        return show_moment(self.hand[0])

    def id_of(self, key: str) -> str:
        return self.workspace.store.resolve(key, OWNER)[0].id

    def correct(self, what: str, **body: Any) -> None:
        response = self.clients["owner"].post(f"/v1/corrections/{what}", json=body)
        assert response.status_code == 200, response.text


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Timed]:
    hand = [NOW]
    store = SqliteStore(tmp_path / "own.db", clock=lambda: hand[0])
    store.own(["us.example"], OWNER)
    for table, rows in world_rows().items():
        store.merge(page(table, rows))
    workspace = Workspace(store, clock=lambda: hand[0])
    yield Timed(workspace, clients_of(workspace), hand)
    store.close()


def waiting(world: Timed, **asked: str) -> int:
    """How many asks wait at Bo, as paths count them."""
    wanted = {"to": "crm-b2", "from": "anna@us.example", "via": "bo@us.example", "min_probability": 0} | asked
    found = world.get("owner", "/v1/paths", **wanted)["paths"]
    return int(next(p for p in found if len(p["hops"]) == 2)["hops"][-1]["open_asks"])


def undo(world: Timed, who: str, ident: str, status: int = 200, **body: str) -> Any:
    response = world.clients[who].post(f"/v1/asks/{ident}/decisions", json={"decision": "undo"} | body)
    assert response.status_code == status, response.text
    return response.json()


# -- asks -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "by_owner", "by_rep"), [("en", "owner asked", "You asked"), ("zh", "owner", "您")]
)
def test_an_open_ask_is_refused_with_when_and_by_whom(own: Timed, language: str, by_owner: str, by_rep: str) -> None:
    ask_for(own, "owner", **ORDER, note="asked at lunch")
    ask_for(own, "anna", to="zq1@beta.example", through="bo@us.example")
    for to, code, start in (("crm-b2", "open_already", by_owner), ("zq1@beta.example", "you_asked", by_rep)):
        again = {"to": to, "through": "bo@us.example"}
        response = own.clients["anna"].post("/v1/asks", json=again, headers={"accept-language": language})
        problem = response.json()
        assert (response.status_code, problem["type"]) == (409, OPEN + code), problem
        assert response.headers["content-type"] == "application/problem+json"
        assert problem["detail"].startswith(start) and "2026-06-01" in problem["detail"]
    assert waiting(own) == 2, "a refused ask is not counted"
    assert [i["reason"] for i in own.get("anna", "/v1/asks")["items"] if i["target"]["name"] == "Berta Two"] == [
        "asked at lunch"
    ]


def test_an_ask_taken_back_waits_no_longer_but_did_before(own: Timed) -> None:
    own.after(1)
    made = ask_for(own, "anna", **ORDER)
    between, back = own.after(2), own.after(3)
    assert waiting(own) == 1
    said = undo(own, "anna", made["id"], reason="met her at the fair")
    assert (said["id"], said["state"], said["outcome"], said["asked"]) == (made["id"], "proposed", None, None)
    assert (said["author"], said["reason"]) == ("anna", "met her at the fair")
    after = own.after(4)
    assert [waiting(own), waiting(own, as_of=after), waiting(own, as_of=back)] == [0, 0, 0]
    assert [waiting(own, as_of=between), waiting(own, as_of=show_moment(NOW))] == [1, 0]
    assert own.get("anna", "/v1/asks")["items"] == [] == own.get("anna", "/v1/asks?state=open")["items"]
    (then,) = own.get("anna", "/v1/asks", as_of=between)["items"]
    assert (then["id"], then["state"], then["outcome"], then["asked"]) == (
        made["id"], "confirmed", "open", made["asked"],
    )  # fmt: skip
    assert own.get("anna", "/v1/asks", known_at=after)["items"] == []
    actions = [line["action"] for line in own.workspace.store.audit(OWNER)]
    assert "api.decide_ask" in actions and actions.count("decide") == 2, "who did it when stays in the log"


def test_an_ask_taken_back_may_be_made_again(own: Timed) -> None:
    first = ask_for(own, "anna", **ORDER)
    own.after(1)
    undo(own, "anna", first["id"])
    own.after(2)
    second = ask_for(own, "anna", **ORDER, note="now really")
    assert (second["id"], second["reason"], second["asked"]) == (first["id"], "now really", show_moment(NOW + 2 * DAY))
    assert [waiting(own, as_of=show_moment(NOW + int(d * DAY))) for d in (0.5, 1.5, 2.5)] == [1, 0, 1]


def test_asks_of_others_and_asks_that_wait_no_longer_cannot_be_taken_back(own: Timed) -> None:
    made = ask_for(own, "anna", **ORDER)
    for who, status in (("cai", 404), ("reader", 403), ("writer", 403)):
        undo(own, who, made["id"], status)
    undo(own, "anna", "nope", 404)
    assert waiting(own) == 1
    undo(own, "owner", made["id"])
    assert undo(own, "anna", made["id"], 409)["type"] == OPEN + "not_open"
    answers.refresh_suggestions(Ask(own.workspace))
    other = next(s for s in own.workspace.store.suggestions(OWNER) if s.play != "ask_introduction")
    undo(own, "owner", other.id, 404)


def test_an_ask_follows_a_merge_of_who_is_to_be_met(own: Timed) -> None:
    made = ask_for(own, "anna", **ORDER)
    own.after(1)
    own.correct("merge", a="b4@beta.example", b="crm-b2")
    (item,) = own.get("anna", "/v1/asks")["items"]
    assert (item["id"], item["outcome"]) == (made["id"], "open")
    assert path_to(own, "crm-b2")["hops"][-1]["open_asks"] == 1
    assert ask_for(own, "anna", 409, **ORDER)["type"] == OPEN + "you_asked", "it is the same ask"
    undo(own, "anna", made["id"])
    assert path_to(own, "crm-b2")["hops"][-1]["open_asks"] == 0


# -- decisions on people merged later ---------------------------------------------------------------------------------


def away(world: Timed, **asked: str) -> dict[str, str]:
    """Whom decisions keep off Anna's list, by id, and why."""
    return {a["entity"]["id"]: a["decision"]["reason"] for a in world.get("anna", ANNA, **asked)["away"]}


@pytest.mark.parametrize("on", [ADA2, ADA3])
@pytest.mark.parametrize("order", [{"decision": "wrong"}, {"decision": "snooze", "until": "2026-09-01"}])
def test_a_decision_follows_the_merge_and_back(own: Timed, on: str, order: dict[str, str]) -> None:
    decided, other = own.id_of(on), own.id_of(ADA2 if on == ADA3 else ADA3)
    own.after(1)
    decide(own, "anna", key=on, reason="not a buyer", **order)
    before = own.after(2)
    own.after(2.5)
    own.correct("merge", a=ADA2, b=ADA3, reason="one person")
    merged, last = own.id_of(on), own.after(3)
    assert merged in (decided, other)
    assert away(own) == away(own, as_of=last) == {merged: "not a buyer"}
    assert not [i for i in own.get("anna", ANNA)["items"] if i["id"] == merged], "kept off under the other id too"
    assert "2026-06-02" in own.get("anna", f"/v1/why-not/anna@us.example?key={merged}")["reasons"][0]
    assert away(own, known_at=before) == {decided: "not a buyer"}, "nobody knew of the merge yet"
    assert away(own, as_of=show_moment(NOW)) == {}, "not decided yet"
    own.after(4)
    own.correct("split", a=own.workspace.store.record_ids(ADA3, OWNER)[0])
    assert away(own) == {decided: "not a buyer"}, "the other one is free again"
    assert away(own, known_at=last) == {merged: "not a buyer"}, "at that time they were one"


def test_taking_back_after_a_merge_lifts_what_was_decided_on_either(own: Timed) -> None:
    for key in (ADA2, ADA3):
        decide(own, "anna", key=key, decision="wrong", reason=key[:2])
    between = own.after(1)
    own.after(1.5)
    own.correct("merge", a=ADA2, b=ADA3)
    assert len(away(own)) == 1
    own.after(2)
    decide(own, "anna", key=ADA2, decision="undo")
    assert away(own) == {}
    assert set(away(own, known_at=between).values()) == {"a2", "a3"}, "what held then still held then"


def test_done_follows_the_merge_and_is_counted_once(own: Timed) -> None:
    answers.top(Ask(own.workspace), "anna@us.example", keep=True)
    first = decide(own, "anna", key=ADA3, decision="done")["decision"]
    own.after(0.1)
    decide(own, "anna", key=ADA2, decision="done", reason="again")
    own.correct("merge", a=ADA2, b=ADA3)
    merged = own.id_of(ADA2)
    (line,) = [i for i in own.get("anna", ANNA)["items"] if i["id"] == merged]
    assert (line["decision"]["reason"], line["decision"]["time"] > first["time"]) == ("again", True)
    decide(own, "anna", key=ADA2, decision="undo")
    (line,) = [i for i in own.get("anna", ANNA)["items"] if i["id"] == merged]
    assert line["decision"] is None, "taken back under both ids"
    own.correct("split", a=own.workspace.store.record_ids(ADA3, OWNER)[0])
    (week,) = own.get("anna", "/v1/lists/anna@us.example")["weeks"]
    assert week["done"] == 0


def test_decisions_of_a_rep_merged_into_another_hold_for_both(own: Timed) -> None:
    decide(own, "anna", key=ADA2, decision="wrong", reason="no")
    own.correct("merge", a="anna@us.example", b="cai@us.example")
    assert list(away(own).values()) == ["no"]
    assert own.get("owner", "/v1/top/cai@us.example")["away"][0]["decision"]["reason"] == "no"
    decide(own, "anna", key=ADA2, decision="undo")
    assert away(own) == {}


def test_an_earlier_decision_is_told_at_its_own_time(own: Timed) -> None:
    steps = (("snooze", {"until": "2026-08-01", "reason": "leave"}), ("undo", {}), ("wrong", {"reason": "left"}))
    for day, (word, more) in enumerate(steps, 1):
        own.after(day)
        decide(own, "anna", key=ADA2, decision=word, **more)
    own.after(4)
    then = [list(away(own, as_of=show_moment(NOW + int(d * DAY))).values()) for d in (0.5, 1.5, 2.5, 3.5)]
    assert then == [[], ["leave"], [], ["left"]]


def test_what_was_decided_is_erased_with_the_person(own: Timed) -> None:
    gone = own.id_of(ADA2)
    decide(own, "anna", key=ADA2, decision="wrong", reason="no")
    decide(own, "anna", key="a0@acme.example", decision="wrong", reason="Ada 2 said so")
    decide(own, "anna", key="a0@acme.example", decision="undo")
    assert len(own.workspace.store.documents("decided")) == 2
    own.workspace.store.erase(gone, OWNER)
    text = str(own.workspace.store.documents("decided"))
    assert gone not in text and "Ada 2" not in text


# -- recommendations of a date ----------------------------------------------------------------------------------------


def steps(world: Timed, who: str = "owner", **asked: str) -> dict[str, Any]:
    return {i["id"]: i for i in world.get(who, "/v1/recommendations", limit=1000, **asked)["items"]}


def test_recommendations_of_a_date_are_those_of_its_scores(own: Timed) -> None:
    answers.refresh_suggestions(Ask(own.workspace))
    now = steps(own)
    same = steps(own, as_of=show_moment(own.workspace.moment().as_of))
    assert {i: (s["gain"], s["reasons"], s["state"]) for i, s in now.items()} == {
        i: (s["gain"], s["reasons"], s["state"]) for i, s in same.items()
    }, "at the T of the last scoring both ways say the same"
    past = steps(own, as_of="2026-03-01")
    assert past and past != now
    assert all(e["time"] is None or e["time"] <= "2026-03-01" for s in past.values() for e in s["evidence"])
    assert steps(own, as_of="2020-01-01") == {}
    assert {s["owner"]["name"] for s in steps(own, "anna", as_of="2026-03-01").values()} <= {"Anna"}
    assert own.clients["anna"].get("/v1/recommendations?owner=bo@us.example&as_of=2026-03-01").status_code == 403


def test_recommendations_stand_as_decided_then(own: Timed) -> None:
    answers.refresh_suggestions(Ask(own.workspace))
    one = next(iter(steps(own, "anna")))
    days = [own.after(0.5)]
    for day, state in ((1, "declined"), (2, "proposed"), (3, "confirmed")):
        own.after(day)
        said = own.clients["anna"].post(f"/v1/recommendations/{one}", json={"state": state, "reason": "so"})
        assert said.status_code == 200, said.text
        days.append(own.after(day + 0.5))
    assert [steps(own, as_of=d)[one]["state"] for d in days] == ["proposed", "declined", "proposed", "confirmed"]
    assert one in steps(own, state="confirmed") and one not in steps(own, state="confirmed", as_of=days[1])


def test_a_declined_step_stays_away_after_a_merge(own: Timed) -> None:
    answers.refresh_suggestions(Ask(own.workspace))
    about = next(s for s in steps(own).values() if s["target"]["key"] == "zq1@beta.example")
    own.clients["owner"].post(f"/v1/recommendations/{about['id']}", json={"state": "declined", "reason": "no"})
    own.correct("merge", a="b4@beta.example", b="zq1@beta.example")
    answers.refresh_suggestions(Ask(own.workspace))
    merged = own.id_of("zq1@beta.example")
    same = [s for s in steps(own).values() if s["play"] == about["play"] and s["target"]["id"] == merged]
    same = [s for s in same if (s["owner"] or {}).get("id") == (about["owner"] or {}).get("id")]
    assert [s["state"] for s in same] == ["declined"], "found again under the other id, it is the same step"
