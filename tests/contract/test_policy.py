"""Who may see what, end to end: rights, budgets, erasure, and the past, over every answer and every endpoint."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import random
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pytest
from starlette.testclient import TestClient

from api import answers
from api.answers import Ask
from api.answers.export import export_scores, export_ties
from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc.clock import day_end, read_moment
from graphsvc.clock import now as clock_now
from graphsvc.errors import AmbiguousError, BudgetError, ForbiddenError, NotFoundError
from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import phrase
from graphsvc.pipeline import fit, score
from graphsvc.policy import GRID, OWNER, Budget, Caller
from graphsvc.projection import DAY
from graphsvc.records import Page, Reject
from graphsvc.registry import algorithms
from graphsvc.settings import settings
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")
KEY = "6b" * 32
Rows = list[dict[str, Any]]


@pytest.fixture(autouse=True, scope="module")
def _fixed() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
        patch.setenv("GRAPHSVC_LANG", "en")
        settings.cache_clear()
        yield
    settings.cache_clear()


def when(moment: int) -> dt.datetime:
    return dt.datetime.fromtimestamp(moment / 1e6, dt.UTC)


def page(table: str, rows: Rows, source: str = "crm", **more: Any) -> Page:
    held = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
    return Page(source, table, held, read=len(rows) + len(more.get("rejects", ())), **more)


def opened(path: Path, tables: dict[str, Rows], clock: Callable[[], int] = lambda: NOW) -> Workspace:
    """A workspace with these rows."""
    store = open_store(f"sqlite:///{path}")
    store.own(["us.example"], OWNER)
    for table, rows in tables.items():
        store.merge(page(table, rows))
    return Workspace(store, clock=clock)


# -- a small world: Anna has Acme, Bo has Beta, Cai has nothing; canaries are what Anna must not see ------------------

REPS = ("anna", "bo", "cai")
CANARIES = (  # mail addresses, records, amounts, titles and sentences of Bo's account and ties
    "zq1@beta.example", "zq2@beta.example", "zq3.private@mail.example", "secretrec", "770123", "660987", "canarydeal",
    "canarytitle", "55.25", "canaryreason",
)  # fmt: skip


def person(
    ident: str, name: str | None, org: str, email: str | None = None, title: str | None = None
) -> dict[str, Any]:
    return {"id": ident, "name": name, "email": email, "organization": org, "title": title}


def mail(ident: str, day: float, sender: str, to: str, **more: Any) -> dict[str, Any]:
    row = {"id": ident, "time": when(NOW - int(day * DAY)), "from": sender, "to": to, "channel": "mail", "kind": "mail"}
    return row | more


def world_rows() -> dict[str, Rows]:
    people = [person(f"{r}@us.example", r.title(), "us", f"{r}@us.example", "Sales") for r in REPS]
    people += [person(f"a{i}@acme.example", f"Ada {i}", "acme", f"a{i}@acme.example", "CTO") for i in range(4)]
    people += [
        person("zq1@beta.example", "Berta One", "beta", "zq1@beta.example", "Canarytitle"),
        person("crm-b2", "Berta Two", "beta", "zq2@beta.example", "Canarytitle"),
        person("crm-b3", "Berta Two", "beta", "zq3.private@mail.example"),
        person("b4@beta.example", "Berta Four", "beta", "b4@beta.example"),
    ]
    return {
        "organizations": [
            {"id": "us", "name": "Us", "kind": "own"},
            {"id": "acme", "name": "Acme", "industry": "steel", "kind": "customer"},
            {"id": "beta", "name": "Beta", "industry": "steel", "kind": "customer"},
        ],
        "people": people,
        "works": [{"id": "design", "name": "Design", "kind": "design", "author": "zq1@beta.example"}],
        "facts": world_facts(),
        "opportunities": [
            deal("d1", "Acme renewal", "acme", "anna", 12_000.0),
            deal("d2", "Canarydeal one", "beta", "bo", 770_123.0),
            deal("d3", "Canarydeal two", "beta", "bo", 660_987.0) | {"won": True, "closed": when(NOW - 90 * DAY)},
        ],
        "interactions": world_interactions(),
    }


def deal(ident: str, name: str, org: str, owner: str, amount: float) -> dict[str, Any]:
    more = {"owner": f"{owner}@us.example", "amount": amount, "currency": "EUR", "created": when(NOW - 120 * DAY)}
    return {"id": ident, "name": name, "organization": org, "product": "press"} | more


def world_facts() -> Rows:
    def fact(subject: str, kind: str, obj: str, **more: Any) -> dict[str, Any]:
        return {"subject": subject, "kind": kind, "object": obj, "valid_from": when(NOW - 300 * DAY)} | more

    return [
        fact("anna@us.example", "OWNS", "acme"),
        fact("bo@us.example", "OWNS", "beta"),
        fact("zq1@beta.example", "FOLLOWS", "a0@acme.example"),
        fact("a1@acme.example", "FOLLOWS", "zq1@beta.example"),
        fact("crm-b2", "FOLLOWS", "zq1@beta.example"),
        fact("a1@acme.example", "ADOPTED", "design", valid_from=when(NOW - 60 * DAY)),
        fact("crm-b2", "ADOPTED", "design", valid_from=when(NOW - 50 * DAY)),
        fact("zq1@beta.example", "REFERRED", "a2@acme.example", valid_from=when(NOW - 3 * DAY)),
        fact("crm-b2", "STAKEHOLDER_IN", "d2", role="Economic Buyer"),
        fact("a3@acme.example", "STAKEHOLDER_IN", "d1", role="Economic Buyer"),
    ]


def world_interactions() -> Rows:
    out: Rows = []

    def both(name: str, us: str, them: str, days: range) -> None:
        for n, day in enumerate(days):
            ends = (us, them) if n % 2 else (them, us)
            out.append(mail(f"{name}.{n}", day + n % 3 / 10, *ends))

    both("open-anna0", "anna@us.example", "a0@acme.example", range(2, 200, 7))
    both("open-anna1", "anna@us.example", "a1@acme.example", range(40, 300, 20))
    both("open-anna4", "anna@us.example", "b4@beta.example", range(5, 90, 11))
    both("open-team", "anna@us.example", "bo@us.example", range(1, 100, 5))
    both("open-cai", "cai@us.example", "anna@us.example", range(1, 100, 9))
    both("secretrec-bo1", "bo@us.example", "zq1@beta.example", range(2, 250, 6))
    both("secretrec-bo2", "bo@us.example", "crm-b2", range(3, 250, 15))
    both("secretrec-boa", "bo@us.example", "a2@acme.example", range(4, 200, 8))
    both("secretrec-inside", "zq1@beta.example", "crm-b3", range(4, 200, 10))
    both("secretrec-bo4", "bo@us.example", "b4@beta.example", range(150, 260, 9))
    out.extend(mail(f"secretrec-tire.{n}", 1 + n / 2, "bo@us.example", "b4@beta.example") for n in range(9))
    return out


@dataclass
class World:
    workspace: Workspace
    clients: dict[str, TestClient]

    def ask(self, who: str, **more: Any) -> Ask:
        return Ask(self.workspace, self.caller(who), **more)

    def caller(self, who: str) -> Caller:
        if who == "owner":
            return OWNER
        (found,) = self.workspace.store.resolve(f"{who}@us.example", OWNER, "person")
        return Caller(found.id, frozenset({"rep"}), who, frozenset({"read", "write"}))

    def get(self, who: str, url: str, **params: Any) -> Any:
        response = self.clients[who].get(url, params=params)
        assert response.status_code == 200, f"{who} {url}: {response.text}"
        return response.json()


KEYS = {
    "owner": (["read", "write", "admin"], ["owner"], None),
    "anna": (["read", "write"], ["rep"], "anna@us.example"),
    "cai": (["read", "write"], ["rep"], "cai@us.example"),
    "reader": (["read"], ["rep"], "anna@us.example"),
    "writer": (["write"], ["rep"], "anna@us.example"),
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, _fixed: None) -> Iterator[World]:
    workspace = opened(tmp_path_factory.mktemp("policy") / "graph.db", world_rows())
    ask = Ask(workspace)
    answers.override(ask, "tie_strength", "bo@us.example", "zq1@beta.example", 55.25, "canaryreason")
    fit(workspace, ask.moment)
    score(workspace, ask.moment)
    assert answers.refresh_suggestions(Ask(workspace)) > 0
    made = {name: new_key(name, *key) for name, key in KEYS.items()}
    app = assemble(workspace, KeyRing([entry for _, entry in made.values()]))
    clients = {
        name: TestClient(
            app,
            base_url="https://graph.example",
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )
        for name, (token, _) in made.items()
    }
    yield World(workspace, clients)
    workspace.store.close()


PEOPLE = ("anna@us.example", "bo@us.example", "a0@acme.example", "a2@acme.example", "zq1@beta.example", "crm-b2")
URLS = [
    "/v1/search?text=berta", "/v1/search?text=acme", "/v1/search?text=zq", "/v1/search?text=canary",
    "/v1/search?text=be",
    "/v1/search?text=us.example", "/v1/people?text=beta.example", "/v1/organizations?text=beta",
    *(f"/v1/people/{key}" for key in (*PEOPLE, "Berta Two", "crm-b3")),
    "/v1/organizations/beta", "/v1/organizations/acme",
    "/v1/relationships?limit=1000", "/v1/relationships?key=beta", "/v1/relationships?key=a2@acme.example",
    "/v1/relationships?key=zq1@beta.example", "/v1/relationships?limit=1000&as_of=2026-03-01",
    *(f"/v1/scores/{name}?limit=1000" for name in sorted(algorithms())),
    *(f"/v1/scores/{name}?key=crm-b2&key=beta&key=bo@us.example&key=d2" for name in sorted(algorithms())),
    *(f"/v1/explain/{s.name}?key={a}{f'&other={b}' if s.of == 'tie' else ''}"
      for s in algorithms().values()
      for a, b in (("anna@us.example", "a0@acme.example"), ("anna@us.example", "b4@beta.example"),
                   ("bo@us.example", "zq1@beta.example"), ("bo@us.example", "a2@acme.example"),
                   ("a1@acme.example", "anna@us.example"), ("crm-b2", "bo@us.example"),
                   ("acme", "bo@us.example"), ("beta", "bo@us.example"))),
    "/v1/paths?to=crm-b2&min_probability=0", "/v1/paths?to=crm-b3&from=anna@us.example&min_probability=0",
    "/v1/paths?to=beta&min_probability=0.0", "/v1/paths?to=a2@acme.example&min_probability=0.001", "/v1/paths?to=d2",
    "/v1/paths?to=acme&min_probability=0", "/v1/paths?to=crm-b2&from=anna@us.example&min_probability=0.17",
    "/v1/map/anna@us.example?hops=3", "/v1/map/beta?hops=2", "/v1/map/zq1@beta.example?hops=1&limit=3",
    "/v1/map/acme", "/v1/map/d2",
    "/v1/top/anna@us.example", "/v1/top/bo@us.example", "/v1/top?team=us", "/v1/top/anna@us.example?week=2026-W18",
    *(f"/v1/why-not/anna@us.example?key={key}" for key in (*PEOPLE, "b4@beta.example", "beta", "acme", "d2")),
    "/v1/why-not/bo@us.example?key=crm-b2",
    "/v1/recommendations", "/v1/recommendations?owner=bo@us.example", "/v1/recommendations?owner=anna@us.example",
    "/v1/changes", "/v1/models", "/v1/runs", "/v1/",
]  # fmt: skip


def leaks(text: str, url: str) -> list[str]:
    """Canaries in an answer that were not in the question."""
    return [c for c in CANARIES if c in text.casefold() and c not in url.casefold()]


# -- 1. the matrix ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["anna", "reader"])
@pytest.mark.parametrize("url", URLS)
def test_a_rep_sees_nothing_of_other_accounts_and_ties(world: World, who: str, url: str) -> None:
    response = world.clients[who].get(url)
    text = json.dumps(response.json(), ensure_ascii=False)
    assert response.status_code in (200, 403, 404, 409, 422), text
    assert not leaks(text, url), f"{url} tells a rep {leaks(text, url)}: {text}"
    if response.status_code == 200 and re.search(r"key=zq1|people/zq1|map/zq1", url):
        body = json.dumps({k: v for k, v in response.json().items() if k != "unknown"})
        assert "zq1@beta.example" not in body, f"{url} gives the mail address back"


@pytest.mark.parametrize("url", URLS)
def test_a_rep_without_accounts_sees_the_own_tie_only(world: World, url: str) -> None:
    response = world.clients["cai"].get(url)
    text = json.dumps(response.json(), ensure_ascii=False)
    closed = ("@acme.example", "open-anna0", "open-anna1", "open-team", "12000", "12,000", "acme renewal")
    found = [c for c in closed if c in text.casefold() and c not in url.casefold()]
    assert not leaks(text, url) + found, f"{url} tells a rep without accounts {found}: {text}"


@pytest.mark.parametrize("url", URLS)
def test_the_owner_gets_an_answer_and_a_key_without_read_gets_none(world: World, url: str) -> None:
    answer = world.clients["owner"].get(url)
    assert answer.status_code in ((404, 409, 422) if not answer.is_success else (200,)), answer.text
    refused = world.clients["writer"].get(url)
    assert (refused.status_code, leaks(refused.text, url)) == (403, []), refused.text


def test_the_canaries_are_there_for_the_owner(world: World) -> None:
    seen = "".join(world.clients["owner"].get(url).text for url in URLS).casefold()
    assert [c for c in CANARIES if c not in seen and c != "canaryreason"] == [], "a canary nobody sees tests nothing"


def test_writes_need_their_scope_and_their_owner(world: World) -> None:
    owner, anna, reader, writer = (world.clients[n] for n in ("owner", "anna", "reader", "writer"))
    bos = next(s for s in owner.get("/v1/recommendations").json()["items"] if (s["owner"] or {}).get("name") == "Bo")
    for client, status in ((anna, 404), (reader, 403), (writer, 403)):
        said = client.post(f"/v1/recommendations/{bos['id']}", json={"state": "confirmed"})
        assert (said.status_code, leaks(said.text, "")) == (status, []), said.text
    after = {s["id"]: s["state"] for s in owner.get("/v1/recommendations").json()["items"]}
    assert after[bos["id"]] == "proposed", "a refused decision must decide nothing"
    line = b'{"table": "people", "id": "new@acme.example", "name": "New"}\n'
    headers = {"content-type": "application/x-ndjson"}
    assert reader.post("/v1/records", content=line, headers=headers).status_code == 403


def test_a_key_that_only_writes_learns_nothing_of_the_channels(tmp_path: Path) -> None:
    workspace = opened(tmp_path / "w.db", world_rows())
    writer = Caller(None, frozenset({"rep"}), "w", frozenset({"write"}))
    line = b'{"table": "people", "id": "new@acme.example", "name": "New"}\n'
    said = answers.records(Ask(workspace, writer), line)
    assert (said.accepted, said.meta.channels) == (1, [])
    with pytest.raises(ForbiddenError):
        answers.models(Ask(workspace, writer))
    workspace.store.close()


def test_posted_scores_hold_back_the_same(world: World) -> None:
    keys = ["crm-b2", "zq1@beta.example", "a0@acme.example", "b4@beta.example", "nobody@x.example", "Berta Two"]
    for name in algorithms():
        body = world.clients["anna"].post(f"/v1/scores/{name}", json={"keys": keys}).json()
        assert not leaks(json.dumps(body), ""), name
        assert body["unknown"] == ["nobody@x.example", "Berta Two"], "a closed entity is not an unknown one"


def test_numbers_of_other_ties_are_never_shown(world: World) -> None:
    ties = world.get("anna", "/v1/relationships", limit=1000)
    closed = [t for t in ties["items"] if "Anna" not in (t["a"]["name"], t["b"]["name"])]
    assert ties["meta"]["hidden"] == len(closed) > 0
    assert all(t[n] is None for t in closed for n in ("strength", "health", "active", "reciprocity", "last"))
    graph = world.get("anna", "/v1/map/anna@us.example", hops=3)
    anna = graph["center"]["id"]
    assert {e["strength"] is None for e in graph["edges"] if anna not in (e["a"], e["b"])} == {True}
    nodes = {n["name"]: n for n in graph["nodes"]}
    assert (nodes["Berta One"]["influence"], nodes["Berta One"]["pagerank"]) == (None, None)
    assert nodes["Ada 0"]["pagerank"] is not None and graph["meta"]["hidden"] > 0


def test_the_order_of_ties_does_not_tell_their_strength(world: World) -> None:
    items = world.get("anna", "/v1/relationships", limit=1000)["items"]
    place = [("strong", "fair", "weak").index(t["band"]) for t in items]
    assert place == sorted(place)
    for band in ("strong", "fair", "weak"):
        own = [t["strength"] for t in items if t["band"] == band]
        known = [s for s in own if s is not None]
        assert own[: len(known)] == sorted(known, reverse=True), "own ties first, then the others in no order"


def test_paths_over_other_ties_say_a_coarse_step_only(world: World) -> None:
    exact = {
        tuple(h["to_name"] for h in p["hops"]): p["probability"]
        for p in world.get("owner", "/v1/paths", **{"to": "crm-b2", "from": "anna@us.example", "min_probability": 0})[
            "paths"
        ]
    }
    steps = set()
    for least in (0.0, 0.01, *(p * (1 + e) for p in exact.values() for e in (-1e-6, 1e-6))):
        asked = {"to": "crm-b2", "from": "anna@us.example", "min_probability": least}
        found = world.get("anna", "/v1/paths", **asked)
        for path in found["paths"]:
            own = [h for h in path["hops"] if "Anna" in (h["from_name"], h["to_name"])]
            assert all(h["probability"] is None and not h["evidence"] for h in path["hops"] if h not in own)
            assert all(h["probability"] is not None for h in own)
            if len(own) < len(path["hops"]):
                assert path["probability"] in (*GRID, 0.0)
        steps.add(tuple(tuple(h["to_name"] for h in p["hops"]) for p in found["paths"]))
    best = max(exact.values())
    near = [{"to": "crm-b2", "from": "anna@us.example", "min_probability": best * (1 + e)} for e in (-1e-6, 1e-6)]
    one, two = (world.get("anna", "/v1/paths", **n)["paths"] for n in near)
    assert one == two, "the threshold must not tell the probability digit by digit"


def test_mail_addresses_cannot_be_searched_letter_by_letter(world: World) -> None:
    for text in ("zq", "zq1", "zq1@beta.example", "zq3.private", "@beta.example", "canarytitle", "CANARYDEAL", "d2"):
        said = world.get("anna", "/v1/search", text=text)
        assert [e for e in said["items"] if e["name"] in ("Berta One", "Berta Two")] == [], text
        assert (said["meta"]["hidden"], len(said["meta"]["notes"])) == (0, 1), "a count would tell as much as a hit"
    assert {e["name"] for e in world.get("anna", "/v1/search", text="berta")["items"]} == {
        "Berta One", "Berta Two", "Berta Four",
    }  # fmt: skip
    assert world.get("anna", "/v1/search", text="a0@acme.example")["items"], "own contacts are found by address"
    assert world.get("owner", "/v1/search", text="zq3.private")["items"]


def test_candidates_of_an_ambiguous_name_have_no_addresses(world: World) -> None:
    with pytest.raises(AmbiguousError) as error:
        answers.entity(world.ask("anna"), "Berta Two")
    assert not leaks(str(error.value) + repr(error.value.candidates), "")


def test_a_public_id_stands_in_for_a_hidden_key(world: World) -> None:
    (hit,) = world.get("anna", "/v1/search", text="berta one")["items"]
    assert hit["key"] == hit["id"]
    assert world.get("anna", "/v1/paths", to=hit["key"], min_probability=0)["paths"]
    card = world.get("anna", f"/v1/people/{hit['key']}")
    assert (card["entity"]["name"], card["organization"]["name"]) == ("Berta One", "Beta")
    assert (card["email"], card["title"], card["level"], card["scores"], card["meta"]["hidden"]) == (
        None, None, None, [], 1,
    )  # fmt: skip


def test_exports_hold_own_rows_only(world: World, tmp_path: Path) -> None:
    for spec in algorithms().values():
        out = tmp_path / f"{spec.name}.csv"
        export_scores(world.ask("anna"), spec.name, out)
        assert not leaks(out.read_text(), ""), spec.name
    export_ties(world.ask("anna"), tmp_path / "ties.csv")
    table = pyarrow.csv.read_csv(tmp_path / "ties.csv").to_pylist()
    assert table and all("anna@us.example" in (r["a_key"], r["b_key"]) for r in table)
    with pytest.raises(BudgetError):
        export_ties(world.ask("anna", budget=Budget(rows=1)), tmp_path / "few.csv")


def test_cursors_and_tags_belong_to_one_caller(world: World) -> None:
    url = "/v1/relationships"
    owners = world.clients["owner"].get(url, params={"limit": 2})
    stolen = world.clients["anna"].get(url, params={"limit": 2, "cursor": owners.json()["next_cursor"]})
    assert stolen.status_code == 422
    for url in ("/v1/relationships", "/v1/models", "/v1/changes", "/v1/recommendations", "/v1/top/anna@us.example"):
        tags = {world.clients[n].get(url).headers["etag"] for n in ("owner", "anna")}
        assert len(tags) == 2, url
        tag = world.clients["owner"].get(url).headers["etag"]
        assert world.clients["anna"].get(url, headers={"if-none-match": tag}).status_code == 200


def test_models_runs_and_changes_hold_no_counts_for_a_rep(world: World) -> None:
    assert all(m["content"] == {} for m in world.get("anna", "/v1/models")["items"])
    assert any(m["content"] for m in world.get("owner", "/v1/models")["items"])
    assert all(r["report"] == {} == r["params"] for r in world.get("anna", "/v1/runs")["items"])
    assert all("count" not in c for c in world.get("anna", "/v1/changes")["items"])


# -- 2. what is the rep's own stays useful ---------------------------------------------------------------------------


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


# -- 3. budgets --------------------------------------------------------------------------------------------------------

COSTS: dict[str, Callable[[Ask], object]] = {
    "search": lambda ask: answers.search(ask, "berta", limit=3),
    "relationships": lambda ask: answers.relationships(ask, limit=3),
    "scores": lambda ask: answers.scores(ask, "depth", limit=3),
    "scores by key": lambda ask: answers.scores(ask, "depth", ["acme", "beta", "us"], limit=1),
    "explain": lambda ask: answers.explain(ask, "tie_strength", "anna@us.example", "bo@us.example", limit=3),
    "paths": lambda ask: answers.paths(ask, "crm-b2", k=3),
    "map": lambda ask: answers.ego_map(ask, "anna@us.example", limit=3),
    "top": lambda ask: answers.top(ask, "anna@us.example", size=3),
    "recommendations": lambda ask: answers.recommendations(ask, limit=3),
    "changes": lambda ask: answers.changes(ask, limit=3),
    "models": lambda ask: answers.models(ask, limit=3),
    "runs": lambda ask: answers.runs(ask, limit=3),
}


@pytest.mark.parametrize("name", COSTS)
def test_no_read_gives_more_rows_than_the_budget(world: World, name: str) -> None:
    with pytest.raises(BudgetError, match="3 rows"):
        COSTS[name](world.ask("anna", budget=Budget(rows=2)))
    COSTS[name](world.ask("anna", budget=Budget(rows=3)))


def test_hops_and_seconds_are_limits(world: World) -> None:
    near = Budget(hops=1)
    with pytest.raises(BudgetError, match="2 hops"):
        answers.paths(world.ask("anna", budget=near), "crm-b2", hops=2)
    with pytest.raises(BudgetError, match="2 hops"):
        answers.ego_map(world.ask("anna", budget=near), "anna@us.example", hops=2)
    short = answers.paths(world.ask("anna", budget=near), "a0@acme.example", "anna@us.example")
    assert {len(p.hops) for p in short.paths} == {1}, "what is not asked for is kept within the budget"
    hurry = world.ask("owner", budget=Budget(seconds=0.0))
    cut = answers.paths(hurry, "crm-b2")
    assert (cut.complete, cut.paths) == (False, []) and cut.bound is not None
    for ask in (
        lambda: answers.ego_map(hurry, "anna@us.example"),
        lambda: answers.scores(hurry, "depth", ["acme"]),
        lambda: answers.recommendations(hurry),
    ):
        with pytest.raises(BudgetError, match="seconds"):
            ask()


# -- 4. erasure --------------------------------------------------------------------------------------------------------

ERASED = ("gone7@beta.example", "Zelda Quux", "crm-gone7", "quux-private.example")


def erasure_rows() -> dict[str, Rows]:
    """The world with Zelda, who has a CRM key, two addresses, ties, a deal, work, facts, and a row in quarantine."""
    rows = world_rows()
    rows["people"].append(person("crm-gone7", "Zelda Quux", "acme", "gone7@beta.example", "CFO"))
    rows["people"].append(person("zelda@quux-private.example", "Zelda Quux", "acme", "zelda@quux-private.example"))
    rows["works"].append({"id": "paper", "name": "Paper", "kind": "paper", "author": "crm-gone7"})
    more = [("crm-gone7", "STAKEHOLDER_IN", "d1"), ("a0@acme.example", "FOLLOWS", "crm-gone7"),
            ("a1@acme.example", "ADOPTED", "paper"), ("crm-gone7", "REFERRED", "a1@acme.example")]  # fmt: skip
    rows["facts"] += [
        {"subject": s, "kind": k, "object": o, "role": "Approver", "valid_from": when(NOW - 200 * DAY)}
        for s, k, o in more
    ]
    for day in range(3, 250, 4):
        ends = ("anna@us.example", "gone7@beta.example") if day % 3 else ("crm-gone7", "bo@us.example")
        rows["interactions"].append(mail(f"z{day}", day, *ends))
        rows["interactions"].append(mail(f"z{day}", day, ends[0], "a0@acme.example"))
    rows["interactions"].append(mail("zp", 5, "zelda@quux-private.example", "anna@us.example"))
    return rows


def everything(workspace: Workspace, client: TestClient) -> str:
    """All that anybody can read of a workspace, now and in the past, as one text."""
    said = [client.get(url).text for url in (*URLS, "/v1/search?text=quux", "/v1/search?text=gone7")]
    ids = {e["id"] for url in URLS for e in _entities(client.get(url).json())}
    moments = ("", "as_of=2026-05-20", "known_at=2026-06-02T00:00:00Z")
    for extra in moments[1:]:
        for url in ("/v1/relationships?limit=1000", "/v1/scores/depth?limit=1000", "/v1/map/anna@us.example?hops=3"):
            said.append(client.get(f"{url}{'&' if '?' in url else '?'}{extra}").text)
    store = workspace.store
    held: list[Any] = [store.quarantine(OWNER, limit=10_000), store.runs(None, 1000)]
    held += [store.models(), store.suggestions(OWNER), list(store.changes(0, OWNER, Budget()))]
    held += [store.load_list(store.resolve("anna@us.example", OWNER)[0].id, w) for w in ("2026-W22", "2026-W23")]
    held += [t.to_pylist() for r in store.runs("score") for n in algorithms() if (t := store.load_scores(n, r.id))]
    return "\n".join((*said, repr(held), *ids))


def _entities(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if {"id", "label", "key"} <= value.keys():
            yield value
        for part in value.values():
            yield from _entities(part)
    elif isinstance(value, list):
        for part in value:
            yield from _entities(part)


def test_an_erased_person_is_nowhere(tmp_path: Path) -> None:
    path = tmp_path / "erase.db"
    rows, ticks = erasure_rows(), iter(range(10**9))
    workspace = opened(path, rows, clock=lambda: NOW + next(ticks))
    store = workspace.store
    bad = Reject("people.csv:3", "people", phrase("errors.bad_value"), {"id": "crm-gone7", "name": "Zelda Quux"})
    store.merge(page("people", [], "crm", rejects=(bad,)))
    client = TestClient(assemble(workspace, None), base_url="http://127.0.0.1", headers={"accept-language": "en"})
    ask = Ask(workspace)
    answers.merge(ask, "crm-gone7", "zelda@quux-private.example", "same: Zelda Quux")
    answers.override(Ask(workspace), "tie_strength", "anna@us.example", "crm-gone7", 9.0, "Zelda Quux is dear to us")
    answers.override(Ask(workspace), "depth", "acme", None, 50.0, "Zelda Quux says so")
    fit(workspace, Ask(workspace).moment)
    score(workspace, Ask(workspace).moment)
    answers.refresh_suggestions(Ask(workspace))
    answers.top(Ask(workspace), "anna@us.example", week="2026-W22", keep=True)
    answers.top(Ask(workspace), "anna@us.example", keep=True)
    for s in store.suggestions(OWNER)[:1]:
        answers.decide(Ask(workspace), s.id, "declined", "Zelda Quux asked us not to")
    (zelda,) = store.resolve("crm-gone7", OWNER)
    members = {zelda.id, *store.record_ids("crm-gone7", OWNER), *store.record_ids("gone7@beta.example", OWNER)}
    before = everything(workspace, client)
    assert all(word in before for word in ("Zelda Quux", "crm-gone7", zelda.id)), "she was there"
    assert client.get("/v1/people/crm-gone7").json()["email"] == "gone7@beta.example"
    kept = {url: client.get(url).headers["etag"] for url in ("/v1/relationships?limit=1000", "/v1/top/anna@us.example")}

    store.erase(zelda.id, OWNER)

    after = everything(workspace, client)
    found = [w for w in (*ERASED, *members) if w.casefold() in after.casefold()]
    assert found == [], f"answers still tell of an erased person: {found}"
    log = repr(store.audit(OWNER, 10_000))  # append-only: public ids stay in it, mere numbers by now
    assert [w for w in ERASED if w.casefold() in log.casefold()] == []
    for key in ("crm-gone7", "gone7@beta.example", "Zelda Quux", zelda.id, *members):
        for url in (f"/v1/people/{key}", f"/v1/explain/depth?key={key}", f"/v1/paths?to={key}",
                    f"/v1/map/{key}", f"/v1/people/{key}?as_of=2026-05-01&known_at=2026-06-01T12:00:00Z"):  # fmt: skip
            assert client.get(url).status_code == 404, url
    for url, tag in kept.items():
        assert client.get(url, headers={"if-none-match": tag}).status_code == 200, "an old tag must not hold"
    for table, again in rows.items():
        store.merge(page(table, again))
    store.merge(page("people", rows["people"], "other"))  # another system's copy is known by the mail address
    store.merge(page("people", [person("new-key", "Somebody", "acme", "GONE7@beta.example")], "late"))
    again = everything(workspace, client)
    found = [w for w in (*ERASED, *members) if w.casefold() in again.casefold()]
    assert found == [], f"the same rows brought an erased person back: {found}"
    assert client.get("/v1/people/gone7@beta.example").status_code == 404
    replica = workspace.refresh()
    assert not set(replica.words.values()) & set(ERASED), "words of hers stay in memory"
    held = b"".join(f.read_bytes() for f in sorted(tmp_path.iterdir()))
    assert [w for w in ERASED if w.encode() in held] == [], "the files still hold her"
    store.close()
    held = b"".join(f.read_bytes() for f in sorted(tmp_path.iterdir()))
    assert [w for w in ERASED if w.encode() in held] == [], "the closed files still hold her"


# -- 5. the past -------------------------------------------------------------------------------------------------------

THEN = day_end(NOW - 100 * DAY, dt.UTC)


def company(until: int) -> dict[str, Rows]:
    """A year and a half of a company; what is dated later than ``until`` is left out or not yet so."""
    rng = random.Random(7)
    reps = [f"r{i}@us.example" for i in range(4)]
    outside = [f"p{i}@c{i % 6}.example" for i in range(36)]
    tables: dict[str, Rows] = {
        "organizations": [{"id": f"c{i}", "name": f"Client {i}", "domain": f"c{i}.example"} for i in range(6)],
        "people": [person(k, k.split("@")[0], "us" if k in reps else f"c{k.split('@c')[1][0]}", k, "CTO")
                   for k in (*reps, *outside)],
        "works": [{"id": f"w{i}", "name": f"Work {i}", "author": outside[i], "time": when(NOW - (500 - 60 * i) * DAY)}
                  for i in range(5)],
        "facts": [], "opportunities": [], "interactions": [],
    }  # fmt: skip
    for i in range(2600):
        a, b = rng.choice(outside), rng.choice(reps if rng.random() < 0.8 else outside)
        b = reps[outside.index(a) % 4] if rng.random() < 0.6 else b
        kind, ends = rng.choice(("mail", "mail", "meeting", "share")), (a, b) if rng.random() < 0.5 else (b, a)
        at = NOW - int(rng.uniform(0, 540) ** 1.02 * DAY)
        tables["interactions"].append({"id": f"i{i}", "time": when(at), "from": ends[0], "to": ends[1], "kind": kind,
                                       "channel": "mail" if kind == "mail" else "calendar"})  # fmt: skip
    for i in range(120):
        kind = rng.choice(("FOLLOWS", "ADOPTED", "REFERRED", "STAKEHOLDER_IN", "OWNS"))
        ends = (rng.choice(outside), rng.choice(outside))
        ends = {"ADOPTED": (ends[0], f"w{i % 5}"), "STAKEHOLDER_IN": (ends[0], f"d{i % 8}"),
                "OWNS": (reps[i % 4], f"c{i % 6}")}.get(kind, ends)  # fmt: skip
        at = when(NOW - int(rng.uniform(0, 480) * DAY))
        tables["facts"].append({"subject": ends[0], "kind": kind, "object": ends[1], "valid_from": at})
    for i in range(8):
        row = deal(f"d{i}", f"Deal {i}", f"c{i % 6}", "anna", 1000.0 * (i + 1)) | {"owner": reps[i % 4]}
        closed = when(NOW - (150 - 30 * i) * DAY) if i < 5 else None
        tables["opportunities"].append(row | {"won": None if closed is None else i % 2 == 0, "closed": closed})
    return {name: _cut(name, rows, when(until)) for name, rows in tables.items()}


def _cut(table: str, rows: Rows, until: dt.datetime) -> Rows:
    column = {"interactions": "time", "facts": "valid_from", "opportunities": "created"}.get(table)
    kept = [dict(r) for r in rows if column is None or r[column] <= until]
    for row in kept:
        if row.get("closed") and row["closed"] > until:
            row |= {"won": None, "closed": None}
    return kept


def told(ask: Ask) -> dict[str, Any]:
    """What the main questions answer, without what says when and where they were asked."""
    said: dict[str, Any] = {}
    for name in algorithms():
        items = answers.scores(ask, name, limit=10_000).items
        said[name] = [i.model_dump() for i in items]
    for rep in ("r0@us.example", "r3@us.example"):
        said[f"top {rep}"] = answers.top(ask, rep).model_dump(exclude={"meta"})
        said[f"why-not {rep}"] = answers.why_not(ask, rep, "p5@c5.example").model_dump(exclude={"meta"})
    said["team"] = answers.top(ask, None, "us").model_dump(exclude={"meta"})
    for to in ("p7@c1.example", "c3"):
        said[f"paths {to}"] = answers.paths(ask, to, min_probability=0.0, hops=3).model_dump(exclude={"meta"})
    said["map"] = answers.ego_map(ask, "c2", hops=2, limit=500).model_dump(exclude={"meta"})
    said["ties"] = answers.relationships(ask, limit=10_000).model_dump(exclude={"meta"})
    said["explain"] = answers.explain(ask, "relationship_health", "r1@us.example", "p1@c1.example").model_dump()[
        "terms"
    ]
    said["found"] = [e.model_dump() for e in answers.search(ask, "deal").items]
    return said


def differences(a: Any, b: Any, where: str = "") -> list[str]:
    """Where two answers differ by more than 1e-9."""
    if isinstance(a, dict) and isinstance(b, dict) and a.keys() == b.keys():
        return [d for k in a for d in differences(a[k], b[k], f"{where}/{k}")]
    if isinstance(a, list) and isinstance(b, list) and len(a) == len(b):
        return [d for i, (x, y) in enumerate(zip(a, b, strict=True)) for d in differences(x, y, f"{where}/{i}")]
    if isinstance(a, float) and isinstance(b, float):
        return [] if a == pytest.approx(b, rel=1e-9, abs=1e-9) else [f"{where}: {a} != {b}"]
    return [] if a == b else [f"{where}: {str(a)[:200]} != {str(b)[:200]}"]


def test_nothing_after_t_has_any_influence(tmp_path: Path) -> None:
    whole, cut = opened(tmp_path / "whole.db", company(NOW)), opened(tmp_path / "cut.db", company(THEN))
    now = Ask(whole)
    fit(whole, now.moment)  # a model, scores, lists and suggestions of today, none of which T may know
    answers.refresh_suggestions(now)
    for s in [s for s in whole.store.suggestions(OWNER) if s.owner]:
        answers.decide(Ask(whole), s.id, "declined", "not now")
    one, two = Ask(whole, as_of=THEN), Ask(cut, as_of=THEN)
    health = one.scores("relationship_health")
    (model,) = [m for m in whole.store.models("relationship_health") if m.id == health.model_id]
    assert not model.cold_start and model.as_of <= THEN and model.label_cutoff <= THEN, "a fitted model is compared"
    before, after = told(two), told(one)
    assert before["top r0@us.example"]["items"] and before["paths c3"]["paths"] and before["active"]
    assert differences(after, before) == []
    assert one.scores("relationship_health").model_id == two.scores("relationship_health").model_id
    assert {m["id"] for m in answers.models(one).items} == {m["id"] for m in answers.models(two).items}
    whole.store.close()
    cut.store.close()


def _tick() -> int:
    """A moment after all commits so far and before all to come."""
    time.sleep(0.002)
    moment = clock_now()
    time.sleep(0.002)
    return moment


def _state(ask: Ask) -> dict[str, Any]:
    ties = answers.relationships(ask, limit=1000).items
    said: dict[str, Any] = {"ties": [t.model_dump() for t in ties]}
    for name in ("tie_strength", "depth"):
        said[name] = [i.model_dump() for i in answers.scores(ask, name, limit=1000).items]
    said["top"] = answers.top(ask, "anna@us.example").model_dump(exclude={"meta"})
    said["paths"] = answers.paths(ask, "crm-b2", min_probability=0.0).model_dump(exclude={"meta"})
    said["card"] = answers.entity(ask, "a1@acme.example").model_dump(exclude={"meta"})
    return said


def test_known_at_shows_what_was_known_then(tmp_path: Path) -> None:
    rows = world_rows()
    workspace = opened(tmp_path / "known.db", rows)
    store, t = workspace.store, NOW - DAY

    def then(known_at: int | None = None) -> dict[str, Any]:
        return _state(Ask(workspace, as_of=t, known_at=known_at))

    changes: dict[str, Callable[[], object]] = {
        "merge": lambda: answers.merge(Ask(workspace), "a1@acme.example", "a3@acme.example"),
        "late arrival": lambda: store.merge(
            page("interactions", [mail(f"late{i}", 20 + i, "a1@acme.example", "anna@us.example") for i in range(9)])
        ),
        "retract": lambda: store.retract("crm", "interactions", [f"open-anna0.{n}" for n in range(5)]),
        "override": lambda: answers.override(Ask(workspace), "depth", "acme", None, 42.0),
        "rename": lambda: store.merge(page("people", [person("a1@acme.example", "Ada Renamed", "acme")])),
        "split": lambda: answers.split(Ask(workspace), "a3@acme.example"),
    }
    seen: list[tuple[str, int, dict[str, Any]]] = []
    for name, change in changes.items():
        seen.append((name, _tick(), then()))
        change()
    for name, moment, state in seen:
        assert differences(then(moment), state) == [], f"known_at before the {name} must show the state before it"
    names = [state["card"]["entity"]["name"] for _, _, state in seen]
    assert names[0] == "Ada 1" and then()["card"]["entity"]["name"] == "Ada Renamed"
    states = [json.dumps(state, sort_keys=True) for _, _, state in seen] + [json.dumps(then(), sort_keys=True)]
    assert all(x != y for x, y in itertools.pairwise(states)), "every change must show"
    both = Ask(workspace, as_of=t, known_at=seen[1][1])
    assert both.find("a1@acme.example") == both.find("a3@acme.example"), "before the split they are one"
    apart = Ask(workspace, as_of=t, known_at=seen[0][1])
    assert apart.find("a1@acme.example") != apart.find("a3@acme.example"), "before the merge they are two"
    with pytest.raises(NotFoundError):
        answers.entity(Ask(workspace, known_at=0), "a1@acme.example")
    store.close()
