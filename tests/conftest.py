"""What tests of the whole product share: the command line, called in this process."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graphsvc.settings import settings
from graphsvc.stores.queries import query
from graphsvc.stores.sqlite import SqliteStore
from tests.command_line import Said, call

# Helpers with assertions of their own: a failing one shows its values, as in a test.
pytest.register_assert_rewrite(
    "tests.contract.policy.world", "tests.contract.store.company", "tests.unit.api.transport"
)

KEY = "6b" * 32


Cli = Callable[..., Said]


def content(db: Path) -> str:
    """Digest of what a store says, whichever files it came from and wherever those stand."""
    whole = hashlib.sha256()
    with closing(SqliteStore(db, create=False)), closing(sqlite3.connect(db)) as connection:
        for name in ("members", "links", "people", "organizations", "works", "opportunities", "facts", "interactions"):
            for line in sorted(map(repr, connection.execute(query(f"digest_{name}")))):
                whole.update(line.encode(errors="surrogatepass"))
    return whole.hexdigest()


@pytest.fixture
def content_of() -> Callable[[Path], str]:
    """:func:`content`, for tests that cannot import this file."""
    return content


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The command line in this process, with one workspace key for all databases and no settings from outside."""
    monkeypatch.setenv("GRAPHSVC_WORKSPACE_KEY", KEY)
    monkeypatch.delenv("GRAPHSVC_DATABASE_URL", raising=False)

    def fresh(*args: object) -> Said:
        settings.cache_clear()
        try:
            return call(*args)
        finally:
            settings.cache_clear()

    return fresh
