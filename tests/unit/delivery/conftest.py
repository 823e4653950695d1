"""A company whose lists can be delivered: store, clock that the test moves, configuration, sink."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from api.delivery.config import Config, load
from api.delivery.post import Post
from graphsvc.settings import settings
from graphsvc.stores import open_store
from graphsvc.workspace import Workspace
from tests.servers.mail_sink import Sink, mail_sink
from tests.unit.delivery.company import NOW, fill, write_config
from tests.unit.jobs.memory import Hands


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The company's store, as a file's bytes."""
    folder = tmp_path_factory.mktemp("company")
    store = open_store(f"sqlite:///{folder / 'w.db'}")
    fill(store, folder / "in")
    store.close()
    return (folder / "w.db").read_bytes()


@pytest.fixture
def hands() -> Hands:
    return Hands(NOW)


@pytest.fixture
def workspace(filled: bytes, tmp_path: Path, hands: Hands) -> Iterator[Workspace]:
    path = tmp_path / "w.db"
    path.write_bytes(filled)
    store = open_store(f"sqlite:///{path}")
    yield Workspace(store, hands)
    store.close()


@pytest.fixture
def sink() -> Iterator[Sink]:
    with mail_sink() as made:
        yield made


@pytest.fixture
def set_up(tmp_path: Path, sink: Sink, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Config]]:
    """Write a delivery file, make it this process's, and give what it says."""

    def made(more: str = "") -> Config:
        path = write_config(tmp_path, more)
        monkeypatch.setenv("GRAPHSVC_DELIVERY", str(path))
        monkeypatch.setenv("GRAPHSVC_SMTP_URL", sink.url)
        settings.cache_clear()
        return load(path)

    yield made
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def post(workspace: Workspace, set_up: Callable[[str], Config]) -> Post:
    return Post(set_up(""), workspace)
