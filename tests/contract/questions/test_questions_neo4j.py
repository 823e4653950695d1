"""Every question on a real Neo4j: its columns, that it only reads, and that its plan seeks instead of scanning."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from graphsvc.settings import settings
from graphsvc.store import DELTA_TABLES
from graphsvc.stores.neo4j_text import HELPERS, MEMBER_LABELS, label_of
from graphsvc.stores.tables import SHELVES, columns_of
from queries.question import Question, text_of
from tests.contract.differential.history import History
from tests.contract.questions.test_questions import NAMES, QUESTIONS, asked, header
from tests.contract.store.company import mail, page, person

pytestmark = pytest.mark.neo4j
# Labels, types and properties the store may write; a small workspace has not written all of them yet.
KNOWN = {
    *(c for table in (*DELTA_TABLES, *SHELVES) for c in columns_of(table)),
    *(label_of(table) for table in (*DELTA_TABLES, *SHELVES)),
    *MEMBER_LABELS, *HELPERS, "ABOUT", "ACTED", "sequence", "time",
}  # fmt: skip
SCANS = ("AllNodesScan", "NodeByLabelScan", "AllRelationshipsScan", "RelationshipTypeScan", "NodeIndexScan")


@pytest.fixture(scope="module")
def server(neo4j_server: Any) -> Iterator[Any]:
    """A server with a workspace on it that is large enough for scanning it to cost more than seeking in it."""
    from graphsvc.stores.neo4j import Neo4jStore

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_NEO4J_USER", neo4j_server.user)
        patch.setenv("GRAPHSVC_NEO4J_PASSWORD", neo4j_server.password)
        settings.cache_clear()
        neo4j_server.wipe()
        with closing(Neo4jStore(neo4j_server.url)) as store:
            History(1).tell(store, lambda _: None)
            for table, rows in _many().items():
                store.merge(page(table, rows))
            neo4j_server.run("CALL db.resampleOutdatedIndexes()")
            neo4j_server.run("CALL db.clearQueryCaches()")
            yield neo4j_server
    settings.cache_clear()


def _many() -> dict[str, list[dict[str, Any]]]:
    n = 3000
    return {
        "organizations": [{"id": f"o{i}", "name": f"Firm {i}", "domain": f"firm{i}.example"} for i in range(n)],
        "people": [
            person(f"p{i}", f"Person {i}", f"p{i}@firm{i % 600}.example", organization=f"o{i}") for i in range(n)
        ],
        "works": [{"id": f"w{i}", "name": f"Work {i}", "author": f"p{i}"} for i in range(600)],
        "opportunities": [{"id": f"d{i}", "organization": f"o{i}", "owner": f"p{i}"} for i in range(600)],
        "facts": [{"subject": f"p{i}", "kind": "FOLLOWS", "object": f"p{(i * 7 + 1) % n}"} for i in range(n)],
        "interactions": [mail(i / 50, f"p{i % n}", f"p{(i * 11 + 1) % n}", id=f"<{i}>") for i in range(2 * n)],
    }


def explained(server: Any, question: type[Question[Any]]) -> Any:
    with server.driver.session() as session:
        return session.run("EXPLAIN " + text_of(question, "cypher"), dict(asked(question).parameters)).consume()


def operators(plan: Any) -> Iterator[str]:
    yield plan["operatorType"].split("@")[0]
    for child in plan.get("children", ()):
        yield from operators(child)


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_cypher_gives_the_columns_of_its_rows_and_only_reads(server: Any, question: type[Question[Any]]) -> None:
    with server.driver.session() as session:
        result = session.run(text_of(question, "cypher"), dict(asked(question).parameters))
        assert tuple(result.keys()) == question.columns()
        summary = result.consume()
    assert summary.query_type == "r"
    warned = [n.status_description for n in summary.gql_status_objects if n.gql_status.startswith("01N5")]
    unknown = {name for text in warned for name in re.findall(r"`(\w+)`", text)} - KNOWN
    assert not unknown, "names that no table has"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_cypher_seeks_and_does_not_scan(server: Any, question: type[Question[Any]]) -> None:
    used = [o for o in operators(explained(server, question).plan) if any(o.endswith(scan) for scan in SCANS)]
    assert not used or "scans" in header(question, "cypher"), used
