"""The course of an entity or tie: weeks counted by hand and naively, dated facts, scores as runs kept them."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from api import answers
from api.answers import Ask
from api.answers.history import history
from graphsvc.clock import now as clock_now
from graphsvc.pipeline import score
from graphsvc.policy import OWNER
from tests.contract.panels.conftest import DAY, company, fact
from tests.contract.policy.world import NOW, Rows, World, mail, page, person, when


def counts(answer: dict[str, Any]) -> dict[str, tuple[int, int, int]]:
    return {w["start"]: (w["total"], w["sent"], w["received"]) for w in answer["weeks"]}


def test_weeks_of_a_person_count_each_interaction_once(world: World) -> None:
    answer = world.get("owner", "/v1/history/anna@us.example")
    assert counts(answer) == {
        "2026-05-11": (1, 1, 0),
        "2026-05-18": (0, 0, 0),
        "2026-05-25": (2, 0, 2),
        "2026-06-01": (1, 1, 0),  # one mail to two people is one
    }
    assert answer["weeks"][2]["channels"] == {"mail": 1, "phone": 1}
    assert answer["notes"] == ["1 list or robot mail is left out of the weeks."]
    assert answer["other"] is None and answer["meta"]["hidden"] == 0


def test_an_organization_is_its_people_towards_ours(world: World) -> None:
    answer = world.get("owner", "/v1/history/acme")
    assert counts(answer)["2026-05-25"] == (3, 2, 1), "two from acme, one from us"
    assert counts(answer)["2026-06-01"] == (1, 0, 1)
    ours = world.get("owner", "/v1/history/us")
    assert counts(ours)["2026-05-25"] == (3, 1, 2), "our own organization is seen from our side"


def test_weeks_between_two_and_how_far_back(world: World) -> None:
    url = "/v1/history/a0@acme.example"
    both = world.get("owner", url, other="anna@us.example")
    assert counts(both)["2026-05-25"] == (2, 2, 0) and both["other"]["name"] == "Anna"
    assert list(counts(world.get("owner", url, other="anna@us.example", weeks=2))) == ["2026-05-25", "2026-06-01"]
    assert counts(world.get("owner", url, other="beta")) == {}, "no contact, no weeks"
    past = world.get("owner", url, other="anna@us.example", as_of="2026-05-20")
    assert counts(past) == {"2026-05-11": (1, 0, 1), "2026-05-18": (0, 0, 0)}
    client = world.clients["owner"]
    assert client.get(f"{url}?other=a0@acme.example").status_code == 422
    assert client.get("/v1/history/nobody@x.example").status_code == 404
    assert client.get(f"{url}?weeks=0").status_code == 422


def test_weeks_equal_a_naive_count(build: Callable[[dict[str, Rows]], World]) -> None:
    rng, rows = random.Random(3), company()
    people = [p["id"] for p in rows["people"]]
    rows["interactions"] = []
    for i in range(300):
        sender, *receivers = rng.sample(people, rng.randint(2, 4))
        day, kind = rng.uniform(0, 70), rng.choice(("mail", "call", "meeting", "robot_mail"))
        rows["interactions"] += [mail(f"i{i}", day, sender, to, kind=kind, channel=kind) for to in receivers]
    world = build(rows)
    for who in people[:4]:
        naive: dict[str, Counter[str]] = {}
        seen: set[tuple[str, str]] = set()
        for x in rows["interactions"]:
            side = "sent" if x["from"] == who else "received" if x["to"] == who else None
            if side is None or x["kind"] == "robot_mail" or (x["id"], side) in seen:
                continue
            seen.add((x["id"], side))
            monday = x["time"].date() - dt.timedelta(days=x["time"].weekday())
            naive.setdefault(monday.isoformat(), Counter()).update([side, "total", f"c:{x['channel']}"])
        answer = history(Ask(world.workspace), who)
        found = {w.start: w for w in answer.weeks if w.total}
        assert found.keys() == naive.keys()
        for start, week in found.items():
            expected = naive[start]
            assert (week.total, week.sent, week.received) == tuple(expected[k] for k in ("total", "sent", "received"))
            assert week.channels == {k[2:]: n for k, n in expected.items() if k.startswith("c:")}


def test_two_periods_of_a_fact_stay_two(world: World) -> None:
    facts = world.get("owner", "/v1/history/a0@acme.example")["facts"]
    member = [(f["from"][:10], f["to"][:10], f["other"]["name"]) for f in facts if f["kind"] == "MEMBER_OF"]
    assert member == [("2023-12-14", "2024-10-09", "Beta"), ("2025-11-13", "2026-05-12", "Beta")]
    sides = {f["kind"]: f["side"] for f in facts}
    assert (sides["REPORTS_TO"], sides["FOLLOWS"]) == ("subject", "object")
    always = next(f for f in facts if f["kind"] == "REPORTS_TO")
    assert (always["from"], always["to"], always["source"]) == (None, None, "crm")
    begins = [f["from"] or "" for f in facts]
    assert begins == sorted(begins), "oldest first"
    then = world.get("owner", "/v1/history/a0@acme.example", as_of="2026-03-01")["facts"]
    assert [f["to"] for f in then if f["kind"] == "MEMBER_OF"][-1] is None, "an end after T has not come"
    both = world.get("owner", "/v1/history/a0@acme.example", other="beta")["facts"]
    assert {f["kind"] for f in both} == {"MEMBER_OF"}


def test_the_same_period_from_two_sources_is_told_once(world: World) -> None:
    row = fact("b1@beta.example", "FOLLOWS", "a0@acme.example", 90)
    world.workspace.store.merge(page("facts", [row], "other"))
    found = [f for f in world.get("owner", "/v1/history/a0@acme.example")["facts"] if f["kind"] == "FOLLOWS"]
    assert [f["source"] for f in found] == ["crm, other"]


def test_a_rep_sees_own_weeks_and_facts_and_that_there_is_more(world: World) -> None:
    own = world.get("anna", "/v1/history/a0@acme.example")
    assert counts(own)["2026-05-25"] == (2, 2, 0), "not what Bo wrote"
    assert own["meta"]["hidden"] == 1 and own["notes"][0].startswith("1 tie of other people is left out")
    assert "bo@us.example" not in str(own)
    others = world.get("anna", "/v1/history/b1@beta.example")
    assert (others["weeks"], others["scores"]) == ([], {})
    assert [f["kind"] for f in others["facts"]] == ["FOLLOWS"], "towards an own contact"
    assert others["entity"]["key"] != "b1@beta.example", "no address of whom she never met"
    tie = world.get("anna", "/v1/history/b1@beta.example", other="bo@us.example")
    assert (tie["weeks"], tie["facts"], tie["scores"]) == ([], [], {}) and tie["meta"]["hidden"] > 0


def test_what_is_hidden_does_not_tell_when_others_were_active(world: World) -> None:
    """The number hidden counts ties up to T, not weeks: asking week by week must not tell it."""
    asked = [world.get("anna", "/v1/history/b1@beta.example", weeks=n) for n in (1, 2, 8, 104)]
    assert len({a["meta"]["hidden"] for a in asked}) == 1


# -- kept scores -------------------------------------------------------------------------------------------------------


def test_scores_are_those_that_runs_kept_one_a_week(world: World) -> None:
    workspace, store = world.workspace, world.workspace.store
    moments = [NOW - 8 * DAY, NOW - DAY]  # Sundays
    for at in (NOW - 14 * DAY, NOW - 8 * DAY, NOW - DAY, NOW - 7 * DAY):
        score(workspace, workspace.moment(at))
    found = history(Ask(workspace), "a0@acme.example", "anna@us.example").scores["tie_strength"]
    assert [p.as_of for p in found] == [_iso(m) for m in moments], "the latest T of a week"
    for point, at in zip(found, moments, strict=True):
        table = Ask(workspace, as_of=at).scores("tie_strength")
        p = workspace.projection(workspace.moment(at))
        ends = [p.index[store.resolve(k, OWNER)[0].id] for k in ("anna@us.example", "a0@acme.example")]
        assert point.value == pytest.approx(table.value[table.row_of(*ends)], rel=1e-8)
    assert len(history(Ask(workspace, as_of=NOW - 8 * DAY), "acme").scores["organization_health"]) == 1
    assert history(Ask(workspace, as_of=NOW - 15 * DAY), "acme").scores == {}
    assert "tie_strength" not in history(Ask(workspace), "a0@acme.example").scores
    rep = world.get("bo", "/v1/history/a0@acme.example")
    assert rep["scores"] == {} and rep["meta"]["hidden"] > 0, "another rep's account"
    assert "depth" in world.get("anna", "/v1/history/a0@acme.example")["scores"]


def test_runs_of_another_key_say_nothing(world: World) -> None:
    """Public ids are made with the workspace's key: kept scores under other ids are nobody's here."""
    workspace, store = world.workspace, world.workspace.store
    score(workspace, workspace.moment(NOW - DAY))
    run = store.runs("score", 1)[0]
    table = store.load_scores("depth", run.id)
    assert table is not None
    foreign = table.set_column(0, "a", [[f"{i:032x}" for i in range(len(table))]])
    foreign = foreign.replace_schema_metadata(table.schema.metadata)
    strange = replace(run, id="foreign", as_of=NOW - 8 * DAY)
    store.save_run(strange)
    store.save_scores(strange, "depth", foreign)
    found = history(Ask(workspace), "a0@acme.example").scores["depth"]
    assert [p.as_of for p in found] == [_iso(NOW - DAY)]


def test_known_at_shows_the_history_known_then(world: World) -> None:
    store = world.workspace.store
    before = clock_now()
    time.sleep(0.002)
    store.merge(page("interactions", [mail("late", 3, "anna@us.example", "a0@acme.example")]))
    store.merge(page("facts", [fact("a0@acme.example", "KNOWS", "b1@beta.example", 50)]))
    now, then = (history(Ask(world.workspace, known_at=k), "a0@acme.example") for k in (None, before))
    assert sum(w.total for w in now.weeks) == sum(w.total for w in then.weeks) + 1
    assert {f.kind for f in now.facts} - {f.kind for f in then.facts} == {"KNOWS"}


def test_an_erased_person_is_in_no_history(world: World) -> None:
    workspace, store = world.workspace, world.workspace.store
    score(workspace, workspace.moment(NOW - DAY))
    (who,) = store.resolve("a0@acme.example", OWNER)
    store.erase(who.id, OWNER)
    client = world.clients["owner"]
    assert client.get(f"/v1/history/{who.id}").status_code == 404
    for url in ("/v1/history/anna@us.example", "/v1/history/acme", "/v1/history/beta", "/v1/history/a1@acme.example"):
        text = client.get(url).text
        assert who.id not in text and "Ada 0" not in text, url
    assert counts(world.get("owner", "/v1/history/anna@us.example")) == {"2026-06-01": (1, 1, 0)}


def test_a_person_with_a_name_in_markup_is_only_text(world: World) -> None:
    name = "<script>alert(1)</script>\u202e" + "x" * 200
    world.workspace.store.merge(page("people", [person("a1@acme.example", name, "acme")]))
    facts = world.get("owner", "/v1/history/a0@acme.example")["facts"]
    shown = next(f["other"]["name"] for f in facts if f["kind"] == "REPORTS_TO")
    assert shown == answers.entity(Ask(world.workspace), "a1@acme.example").entity.name


def _iso(moment: int) -> str:
    return when(moment).isoformat().replace("+00:00", "Z")
