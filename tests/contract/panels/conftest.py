"""A company of five with a few weeks of contact, small enough to count by hand; a client for the owner and each rep."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from graphsvc.settings import settings
from graphsvc.workspace import Workspace
from tests.contract.policy.world import KEY, NOW, Rows, World, clients_of, deal, mail, opened, person, when

DAY = 86_400_000_000
KEYS = {
    "owner": (["read", "write", "admin"], ["owner"], None),
    "anna": (["read", "write"], ["rep"], "anna@us.example"),
    "bo": (["read", "write"], ["rep"], "bo@us.example"),
    "reader": (["read"], ["rep"], "anna@us.example"),
}


def fact(subject: str, kind: str, obj: str, begin: float | None = 300, end: float | None = None, **more: str) -> dict:
    """A fact from ``begin`` to ``end`` days ago."""
    times = {n: when(NOW - int(d * DAY)) for n, d in (("valid_from", begin), ("valid_to", end)) if d is not None}
    return {"subject": subject, "kind": kind, "object": obj, **times, **more}


def company() -> dict[str, Rows]:
    """NOW is Monday, 1 June 2026, 12:00: days 1 to 7 ago are the week before."""
    people = [person(f"{r}@us.example", r.title(), "us", f"{r}@us.example") for r in ("anna", "bo", "cai")]
    people += [person(f"a{i}@acme.example", f"Ada {i}", "acme", f"a{i}@acme.example", "CTO") for i in range(2)]
    people += [person("b1@beta.example", "Berta", "beta", "b1@beta.example", "CFO")]
    facts = [
        fact("anna@us.example", "OWNS", "acme"),
        fact("bo@us.example", "OWNS", "beta"),
        fact("anna@us.example", "REPORTS_TO", "cai@us.example"),
        fact("bo@us.example", "REPORTS_TO", "cai@us.example"),
        fact("a0@acme.example", "MEMBER_OF", "beta", 900, 600),
        fact("a0@acme.example", "MEMBER_OF", "beta", 200, 20),
        fact("a0@acme.example", "REPORTS_TO", "a1@acme.example", None),
        fact("b1@beta.example", "FOLLOWS", "a0@acme.example", 90),
    ]
    call = {"channel": "phone", "kind": "call"}
    interactions = [
        mail("m1", 0.2, "anna@us.example", "a0@acme.example"),
        mail("m1", 0.2, "anna@us.example", "a1@acme.example"),
        mail("m2", 2, "a0@acme.example", "anna@us.example"),
        mail("m3", 3, "a0@acme.example", "anna@us.example", **call),
        mail("m4", 16, "anna@us.example", "a0@acme.example"),
        mail("m5", 3, "bo@us.example", "a0@acme.example"),
        mail("m6", 30, "bo@us.example", "b1@beta.example"),
        mail("m7", 31, "b1@beta.example", "bo@us.example"),
        mail("news", 2, "anna@us.example", "a0@acme.example", kind="list_mail"),
    ]
    return {
        "organizations": [{"id": o, "name": o.title(), "industry": i} for o, i in (("acme", "steel"), ("beta", "food"))]
        + [{"id": "us", "name": "Us", "kind": "own"}],
        "people": people,
        "facts": facts,
        "opportunities": [deal("d1", "Acme renewal", "acme", "anna", 12_000.0)],
        "interactions": interactions,
    }


@pytest.fixture(autouse=True)
def _fixed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Callable[[dict[str, Rows]], World]]:
    """Makes a world of some rows."""
    opened_ones: list[Workspace] = []

    def make(rows: dict[str, Rows]) -> World:
        workspace = opened(tmp_path / f"{len(opened_ones)}.db", rows)
        opened_ones.append(workspace)
        return World(workspace, clients_of(workspace, KEYS))

    yield make
    for workspace in opened_ones:
        workspace.store.close()


@pytest.fixture
def world(build: Callable[[dict[str, Rows]], World]) -> World:
    return build(company())
