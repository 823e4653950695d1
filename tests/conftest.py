"""What tests of the whole product share: the command line, called in this process."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from graphsvc.settings import settings
from graphsvc.stores.sqlite import SqliteStore
from queries import digests as d
from tests.command_line import Said, call
from tests.servers.fixtures import (  # noqa: F401 - fixtures of all tests
    mark_by_fixtures,
    neo4j_server,
    neo4j_url,
    own_neo4j,
    own_redis,
    redis_server,
    redis_url,
)

# Helpers with assertions of their own: a failing one shows its values, as in a test.
pytest.register_assert_rewrite(
    "tests.contract.policy.world", "tests.contract.store.company", "tests.unit.api.transport"
)

KEY = "6b" * 32


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    mark_by_fixtures(items)


Cli = Callable[..., Said]


def content(db: Path) -> str:
    """Digest of what a store says, whichever files it came from and wherever those stand."""
    questions = (d.DigestMembers(), d.DigestLinks(), d.DigestPeople(), d.DigestOrganizations(), d.DigestWorks(),
                 d.DigestOpportunities(), d.DigestFacts(), d.DigestInteractions())  # fmt: skip
    whole = hashlib.sha256()
    with closing(SqliteStore(db, create=False)) as store:
        for question in questions:
            lines = store.ledger.read(lambda reader, q=question: sorted(repr(tuple(row)) for row in reader.ask(q)))
            whole.update("\n".join([*lines, ""]).encode(errors="surrogatepass"))
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
