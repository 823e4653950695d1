"""Every question on a real Neo4j: its columns, that it only reads, and that its plan seeks instead of scanning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from graphsvc.settings import settings
from queries.question import Question, text_of
from tests.contract.differential.history import History
from tests.contract.questions.test_questions import NAMES, QUESTIONS, asked, header

pytestmark = pytest.mark.neo4j
SCANS = ("AllNodesScan", "NodeByLabelScan", "AllRelationshipsScan", "RelationshipTypeScan", "NodeIndexScan")


@pytest.fixture(scope="module")
def server(neo4j_server: Any) -> Iterator[Any]:
    """A server with a small workspace on it."""
    from graphsvc.stores.neo4j import Neo4jStore

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRAPHSVC_NEO4J_USER", neo4j_server.user)
        patch.setenv("GRAPHSVC_NEO4J_PASSWORD", neo4j_server.password)
        settings.cache_clear()
        neo4j_server.wipe()
        with closing(Neo4jStore(neo4j_server.url)) as store:
            History(1).tell(store, lambda _: None)
            yield neo4j_server
    settings.cache_clear()


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
    assert not [n for n in summary.gql_status_objects if n.gql_status.startswith("01N5")], "an unknown name in the text"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_cypher_seeks_and_does_not_scan(server: Any, question: type[Question[Any]]) -> None:
    used = [o for o in operators(explained(server, question).plan) if any(o.endswith(scan) for scan in SCANS)]
    assert not used or "scans" in header(question, "cypher"), used
