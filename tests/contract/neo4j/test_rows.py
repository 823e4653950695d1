"""Rows in Neo4j are the rows of SQLite: what is written, marked, deleted and found is the same in both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pytest

from graphsvc.errors import StoreError
from graphsvc.store import DELTA_TABLES
from graphsvc.stores import neo4j_rows
from graphsvc.stores import neo4j_text as cypher
from graphsvc.stores.ledger import Change, Ledger, Reader, Writer
from graphsvc.stores.neo4j_ledger import Neo4jLedger
from graphsvc.stores.sqlite_ledger import SqliteLedger
from graphsvc.stores.tables import EXTRA, SHELVES, columns_of, kind_of
from tests.contract.neo4j.rows import interactions, members
from tests.servers.neo4j import Neo4jServer

pytestmark = pytest.mark.neo4j
T = TypeVar("T")
COUNT = 40
TEXTS = ("plain", "", "中文 名字", 'it\'s "quoted" `so`', "a\\b\n\tc", "🙂")


class Both:
    """The same work on both ledgers, with the same result."""

    def __init__(self, sqlite: Ledger, neo4j: Ledger) -> None:
        self.ledgers = (sqlite, neo4j)

    def change(self, work: Callable[[Change], T]) -> T:
        return self._same([ledger.change(work) for ledger in self.ledgers])

    def write(self, work: Callable[[Writer], T]) -> T:
        return self._same([ledger.write(work) for ledger in self.ledgers])

    def read(self, work: Callable[[Reader], T]) -> T:
        return self._same([ledger.read(work) for ledger in self.ledgers])

    def rows(self) -> None:
        """All rows of all tables are the same; texts are sorted differently, so that shelves are compared unordered."""
        for table in (*DELTA_TABLES, *(s for s in SHELVES if s != "meta")):
            first, second = (led.read(lambda r, t=table: r.rows(t, 0, 10_000)) for led in self.ledgers)
            if table in SHELVES:
                first, second = sorted(first, key=repr), sorted(second, key=repr)
            assert first == second, table

    @staticmethod
    def _same(found: list[T]) -> T:
        assert repr(found[0]) == repr(found[1])
        return found[1]


@pytest.fixture
def both(tmp_path: Path, ledger: Neo4jLedger) -> Iterator[Both]:
    ledger.clock = lambda: 1_000_000
    with closing(SqliteLedger(tmp_path / "a.db", clock=ledger.clock)) as sqlite:
        yield Both(sqlite, ledger)


def made(table: str, count: int, rng: np.random.Generator) -> dict[str, Any]:
    """Values of all kinds for a table, nulls among them; members in 1..COUNT."""
    values: dict[str, Any] = {}
    for column in columns_of(table):
        kind = kind_of(table, column)
        column_values: list[Any] = rng.integers(1, COUNT + 1, count).tolist()
        if kind.startswith("text"):
            column_values = [
                f"{TEXTS[v % len(TEXTS)]}{i if column in UNIQUE else v}" for i, v in enumerate(column_values)
            ]
        elif kind.startswith("real"):
            column_values = (rng.integers(1, 1000, count) / 8).tolist()
        elif kind == "bytes":
            column_values = [bytes([v, 0, 255]) for v in column_values]
        if kind.endswith("?"):
            column_values = [None if rng.random() < 0.3 else v for v in column_values]
        values[column] = column_values
    return values


UNIQUE = {"id", "key", "text", "digest", "name", "slot"}


def everything(change: Change) -> None:
    """Rows in every core table."""
    rng = np.random.default_rng(5)
    members(change, COUNT)
    for table in DELTA_TABLES:
        if table in ("members", "commits"):
            continue
        values = {c: v for c, v in made(table, 30, rng).items() if c not in ("pk", "rec", "gone")}
        values |= {c: [i % 11 + 1 for i in range(30)] for c in ("source",) if c in values}
        values |= {c: [i // 2 + 1 for i in range(30)] for c in ("member",) if c in values}
        if table == "interactions":
            values |= {"time": [i // 3 for i in range(30)], "key": [i // 3 - 5 for i in range(30)]}
            values |= {"actor": [1 + i // 6 for i in range(30)], "target": [1 + i for i in range(30)]}
            values["role"] = [i % 8 for i in range(30)]
        if table == "links":
            values |= {"a": list(range(1, 31)), "b": list(range(2, 32))}
        change.insert(table, values, 30)


def shelves(writer: Writer) -> None:
    """Rows in every shelf, by put and by add_missing."""
    rng = np.random.default_rng(6)
    for shelf, shape in SHELVES.items():
        if shelf in ("meta", "handles", "change"):
            continue
        values = made(shelf, 12, rng)
        for column in (*shape.key, *(c for c in shape.columns if c == "pk")):
            if kind_of(shelf, column) == "int":
                values[column] = list(range(1, 13))
        writer.put(shelf, values, 12)
        assert writer.add_missing(shelf, values, 12) == 0
        later = {c: [values[c][0 if c in (*shape.key, "slot") else 1]] for c in shape.columns}
        writer.put(shelf, later, 1)


def test_every_table_holds_what_was_written(both: Both) -> None:
    both.change(everything)
    both.write(shelves)
    both.rows()
    for table in DELTA_TABLES:
        for ranges in ([(1, 2**62)], [(3, 5), (9, 9), (20, 400)], [], [(5000, 6000)]):
            both.read(lambda r, t=table, x=ranges: (r.span(t, x).schema.types, r.span(t, x).to_pylist()))


def test_spans_have_the_delta_types(ledger: Neo4jLedger) -> None:
    ledger.change(everything)
    for table, shape in DELTA_TABLES.items():
        for ranges in ([], [(1, 2**62)]):
            found = ledger.read(lambda r, t=table, x=ranges: r.span(t, x))
            assert dict(zip(found.column_names, found.schema.types, strict=True)) == shape
            assert not any(column.null_count for column in found.columns), "null where the delta has NaN"


def test_spans_are_put_together_from_pages(ledger: Neo4jLedger, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger.change(everything)

    def span(*ranges: tuple[int, int]) -> str:
        return repr(ledger.read(lambda r: r.span("interactions", ranges)).to_pylist())

    whole = span((1, 2**62))
    monkeypatch.setattr(neo4j_rows, "PAGE", 7)
    assert span((1, 2**62)) == whole
    assert span((20, 30), (1, 19)) == whole


def test_rows_come_by_portions_and_leave_none_out(both: Both) -> None:
    both.change(everything)
    for table in ("members", "interactions", "facts", "handles"):
        parts, after = [], 0
        while found := both.read(lambda r, t=table, a=after: r.rows(t, a, 7)):
            parts += found
            after = after + len(found) if table in SHELVES else found[-1][0]
        assert parts == both.read(lambda r, t=table: r.rows(t, 0, 1000))


def test_rows_are_found_by_every_member_they_name(both: Both) -> None:
    both.change(everything)
    named = {
        "members": ("twin",), "people": ("member", "mail", "organization"), "organizations": ("member",),
        "works": ("member",), "opportunities": ("member", "organization", "owner"), "links": ("a", "b"),
        "facts": ("subject", "object"), "interactions": ("actor", "target"), "own": ("member",),
        "judgements": ("a", "b"),
    }  # fmt: skip
    for table, columns in named.items():
        for column in columns:
            more = tuple(c for c in columns_of(table) if c != "pk")
            both.read(lambda r, t=table, c=column, m=more: r.naming(t, c, [1, 3, 3, 17, 4000], m))
            assert both.read(lambda r, t=table, c=column: r.naming(t, c, [], ("pk",))) == []


def test_a_word_is_told_to_be_used_by_one_row(both: Both) -> None:
    both.change(everything)
    for table, column in (("interactions", "kind"), ("interactions", "channel"), ("works", "topic"), ("facts", "role")):
        sqlite, neo4j = (
            led.read(lambda r, t=table, c=column: r.naming(t, c, range(1, 60), (c,))) for led in both.ledgers
        )
        assert {row[1] for row in sqlite} == {row[1] for row in neo4j}
        assert len(neo4j) == len({row[1] for row in neo4j})


def test_live_claims_of_a_source(both: Both) -> None:
    both.change(everything)
    both.change(lambda change: change.retire("people", [1, 2, 3]))
    for table in ("people", "organizations", "works", "opportunities"):
        for source in range(1, 12):
            everybody = list(range(1, COUNT + 1))
            both.read(lambda r, t=table, s=source, m=everybody: r.claims(t, ("name", *list(EXTRA[t])[2:]), s, m))


def test_rows_are_marked_and_their_columns_set(both: Both) -> None:
    both.change(everything)
    both.write(shelves)

    def work(change: Change) -> list[int]:
        writer = change.writer
        change.retire("interactions", [2, 5, 30])
        return [
            writer.amend("links", "pk", [1, 2], {"reason": None, "author": ["x", "y"]}),
            writer.amend("members", "pk", np.array([1, 2]), {"twin": np.array([5, 6])}),
            writer.amend("people", "member", [1, 2, 3, 4], {"email": None, "mail": -1}),
            writer.amend("facts", "pk", [1, 999], {"weight": float("nan")}),
            writer.amend("jobs", "slot", ["nowhere"], {"state": "done"}),
            writer.amend("suggestions", "id", [], {"state": "x"}),
        ]

    assert both.change(work)[-2:] == [0, 0]
    both.rows()


def test_rows_are_deleted_by_any_column(both: Both, neo4j_server: Neo4jServer) -> None:
    both.change(everything)
    both.write(shelves)

    def work(change: Change) -> list[int]:
        writer = change.writer
        return [
            writer.remove("interactions", "pk", [1, 2, 3, 4, 8]),
            writer.remove("interactions", "actor", [3]),
            writer.remove("links", "a", [1, 2]),
            writer.remove("facts", "pk", [1, 2, 2]),
            writer.remove("people", "pk", [1, 2]),
            writer.remove("words", "pk", [1, 77_777]),
            writer.remove("score_parts", "kept", [1, 2]),
            writer.remove("quarantine", "pk", [3]),
            writer.remove("erased", "id", []),
        ]

    both.change(work)
    both.rows()
    lone = "MATCH (e:Interaction) WHERE NOT (e)<-[:TOOK_PART]-() RETURN count(e) AS n"
    assert neo4j_server.run(lone) == [{"n": 0}], "an event stayed without its participants"
    idle = (
        "MATCH (a)-[:ACTED]->(e) WHERE NOT EXISTS { (e)<-[p:TOOK_PART]-() WHERE p.actor = a.pk } RETURN count(*) AS n"
    )
    assert neo4j_server.run(idle) == [{"n": 0}], "an actor stayed joined to an event it has no row of"


def test_a_member_goes_with_all_that_hangs_on_it(ledger: Neo4jLedger, neo4j_server: Neo4jServer) -> None:
    ledger.change(everything)
    ledger.change(lambda change: change.touch("members", [change.writer.remove("members", "pk", [1, 2, 3])]))
    assert neo4j_server.run("MATCH (m:Member) RETURN count(m) AS n") == [{"n": COUNT - 3}]


def test_the_label_of_a_member_is_a_label_in_the_graph(ledger: Neo4jLedger, neo4j_server: Neo4jServer) -> None:
    def work(change: Change) -> None:
        values = {"id": [*"abcde"], "label": [0, 1, 2, 3, 4], "twin": -1, "domain": -1, "space": "s", "key": [*"abcde"]}
        change.insert("members", values, 5)
        change.insert("members", {**values, "id": ["f"], "label": 2, "key": ["f"]}, 1)

    ledger.change(work)
    found = neo4j_server.run(
        "MATCH (m:Member) RETURN m.id AS id, [l IN labels(m) WHERE l <> 'Member'] AS l ORDER BY id"
    )
    assert [row["l"] for row in found] == [["Person"], ["Organization"], ["Work"], ["Opportunity"], ["Topic"], ["Work"]]


def test_rows_of_one_event_share_its_node(ledger: Neo4jLedger, neo4j_server: Neo4jServer) -> None:
    moments = [(10, 7, 1, 2), (10, 7, 1, 3), (10, 8, 1, 2), (10, 7, 4, 5), (11, 7, 1, 2)]
    ledger.change(lambda change: members(change, 6))
    for part in (moments[:3], moments[3:], [(10, 7, 1, 6)]):
        ledger.change(lambda change, p=part: interactions(change, p))
    query = (
        "MATCH (e:Interaction) RETURN e.time AS time, e.key AS key, COUNT { (e)<-[:ACTED]-() } AS actors,"
        " COUNT { (e)<-[:TOOK_PART]-() } AS rows ORDER BY time, key"
    )
    found = [tuple(row.values()) for row in neo4j_server.run(query)]
    assert found == [(10, 7, 2, 4), (10, 8, 1, 1), (11, 7, 1, 1)]


def test_pages_larger_than_a_statement_lose_nothing(
    both: Both, monkeypatch: pytest.MonkeyPatch, neo4j_server: Neo4jServer
) -> None:
    monkeypatch.setattr(neo4j_rows, "BATCH", 4)
    rng = np.random.default_rng(3)
    moments = [(int(t), int(t) % 3, 1 + int(t) % 4, 5 + i) for i, t in enumerate(rng.integers(0, 25, 90))]
    both.change(lambda change: members(change, 100))
    both.change(lambda change: interactions(change, moments[:50]))
    both.change(lambda change: interactions(change, moments[50:]))
    both.rows()
    assert neo4j_server.run("MATCH (e:Interaction) RETURN count(e) AS n") == [{"n": len({m[:2] for m in moments})}]


def test_a_row_that_names_no_member_is_never_lost_in_silence(ledger: Neo4jLedger) -> None:
    ledger.change(lambda change: members(change, 2))
    with pytest.raises(StoreError, match="2 rows of interactions were not written"):
        ledger.change(lambda change: interactions(change, [(1, 1, 1, 2), (1, 2, 1, 99)]))


def test_a_row_is_never_moved_to_another_member() -> None:
    with pytest.raises(ValueError, match=r"links\.a"):
        cypher.amend("links", "pk", ("a",), frozenset())


@pytest.mark.parametrize("table", [*DELTA_TABLES, *SHELVES])
def test_generated_texts_read_no_more_than_they_must(table: str, ledger: Neo4jLedger) -> None:
    """Every generated text that looks rows up seeks an index or walks from a member."""
    no = {"no_text": "", "no_int": 0, "no_real": 0.0, "n": 1, "keys": [1], "values": [1], "ranges": [[1, 2]]}
    by = list(cypher.INDEXED[table]) if table in cypher.INDEXED else [SHELVES[table].key[0]]
    texts = [cypher.remove(table, column) for column in by]
    texts += [cypher.amend(table, column, (), frozenset()) for column in by]
    if table in DELTA_TABLES:
        texts += [cypher.span(table), cypher.last(table), cypher.rows(table)]
        texts += [cypher.naming(table, column, ()) for column in by if kind_of(table, column) == "int"]
    for text in texts:
        with ledger.server.session(write=True) as session:
            parameters = {**no, "after": 0, "limit": 1}
            plan = session.run(f"EXPLAIN {text}", parameters).consume().plan
        scans = [o for o in _operators(plan) if "Scan" in o and "IndexScan" not in o]
        assert not scans, f"{text}: {scans}"


def _operators(plan: Any) -> Iterator[str]:
    yield plan["operatorType"]
    for child in plan.get("children", ()):
        yield from _operators(child)
