"""Every question in ``queries/``: its two texts ask the same, write nothing, and do not read whole tables."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil
import re
import sqlite3
import typing
from collections.abc import Iterator, Sequence
from contextlib import closing
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import queries
from graphsvc.store import DELTA_TABLES
from graphsvc.stores.sqlite import SqliteStore
from graphsvc.stores.sqlite_rows import SqliteRows
from graphsvc.stores.tables import SHELVES
from queries.question import Dialect, Question, text_of

WRITES = re.compile(
    r"\b(CREATE|MERGE|SET|DELETE|REMOVE|INSERT|UPDATE|REPLACE(?!\()|DROP|DETACH|FOREACH|LOAD)\b", re.IGNORECASE
)
TABLES = {*DELTA_TABLES, *SHELVES}


def _questions() -> list[type[Question[Any]]]:
    for module in pkgutil.iter_modules(queries.__path__, "queries."):
        importlib.import_module(module.name)
    return sorted(Question.__subclasses__(), key=lambda q: q.stem())


QUESTIONS = _questions()
NAMES = [q.stem() for q in QUESTIONS]


def header(question: type[Question[Any]], dialect: Dialect) -> dict[str, str]:
    lines = re.findall(r"^(?:--|//)\s*(question|parameters|order|scans):\s*(.+)$", text_of(question, dialect), re.M)
    return {name: value.strip() for name, value in lines}


def body(question: type[Question[Any]], dialect: Dialect) -> str:
    mark = "--" if dialect == "sql" else "//"
    lines = text_of(question, dialect).splitlines()
    return "\n".join(line for line in lines if not line.lstrip().startswith(mark))


def asked(question: type[Question[Any]]) -> Question[Any]:
    """The question with a plausible value for each parameter."""
    hints = typing.get_type_hints(question)
    return question(**{f.name: _value(hints[f.name], f.name, question) for f in dataclasses.fields(question)})


def _value(hint: Any, name: str, question: type[Question[Any]]) -> Any:
    options = [h for h in typing.get_args(hint) if h is not type(None)]
    if typing.get_origin(hint) in (Sequence, list, tuple) or "Sequence" in str(hint) or "Collection" in str(hint):
        inner = typing.get_args(hint)[0]
        if "tuple" in str(inner) or "Tuple" in str(inner):
            width = 1 + max(int(c) for c in re.findall(r"\bc(\d+)\b", text_of(question, "sql")))
            kinds = [a for a in typing.get_args(inner) if a is not ...] or [int]
            return [tuple(_value(kinds[min(i, len(kinds) - 1)], name, question) for i in range(width))]
        return [_value(inner, name, question)]
    if options and type(None) in typing.get_args(hint):
        return _value(options[0], name, question)
    return {int: 1, str: "word", float: 1.0, bool: True}[hint]


@pytest.fixture(scope="module")
def sqlite_rows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteRows]:
    path = tmp_path_factory.mktemp("questions") / "empty.db"
    with closing(SqliteStore(path)):
        connection = sqlite3.connect(path)
        yield SqliteRows(connection)
        connection.close()


def test_there_are_questions_and_no_text_without_one() -> None:
    assert len(QUESTIONS) > 40
    on_disk = {p.name for p in Path(str(files("queries"))).iterdir() if p.suffix in (".sql", ".cypher")}
    assert on_disk == {f"{name}.{dialect}" for name in NAMES for dialect in ("sql", "cypher")}


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_both_texts_have_one_header(question: type[Question[Any]]) -> None:
    sql, cypher = header(question, "sql"), header(question, "cypher")
    assert sql["question"] == cypher["question"]
    assert sql["order"] == cypher["order"]
    assert question.__doc__, "a question says what it asks"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
@pytest.mark.parametrize("dialect", ["sql", "cypher"])
def test_a_question_writes_nothing(question: type[Question[Any]], dialect: Dialect) -> None:
    assert not WRITES.search(re.sub(r"'[^']*'", "''", body(question, dialect)))


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
@pytest.mark.parametrize("dialect", ["sql", "cypher"])
def test_an_order_that_is_promised_is_asked_for(question: type[Question[Any]], dialect: Dialect) -> None:
    promised = not header(question, dialect)["order"].startswith(("none", "one row"))
    assert not promised or "ORDER BY" in body(question, dialect)
    if "limit" in {f.name for f in dataclasses.fields(question)}:
        assert re.search(r"LIMIT\s+[:$(]", body(question, dialect)), "a question with a limit keeps it"


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_sql_gives_the_columns_of_its_rows(question: type[Question[Any]], sqlite_rows: SqliteRows) -> None:
    cursor = sqlite_rows.connection.execute(*sqlite_rows.prepared(asked(question)))
    assert tuple(c[0] for c in cursor.description) == question.columns()


@pytest.mark.parametrize("question", QUESTIONS, ids=NAMES)
def test_sql_reads_no_table_as_a_whole(question: type[Question[Any]], sqlite_rows: SqliteRows) -> None:
    text, parameters = sqlite_rows.prepared(asked(question))
    plan = sqlite_rows.connection.execute("EXPLAIN QUERY PLAN " + text, parameters).fetchall()
    scanned = [d for *_, d in plan if re.match(r"SCAN (\w+)", d) and _stored(d, text)]
    assert not scanned or "scans" in header(question, "sql"), scanned


def _stored(detail: str, text: str) -> bool:
    """True when a plan scans one of the store's tables without an index that it needs anyway."""
    name = re.match(r"SCAN (\w+)", detail)
    assert name is not None
    alias = re.search(rf"(?:FROM|JOIN)\s+(\w+)\s+(?:AS\s+)?{name[1]}\b", text)
    table = alias[1] if alias else name[1]
    newest = re.search(r"ORDER BY \w*\.?pk DESC LIMIT", text.replace("\n", " "))  # a few rows from the end
    return table in TABLES and "USING" not in detail and not newest
