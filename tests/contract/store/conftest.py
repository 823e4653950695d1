"""One store of each kind, empty; the same workspace key for all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphsvc.settings import settings
from graphsvc.store import Store
from graphsvc.stores import open_store
from tests.contract.store.company import KEY, MakeStore


@pytest.fixture(autouse=True)
def _fixed_workspace(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Same workspace key everywhere, so that two stores can be compared; writers wait only a little."""
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.setenv("GRAPHSVC_WAIT_SECONDS", "20")
    monkeypatch.setenv("GRAPHSVC_LANG", "en")
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make_store(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    """Makes stores by name; a Neo4j server has one database, so a second name is a SQLite file: both must agree."""
    opened: list[Store] = []
    urls: dict[str, str] = {}
    if kind == "neo4j":
        server = request.getfixturevalue("neo4j_url")
        settings.cache_clear()

    def make(name: str) -> Store:
        if name not in urls:
            urls[name] = server if kind == "neo4j" and not urls else f"sqlite:///{tmp_path}/{name}.db"
        store = open_store(urls[name])
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Any:
    return make_store("main")
