"""Migrations: in order, resumable, and never over what others have put there."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from graphsvc.errors import NotFoundError, StoreError
from graphsvc.settings import settings
from graphsvc.stores import neo4j_schema as schema
from graphsvc.stores.neo4j_connection import Server
from tests.contract.neo4j.conftest import Open, Set
from tests.contract.neo4j.rows import texts, word
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j


class Killed(Exception):
    """Stands for kill -9: nothing after it runs."""


def test_a_migration_killed_at_any_step_goes_on(open_empty: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    true_write = schema._write
    for alive in range(2 * len(list(schema.steps()))):  # each step is done, then remembered
        left = [min(alive, 3)]  # what was done before is not done again

        def write(server: Server, *step: Any, left: list[int] = left) -> None:
            if not left[0]:
                raise Killed
            left[0] -= 1
            true_write(server, *step)

        with monkeypatch.context() as patch:
            patch.setattr(schema, "_write", write)
            try:
                open_empty()
            except Killed:
                continue
        break
    else:
        pytest.fail("the migration does not go on where it was killed")
    ledger = open_empty()
    assert all(line["ok"] for line in ledger.check())
    assert ledger.change(word("works")) == 1


def test_a_workspace_opens_again_with_its_key_and_rows(open_empty: Open) -> None:
    first = open_empty()
    first.change(word("kept"))
    again = open_empty(create=False)
    assert (again.key, texts(again)) == (first.key, ["kept"])


def test_the_configured_key_is_the_key_of_a_new_workspace(open_empty: Open, configure: Set) -> None:
    configure(workspace_key="6b" * 32)
    assert open_empty().key == b"k" * 32
    configure(workspace_key="6c" * 32)
    assert open_empty().key == b"k" * 32, "the key of a workspace changed"


def test_several_processes_may_create_one_workspace_at_once(open_empty: Open) -> None:
    with ThreadPoolExecutor(3) as pool:
        ledgers = list(pool.map(lambda _: open_empty(), range(3)))
    assert len({ledger.key for ledger in ledgers}) == 1
    assert all(line["ok"] for line in ledgers[0].check())


def test_without_create_an_empty_database_stays_empty(open_empty: Open, neo4j_server: Neo4jServer) -> None:
    with pytest.raises(NotFoundError):
        open_empty(create=False)
    assert neo4j_server.run("MATCH (n) RETURN count(n) AS n") == [{"n": 0}]
    assert neo4j_server.run("SHOW CONSTRAINTS YIELD name RETURN count(*) AS n") == [{"n": 0}]


def test_a_newer_schema_is_refused(open_empty: Open, neo4j_server: Neo4jServer) -> None:
    open_empty()
    neo4j_server.run("CREATE (:Migration {version: 99, step: 'of the future'})")
    with pytest.raises(StoreError) as caught:
        open_empty()
    assert caught.value.phrase.code == "store.newer_schema"


def test_a_schema_of_version_one_is_led_to_the_newest(open_empty: Open, neo4j_server: Neo4jServer) -> None:
    ledger = open_empty()
    ledger.change(word("kept"))
    neo4j_server.run("MATCH (m:Migration) WHERE m.version > 1 DELETE m")
    neo4j_server.run("DROP CONSTRAINT graphsvc_ModelStates_pk")
    again = open_empty(create=False)
    assert all(line["ok"] for line in again.check())
    assert texts(again) == ["kept"]
    found = neo4j_server.run("SHOW CONSTRAINTS YIELD name WHERE name = 'graphsvc_ModelStates_pk' RETURN count(*) AS n")
    assert found == [{"n": 1}]


def test_a_database_that_others_use_is_taken_unless_names_clash(open_empty: Open, neo4j_server: Neo4jServer) -> None:
    neo4j_server.run("CREATE (:Invoice {pk: 1})-[:PAID]->(:Customer)")
    ledger = open_empty()
    ledger.change(word("ours"))
    assert texts(ledger) == ["ours"]


@pytest.mark.parametrize("pattern", ["(:Person)-[:TOOK_PART]->(:Meeting)", "(:Member)", "(:Jobs {id: 'x'})"])
def test_nodes_and_relationships_of_others_under_our_names_are_never_touched(
    open_empty: Open, neo4j_server: Neo4jServer, pattern: str
) -> None:
    neo4j_server.run(f"CREATE {pattern}")
    with pytest.raises(StoreError, match="another program"):
        open_empty()
    assert neo4j_server.run("SHOW CONSTRAINTS YIELD name RETURN count(*) AS n") == [{"n": 0}]


def test_a_workspace_that_lost_its_counters_says_so(open_empty: Open, neo4j_server: Neo4jServer) -> None:
    ledger = open_empty()
    neo4j_server.run("MATCH (c:Counter) DELETE c")
    with pytest.raises(StoreError, match="counters"):
        ledger.change(word("x"))


def test_an_old_server_is_refused_by_its_version(open_empty: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.cache_clear()
    monkeypatch.setattr("graphsvc.stores.neo4j_connection.OLDEST", (99, 0))
    with pytest.raises(StoreError, match=r"needs 99\.0"):
        open_empty()
