"""A place to work at: a small store, a job book in memory, a clock the test moves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from graphsvc.clock import read_moment
from graphsvc.stores import open_store
from graphsvc.work import Place
from graphsvc.workspace import Workspace
from tests.unit.jobs.memory import Hands, MemoryJobs, no_lists

NOW = read_moment("2026-06-03T12:00")  # a Wednesday


@pytest.fixture
def hands() -> Hands:
    return Hands(NOW)


@pytest.fixture
def book() -> MemoryJobs:
    return MemoryJobs()


@pytest.fixture
def place(tmp_path: Path, hands: Hands, book: MemoryJobs) -> Iterator[Place]:
    store = open_store(f"sqlite:///{tmp_path / 'w.db'}")
    yield Place(Workspace(store, hands), book, no_lists, lambda _: 0)
    store.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tables of five pages at two rows each."""
    made = tmp_path / "in"
    made.mkdir()
    (made / "people.csv").write_text("id,name\n" + "".join(f"p{i}@x.example,Name {i}\n" for i in range(4)))
    rows = (f"2026-05-{10 + i}T09:00,p{i % 4}@x.example,p{(i + 1) % 4}@x.example,mail\n" for i in range(6))
    (made / "interactions.csv").write_text("time,from,to,channel\n" + "".join(rows))
    return made
