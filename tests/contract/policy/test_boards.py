"""Boards, hand-over and filtered paths over the API: what they answer, and what a rep is not told."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest

from api.answers import Ask
from api.answers.boards import HealthQuestion, ecosystem_board, health_board
from api.answers.freshness import freshness_board
from api.answers.handover import handover
from api.answers.path_wishes import PathQuestion
from api.answers.paths import paths_for
from graphsvc.errors import InputError
from graphsvc.filters import TieFilter
from graphsvc.jobs import Job
from graphsvc.phrases import phrase
from graphsvc.projection import DAY
from graphsvc.records import Reject
from tests.contract.policy.test_past import THEN, company, differences
from tests.contract.policy.world import NOW, World, leaks, mail, opened, page, world_rows

HEALTH = "/v1/boards/health"


def organizations(rows: list[dict[str, Any]]) -> list[str]:
    return [r["organization"]["name"] for r in rows]


# -- health -----------------------------------------------------------------------------------------------------------


def test_the_health_board_adds_up(world: World) -> None:
    found = world.get("owner", HEALTH)
    assert found["count"] == sum(b["ties"] for b in found["distribution"]) == sum(found["bands"].values()) > 3
    assert set(organizations(found["accounts"])) == {"Acme", "Beta"} and found["accounts_count"] == 2
    assert {a["organization"]["name"]: a["owner"]["name"] for a in found["accounts"]} == {"Acme": "Anna", "Beta": "Bo"}
    known = [a["health"] for a in found["accounts"] if a["health"] is not None]
    assert known == sorted(known), "poorest first"
    assert all(m["change"] == pytest.approx(m["after"] - m["before"]) for m in found["movers"])
    sizes = [abs(m["change"]) for m in found["movers"]]
    assert sizes == sorted(sizes, reverse=True)


def test_a_change_over_four_weeks_is_the_ties_own_trend(world: World) -> None:
    ask = Ask(world.workspace)
    scores, p = ask.scores("relationship_health"), ask.projection
    trend = np.asarray(scores.beside["trend"])
    found = health_board(ask, HealthQuestion(limit=1000))
    changes = {tuple(sorted((p.index[m.a.id], p.index[m.b.id]))): m.change for m in found.movers}
    assert changes
    for (a, b), change in changes.items():
        row = scores.row_of(a, b)
        assert row is not None and change == pytest.approx(trend[row], rel=1e-9)


def test_a_reps_board_holds_own_accounts_and_own_ties(world: World) -> None:
    owners, annas = world.get("owner", HEALTH), world.get("anna", HEALTH)
    assert organizations(annas["accounts"]) == ["Acme"] and set(organizations(annas["at_risk"])) <= {"Acme"}
    assert annas["teams"] == [] and annas["count"] < owners["count"]
    assert all("Anna" in (m["a"]["name"], m["b"]["name"]) for m in annas["movers"])
    assert annas["meta"]["hidden"] == owners["count"] - annas["count"] + 1
    acme = next(a for a in owners["accounts"] if a["organization"]["name"] == "Acme")
    assert annas["accounts"] == [acme], "of the own account all is told"
    cais = world.get("cai", HEALTH)
    assert (cais["accounts"], cais["count"]) == ([], 0)


def test_a_team_and_a_territory_narrow_the_board(tmp_path: Path) -> None:
    rows = world_rows()
    rows["organizations"][1]["region"] = "north"
    rows["facts"].append({"subject": "bo@us.example", "kind": "REPORTS_TO", "object": "cai@us.example"})
    world = World(opened(tmp_path / "w.db", rows), {})
    ask = Ask(world.workspace)
    whole = health_board(ask, HealthQuestion())
    assert (whole.territories, [(t.name, t.size) for t in whole.teams]) == (["north"], [("Cai", 2)])
    north = health_board(ask, HealthQuestion(territory="north"))
    assert [a.organization.name for a in north.accounts] == ["Acme"] and 0 < north.count < whole.count
    team = health_board(ask, HealthQuestion(team=whole.teams[0].id))
    assert [a.organization.name for a in team.accounts] == ["Beta"] and team.scope.name == "Team of Cai"
    assert all({"Bo", "Cai"} & {m.a.name, m.b.name} for m in team.movers)
    both = health_board(ask, HealthQuestion(team=whole.teams[0].id, territory="north"))
    assert both.accounts == [] and both.count > 0, "Bo has a tie at Acme"
    with pytest.raises(InputError, match="north"):
        health_board(ask, HealthQuestion(territory="south"))
    with pytest.raises(InputError):
        health_board(ask, HealthQuestion(since=ask.projection.as_of))
    world.workspace.store.close()


@pytest.mark.parametrize(
    ("who", "url", "status"),
    [
        ("anna", f"{HEALTH}?team=cai@us.example", 403),
        ("owner", f"{HEALTH}?since=2027-01-01", 422),
        ("owner", f"{HEALTH}?since=soon", 422),
        ("owner", f"{HEALTH}?territory=moon", 422),
        ("anna", "/v1/handover/bo@us.example", 403),
        ("owner", "/v1/handover/nobody@x.example", 404),
        ("owner", "/v1/handover/anna@us.example?to=anna@us.example", 422),
        ("owner", "/v1/handover/anna@us.example?to=a0@acme.example", 422),
        ("anna", "/v1/paths?to=role:cto@beta", 403),
        ("owner", "/v1/paths?to=role:cto", 422),
        ("owner", "/v1/paths?to=role:@acme", 422),
        ("owner", "/v1/paths?to=acme&from=anna@us.example&team=bo@us.example", 422),
        ("owner", "/v1/paths?to=acme&level=boss", 422),
    ],
)
def test_a_wrong_question_is_told(world: World, who: str, url: str, status: int) -> None:
    said = world.clients[who].get(url)
    assert said.status_code == status and said.json()["detail"]


# -- ecosystem and freshness ------------------------------------------------------------------------------------------


def test_the_ecosystem_board_has_every_account_once(world: World) -> None:
    owners, annas = (world.get(who, "/v1/boards/ecosystem") for who in ("owner", "anna"))
    assert sorted(organizations(owners["items"])) == ["Acme", "Beta"]
    assert sum(owners["counts"].values()) == len(owners["items"])
    assert organizations(annas["items"]) == ["Acme"] and annas["meta"]["hidden"] == 1
    assert annas["cuts"] == owners["cuts"], "cuts are those of all"
    assert all((i["reason"] is not None) == (i["quadrant"] == "not_assessed") for i in owners["items"])


def test_freshness_tells_sources_with_what_is_held_back(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "w.db", world_rows())
    store = workspace.store
    bad = [Reject("line 7", "interactions", phrase("sources.bad_json", where="line 7", problem="x"), {"raw": "{"})]
    store.merge(page("interactions", [mail("late", 1, "a0@acme.example", "anna@us.example")], "crm", rejects=bad))
    store.add_job(Job("j1", "sync", '{"name": "mailbox"}', "failed", created=NOW, finished=NOW))
    found = freshness_board(Ask(workspace))
    (channel,) = found.channels
    assert (channel.channel, channel.late, len(channel.weeks)) == ("mail", False, 26) and channel.usual_days
    by_name = {s.source: s for s in found.sources}
    assert (by_name["crm"].quarantined, by_name["crm"].reasons[0].count) == (1, 1)
    assert "{" not in by_name["crm"].reasons[0].reason, "a reason, not the row"
    assert by_name["mailbox"].state == "failed"
    late = freshness_board(Ask(workspace, as_of=NOW + 40 * DAY)).channels[0]
    assert late.late and late.age_days > 30
    rep = freshness_board(World(workspace, {}).ask("anna"))
    assert rep.sources == [] and rep.channels[0].weeks == [] and rep.meta.hidden > 0 and rep.meta.notes
    store.close()


# -- hand-over --------------------------------------------------------------------------------------------------------


def test_a_hand_over_names_who_knows_each_contact_and_whom_nobody_knows(world: World) -> None:
    found = world.get("owner", "/v1/handover/anna@us.example")
    contacts = {c["person"]["name"]: c for a in found["accounts"] for c in a["contacts"]}
    assert set(contacts) == {"Ada 0", "Ada 1", "Berta Four"} and found["people"] == 3
    assert contacts["Berta Four"]["suggested"]["name"] == "Bo" and contacts["Berta Four"]["suggested_band"]
    assert contacts["Ada 0"]["suggested"] is None and contacts["Ada 0"]["why"][0] == "Nobody else knows them."
    assert found["at_risk"] == sum(c["important"] and "Nobody else knows them." in c["why"] for c in contacts.values())
    acme = found["accounts"][0]
    assert (acme["organization"]["name"], acme["owned"], acme["amount"], acme["open_deals"]) == (
        "Acme", True, 12_000.0, 1,
    )  # fmt: skip
    one = world.get("owner", "/v1/handover/anna@us.example", to="cai@us.example")
    assert {c["suggested"] and c["suggested"]["name"] for a in one["accounts"] for c in a["contacts"]} <= {"Cai", None}


def test_a_rep_hands_over_without_figures_of_others(world: World) -> None:
    annas, owners = (world.get(who, "/v1/handover/anna@us.example") for who in ("anna", "owner"))
    assert [c["strength"] for a in annas["accounts"] for c in a["contacts"]] == [
        c["strength"] for a in owners["accounts"] for c in a["contacts"]
    ], "the own ties are told in full"
    assert annas["meta"]["hidden"] > 0 == owners["meta"]["hidden"]
    assert world.get("owner", "/v1/handover/cai@us.example")["accounts"] == []


def test_a_hand_over_says_how_many_contacts_there_are_beside_those_it_shows(world: World) -> None:
    whole = world.get("owner", "/v1/handover/anna@us.example", limit=1000)
    cut = world.get("owner", "/v1/handover/anna@us.example", limit=1)
    assert [a["count"] for a in cut["accounts"]] == [len(a["contacts"]) for a in whole["accounts"]]
    assert [a["contacts"] for a in cut["accounts"]] == [a["contacts"][:1] for a in whole["accounts"]]
    assert cut["meta"]["total"] == cut["people"] == sum(a["count"] for a in cut["accounts"]) == 3
    assert world.clients["owner"].get("/v1/handover/anna@us.example?limit=0").status_code == 422


@pytest.mark.parametrize(("language", "head", "band"), [("en", "Contact", "strong"), ("zh", "联系人", "强")])
@pytest.mark.parametrize("who", ["owner", "anna"])
def test_a_hand_over_comes_as_a_file_with_every_contact(
    world: World, who: str, language: str, head: str, band: str
) -> None:
    answer, url = world.get(who, "/v1/handover/anna@us.example"), "/v1/handover-file/anna@us.example"
    spoken = {"accept-language": language}
    raw = world.clients[who].get(f"{url}?format=csv", headers=spoken)
    assert raw.headers["content-disposition"] == 'attachment; filename="handover-2026-06-01.csv"'
    rows = list(csv.DictReader(io.StringIO(raw.content.decode("utf-8-sig"))))
    names = [c["person"]["name"] for a in answer["accounts"] for c in a["contacts"]]
    assert [r[head] for r in rows] == names != []
    assert any(band in r.values() for r in rows) and not leaks(raw.text, "")
    book = openpyxl.load_workbook(io.BytesIO(world.clients[who].get(url, headers=spoken).content))
    sheet = list(book.worksheets[0].iter_rows(values_only=True))
    assert list(sheet[0]) == list(rows[0]) and len(sheet) == 1 + len(rows)
    again = world.clients[who].get(url, headers=spoken)
    assert world.clients[who].get(url, headers=spoken | {"if-none-match": again.headers["etag"]}).status_code == 304


def test_a_hand_over_file_is_for_the_owner_and_the_rep(world: World) -> None:
    for who, url, status in (
        ("cai", "/v1/handover-file/anna@us.example", 403), ("writer", "/v1/handover-file/anna@us.example", 403),
        ("anna", "/v1/handover-file/bo@us.example", 403), ("owner", "/v1/handover-file/nobody@x.example", 404),
        ("owner", "/v1/handover-file/anna@us.example?format=pdf", 422),
    ):  # fmt: skip
        assert world.clients[who].get(url).status_code == status, url


# -- paths ------------------------------------------------------------------------------------------------------------


def nodes(found: Any) -> list[list[str]]:
    return [[p["hops"][0]["from_name"], *(h["to_name"] for h in p["hops"])] for p in found["paths"]]


def test_hops_name_people_by_id_with_employer_and_title(world: World) -> None:
    asked = {"to": "crm-b2", "from": "anna@us.example", "min_probability": 0}
    for who, title in (("owner", "Canarytitle"), ("anna", None)):
        last = world.get(who, "/v1/paths", **asked)["paths"][0]["hops"][-1]
        target = world.get(who, f"/v1/people/{last['to_id']}")
        assert (target["entity"]["name"], last["to_organization"]) == ("Berta Two", "Beta")
        assert last["title"] == title and last["from_organization"] in ("Us", "Beta")


def test_a_role_leads_to_whoever_has_it(world: World) -> None:
    def ends(role: str) -> set[str]:
        found = world.get("owner", "/v1/paths", to=f"role:{role}", min_probability=0, k=10)
        return {p["hops"][-1]["to_name"] for p in found["paths"]}

    assert ends("economic_buyer@beta") == {"Berta Two"}, "by the role in a deal"
    assert ends("cto@acme") == ends("CTO@acme") == {"Ada 0", "Ada 1", "Ada 2"}, "by the title, whatever its case"
    assert ends("c_level@acme") == ends("cto@acme"), "by the level"
    nobody = world.get("owner", "/v1/paths", to="role:janitor@acme", min_probability=0)
    assert nobody["paths"] == [] and nobody["meta"]["notes"]
    own = world.get("anna", "/v1/paths", to="role:economic buyer@acme", min_probability=0)
    assert {p["hops"][-1]["to_name"] for p in own["paths"]} <= {"Ada 3"}


def test_a_team_starts_in_place_of_all_of_us(tmp_path: Path) -> None:
    rows = world_rows()
    rows["facts"].append({"subject": "bo@us.example", "kind": "REPORTS_TO", "object": "cai@us.example"})
    workspace = opened(tmp_path / "w.db", rows)
    found = paths_for(Ask(workspace), PathQuestion("acme", team="cai@us.example", min_probability=0.0, k=10))
    assert {p.hops[0].from_name for p in found.paths} == {"Bo", "Cai"}
    workspace.store.close()


FILTERS = [
    TieFilter(strength_min=0.5), TieFilter(strength_min=2.0), TieFilter(age_max=3.0), TieFilter(age_max=40.0),
    TieFilter(channels=frozenset({"mail"})), TieFilter(channels=frozenset({"phone"})),
    TieFilter(kinds=frozenset({"mail"}), age_max=10.0), TieFilter(levels=frozenset({"c_level"})),
    TieFilter(industries=frozenset({"steel"})), TieFilter(industries=frozenset({"none"})),
]  # fmt: skip


@pytest.mark.parametrize("wanted", FILTERS)
@pytest.mark.parametrize("to", ["crm-b2", "crm-b3", "acme"])
@pytest.mark.parametrize("disjoint", [False, True])
def test_filters_hold_inside_the_search(world: World, wanted: TieFilter, to: str, disjoint: bool) -> None:
    """The k best paths that pass are those that pass among all paths: not those that pass among the k best."""
    ask = Ask(world.workspace)
    every = paths_for(ask, PathQuestion(to, k=1000, min_probability=0.0))
    found = paths_for(ask, PathQuestion(to, k=2, min_probability=0.0, filter=wanted, disjoint=disjoint))
    passing = [p for p in every.paths if passes(ask, wanted, p)]
    assert every.complete and found.complete
    if not disjoint:
        assert [route(p) for p in found.paths] == [route(p) for p in passing[:2]]
    assert {route(p) for p in found.paths} <= {route(p) for p in passing}
    assert bool(found.paths) == bool(passing)


def route(path: Any) -> tuple[str, ...]:
    return (path.hops[0].from_id, *(h.to_id for h in path.hops))


def passes(ask: Ask, wanted: TieFilter, path: Any) -> bool:
    """Each tie, and each person between the ends, one by one."""
    p, strength = ask.projection, ask.workspace.effective("tie_strength", ask.moment)
    ties, people = wanted.ties(p, strength), wanted.people(p)
    rows = [strength.row_of(p.index[h.from_id], p.index[h.to_id]) for h in path.hops]
    return all(ties[r] for r in rows if r is not None) and all(people[p.index[h.to_id]] for h in path.hops[:-1])


def test_a_filter_does_not_tell_a_rep_how_strong_ties_of_others_are(world: World) -> None:
    """Asking again and again with ever finer thresholds: the answer changes at no strength of a tie of others."""
    ask = Ask(world.workspace)
    strength, anna = ask.workspace.effective("tie_strength", ask.moment), world.ask("anna").sight.me
    assert strength.b is not None
    others = strength.value[(strength.a != anna) & (strength.b != anna)]
    others = others[~np.isin(others, ask.cuts(strength))]  # where bands are cut is no secret
    assert len(others) >= 3
    for value in others.tolist():
        asked = {"to": "crm-b2", "from": "anna@us.example", "min_probability": 0}
        below, above = (
            nodes(world.get("anna", "/v1/paths", **asked, strength_min=value * (1 + e))) for e in (-1e-6, 1e-6)
        )
        assert below == above, f"the answer tells that a tie has strength {value}"
    told = [len(world.get("owner", "/v1/paths", to="crm-b2", strength_min=v)["paths"]) for v in (0.0, 1e9)]
    assert told[0] > told[1] == 0, "the filter does filter"


# -- the past ---------------------------------------------------------------------------------------------------------


def told(ask: Ask) -> dict[str, Any]:
    """What the boards say, without what says when and where they were asked."""
    out = {f"health {since}": health_board(ask, HealthQuestion(since=since, limit=100)).model_dump(exclude={"meta"})
           for since in (None, THEN - 90 * DAY)}  # fmt: skip
    out["ecosystem"] = ecosystem_board(ask).model_dump(exclude={"meta"})
    out["freshness"] = freshness_board(ask).model_dump(include={"channels"})
    for rep in ("r0@us.example", "r3@us.example"):
        out[f"handover {rep}"] = handover(ask, rep).model_dump(exclude={"meta"})
    return out


def test_nothing_after_t_has_any_influence_on_a_board(tmp_path: Path) -> None:
    whole, cut = opened(tmp_path / "whole.db", company(NOW)), opened(tmp_path / "cut.db", company(THEN))
    before, after = told(Ask(cut, as_of=THEN)), told(Ask(whole, as_of=THEN))
    assert (
        before["health None"]["count"]
        and before["health None"]["movers"]
        and before["handover r0@us.example"]["people"]
    )
    assert differences(after, before) == []
    whole.store.close()
    cut.store.close()
