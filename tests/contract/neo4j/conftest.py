"""Ledgers on the Neo4j of the session, with settings of the test's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import Any

import pytest

from graphsvc.settings import settings
from graphsvc.stores.neo4j_ledger import Neo4jLedger
from tests.servers.neo4j import Neo4jServer

Set = Callable[..., None]
Open = Callable[..., Neo4jLedger]


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Set]:
    """Set settings by their names, for ledgers opened from then on."""
    settings.cache_clear()

    def choose(**values: Any) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"GRAPHSVC_{name.upper()}", str(value))
        settings.cache_clear()

    yield choose
    settings.cache_clear()


@pytest.fixture
def open_empty(neo4j_server: Neo4jServer, neo4j_url: str, configure: Set) -> Iterator[Open]:
    """Open ledgers on a database without anything in it; all are closed in the end, and nothing of it stays."""
    settings.cache_clear()
    neo4j_server.wipe()
    yield from _opener(neo4j_url)
    neo4j_server.wipe()


@pytest.fixture
def open_ledger(neo4j_url: str, configure: Set) -> Iterator[Open]:
    """Open ledgers on the session's server; all are closed in the end."""
    settings.cache_clear()
    yield from _opener(neo4j_url)


@pytest.fixture
def ledger(open_ledger: Open) -> Neo4jLedger:
    """A new workspace."""
    return open_ledger()


def _opener(url: str) -> Iterator[Open]:
    with ExitStack() as stack:

        def make(at: str = url, **values: Any) -> Neo4jLedger:
            return stack.enter_context(closing(Neo4jLedger(at, **values)))

        yield make
