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


@pytest.fixture(params=["sqlite"])
def make_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[MakeStore]:
    opened: list[Store] = []

    def make(name: str) -> Store:
        store = open_store(f"{request.param}:///{tmp_path}/{name}.db")
        opened.append(store)
        return store

    yield make
    for store in opened:
        store.close()


@pytest.fixture
def store(make_store: MakeStore) -> Any:
    return make_store("main")
