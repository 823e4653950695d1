"""A small world: Anna has Acme, Bo has Beta, Cai has nothing; canaries are what Anna must not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
from starlette.testclient import TestClient

from api.answers import Ask
from api.app import assemble
from api.keys import KeyRing, new_key
from graphsvc.clock import read_moment
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, Caller
from graphsvc.projection import DAY
from graphsvc.records import Page
from graphsvc.registry import algorithms
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace

NOW = read_moment("2026-06-01T12:00")


KEY = "6b" * 32


Rows = list[dict[str, Any]]


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
        response = self.clients[who].get(url, params=params or None)  # an empty mapping would drop those of the url
        assert response.status_code == 200, f"{who} {url}: {response.text}"
        return response.json()


KEYS = {
    "owner": (["read", "write", "admin"], ["owner"], None),
    "anna": (["read", "write"], ["rep"], "anna@us.example"),
    "cai": (["read", "write"], ["rep"], "cai@us.example"),
    "reader": (["read"], ["rep"], "anna@us.example"),
    "writer": (["write"], ["rep"], "anna@us.example"),
}


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
    "/v1/map?focus=bo@us.example&hops=2", "/v1/map?team=us&hops=2&compare=2026-03-01", "/v1/map?to=crm-b2",
    "/v1/map?focus=beta&hops=2&level=unknown", "/v1/map?focus=beta&hops=2&channel=mail&age_max=30",
    "/v1/map-file?focus=beta&hops=2",
    "/v1/overview", "/v1/overview?by=organization", "/v1/overview?by=team", "/v1/views",
    "/v1/top/anna@us.example", "/v1/top/bo@us.example", "/v1/top?team=us", "/v1/top/anna@us.example?week=2026-W18",
    *(f"/v1/why-not/anna@us.example?key={key}" for key in (*PEOPLE, "b4@beta.example", "beta", "acme", "d2")),
    "/v1/why-not/bo@us.example?key=crm-b2",
    "/v1/communities", "/v1/communities?resolution=3", "/v1/brokers", "/v1/brokers?by=community&side=outside",
    "/v1/silent-groups", "/v1/silent-groups?every=true&weeks=0.1",
    "/v1/silent-groups?by=community&every=true&weeks=0.1", "/v1/silent-groups?by=team&every=true&weeks=0.1",
    "/v1/paths?to=role:Economic Buyer@beta&min_probability=0", "/v1/paths?to=role:cto@acme&min_probability=0",
    "/v1/paths?to=crm-b2&min_probability=0&channel=mail&strength_min=0.1&age_max=30", "/v1/lists/anna@us.example",
    "/v1/lists/bo@us.example", "/v1/lists/team", "/v1/top/team", "/v1/why-not/team?key=crm-b2", "/v1/asks",
    *(f"/v1/draft?to=crm-b2&through=bo@us.example&language={lang}{who}"
      for lang in ("en", "zh") for who in ("", "&from=anna@us.example")),
    "/v1/draft?to=a2@acme.example&through=bo@us.example&from=anna@us.example",
    "/v1/boards/health", "/v1/boards/health?territory=north", "/v1/boards/health?team=bo@us.example",
    "/v1/boards/health?since=2026-02-01&limit=1000", "/v1/boards/ecosystem", "/v1/boards/freshness",
    "/v1/handover/anna@us.example", "/v1/handover/anna@us.example?to=bo@us.example", "/v1/handover/bo@us.example",
    "/v1/me", "/v1/me?as_of=2026-03-01", "/v1/corrections", "/v1/corrections?limit=1",
    *(f"/v1/corrections?key={key}" for key in (*PEOPLE, "crm-b3", "acme", "beta")),
    *(f"/v1/history/{key}" for key in (*PEOPLE, "crm-b3", "b4@beta.example", "acme", "beta", "us", "d1", "design")),
    *(f"/v1/history/{a}?other={b}&weeks=200"
      for a, b in (("bo@us.example", "zq1@beta.example"), ("anna@us.example", "a0@acme.example"), ("acme", "beta"),
                   ("zq1@beta.example", "a0@acme.example"), ("bo@us.example", "a2@acme.example"))),
    *(f"/v1/tie?key={a}&other={b}"
      for a, b in (("bo@us.example", "zq1@beta.example"), ("anna@us.example", "a0@acme.example"),
                   ("a2@acme.example", "bo@us.example"), ("zq1@beta.example", "crm-b3"),
                   ("anna@us.example", "b4@beta.example"))),
    "/v1/recommendations?as_of=2026-05-01", "/v1/asks?as_of=2026-05-01", "/v1/runs?grouped=true",
    "/v1/recommendations", "/v1/recommendations?owner=bo@us.example", "/v1/recommendations?owner=anna@us.example",
    "/v1/changes", "/v1/models", "/v1/models?state=active", "/v1/models/active",
    "/v1/models/active/compare?other=active", "/v1/runs", "/v1/",
]  # fmt: skip


def leaks(text: str, url: str) -> list[str]:
    """Canaries in an answer that were not in the question."""
    return [c for c in CANARIES if c in text.casefold() and c not in url.casefold()]


def clients_of(workspace: Workspace, keys: Mapping[str, Any] = KEYS) -> dict[str, TestClient]:
    """A client for each key."""
    made = {name: new_key(name, *key) for name, key in keys.items()}
    app = assemble(workspace, KeyRing([entry for _, entry in made.values()]))
    return {
        name: TestClient(
            app,
            base_url="https://graph.example",
            headers={"authorization": f"Bearer {token}", "accept-language": "en"},
        )
        for name, (token, _) in made.items()
    }
