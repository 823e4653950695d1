"""The schema of the Neo4j store, made by ordered steps, each remembered by a node once it is done.

A step may run twice (a process was killed before it could say that it was done, or two began at once): each names what
it makes and makes it only where it is not there. A newer schema than ours is refused. A database that others use too is
taken as long as none of their labels and relationship types is one of ours.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neo4j.exceptions import ClientError

from graphsvc.errors import NotFoundError, StoreError, TransientError
from graphsvc.stores import neo4j_text as cypher
from graphsvc.stores.neo4j_connection import Server
from graphsvc.stores.tables import SHELVES

VERSION = 3  # of the schema in Neo4j
_LATER = {"model_states": 2, "documents": 3}  # shelves that came after version 1
_THERE = {  # what a process says that came second
    "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists",
    "Neo.ClientError.Schema.IndexAlreadyExists",
    "Neo.ClientError.Schema.IndexWithNameAlreadyExists",
    "Neo.ClientError.Schema.ConstraintAlreadyExists",
    "Neo.ClientError.Schema.ConstraintWithNameAlreadyExists",
    "Neo.ClientError.Schema.ConstraintValidationFailed",  # two MERGE of one node
}
_UNIQUE: Mapping[str, Sequence[tuple[str, ...]]] = {
    "members": (("pk",), ("id",), ("label", "space", "key")),
    "words": (("pk",), ("text",)),
    "commits": (("pk",),),
    "jobs": (("slot",),),
}

_DONE = "MATCH (m:Migration) RETURN m.version AS version, m.step AS step"
_LABELS = "CALL db.labels() YIELD label RETURN collect(label) AS names"
_TYPES = "CALL db.relationshipTypes() YIELD relationshipType RETURN collect(relationshipType) AS names"
_REMEMBER = "MERGE (:Migration {version: $version, step: $step})"
_INDEXES = "SHOW INDEXES YIELD name, state WHERE name STARTS WITH 'graphsvc_' RETURN name, state"
_COUNTERS = (
    "UNWIND ['committed', 'published'] AS name MERGE (c:Counter {name: name}) ON CREATE SET c.sequence = 0, c.time = 0"
)
_META = "UNWIND $meta AS m MERGE (r:Meta {name: m[0]}) ON CREATE SET r.value = m[1]"


@dataclass(frozen=True)
class Rule:
    """A constraint or an index: its name and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Step:
    """One step: its version, its name in it, and the statements of its one transaction."""

    version: int
    name: str
    texts: tuple[str, ...]


def steps() -> Iterator[Step]:
    """All steps, in order."""
    yield Step(1, "migrations", (_unique("Migration", ("version", "step")).text,))
    shelves = (rule for name in SHELVES if name not in _LATER for rule in _of_shelf(name))
    for name, rules in (("rows", _of_rows()), ("shelves", shelves), ("helpers", _of_helpers())):
        found = list(rules)
        yield Step(1, f"constraints of {name}", tuple(r.text for r in found if "CONSTRAINT" in r.text))
        yield Step(1, f"indexes of {name}", tuple(r.text for r in found if "CONSTRAINT" not in r.text))
    yield Step(1, "counters", (_COUNTERS,))
    yield Step(1, "workspace", (_META,))
    for name, version in _LATER.items():
        yield Step(version, f"shelf {name}", tuple(rule.text for rule in _of_shelf(name)))


def install(server: Server, *, create: bool, key: Callable[[], str]) -> None:
    """Bring the schema to our version; ``key`` makes the key of a new workspace.

    Raises
    ------
    NotFoundError
        When there is no workspace and none may be made.
    StoreError
        For a newer schema, or when labels of ours hold what others put there.
    """
    done = _done(server)
    newest = max((version for version, _ in done), default=0)
    if newest > VERSION:
        raise StoreError("store.newer_schema", path=server.url, found=newest, known=VERSION)
    if not done:
        if not create:
            raise NotFoundError("store.no_database", path=server.url)
        _refuse_others(server)
    left = [step for step in steps() if (step.version, step.name) not in done]
    for step in left:
        _take(server, step, key)
    if left:
        _await_indexes(server)


def unfit(server: Server) -> Sequence[str]:
    """Indexes that are missing or cannot be used, for ``doctor``."""
    states = {row["name"]: row["state"] for row in server.rows(_INDEXES)}
    shelves = (rule for name in SHELVES for rule in _of_shelf(name))
    rules = (_unique("Migration", ("version", "step")), *_of_rows(), *shelves, *_of_helpers())
    return [rule.name for rule in rules if states.get(rule.name) != "ONLINE"]


def version_found(server: Server) -> int:
    """Version of the schema in the database; 0 where there is none."""
    return max((version for version, _ in _done(server)), default=0)


def _of_rows() -> Iterator[Rule]:
    for table, shape in cypher.CORE.items():
        if isinstance(shape, cypher.Edge):
            yield _index(shape.type, ("pk",), edge=True)
            continue
        unique = _UNIQUE.get(table, ())
        yield from (_unique(shape.label, columns) for columns in unique)
        yield from (_index(shape.label, (column,)) for column in cypher.INDEXED[table] if (column,) not in unique)
    yield _index("Interaction", ("key", "time"))
    yield _index("Interaction", ("time",))


def _of_shelf(name: str) -> Iterator[Rule]:
    shelf, label = SHELVES[name], cypher.SHELF_LABELS[name]
    unique = (shelf.key, *_UNIQUE.get(name, ()))
    yield from (_unique(label, columns) for columns in unique)
    yield from (_index(label, (column,)) for column in shelf.looked_up if (column,) not in unique)
    if name == "found":
        yield _index(label, ("text",), kind="TEXT")


def _of_helpers() -> Iterator[Rule]:
    for label, column in (("Counter", "name"), ("Lock", "name"), ("Written", "token")):
        yield _unique(label, (column,))


def _unique(label: str, columns: Sequence[str]) -> Rule:
    name, wanted = _name(label, columns), ", ".join(f"n.{c}" for c in columns)
    return Rule(name, f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE ({wanted}) IS UNIQUE")


def _index(label: str, columns: Sequence[str], *, edge: bool = False, kind: str = "RANGE") -> Rule:
    pattern = f"()-[n:{label}]-()" if edge else f"(n:{label})"
    name, wanted = _name(label, columns), ", ".join(f"n.{c}" for c in columns)
    return Rule(name, f"CREATE {kind} INDEX {name} IF NOT EXISTS FOR {pattern} ON ({wanted})")


def _name(label: str, columns: Sequence[str]) -> str:
    return "_".join(("graphsvc", label, *columns))


def _take(server: Server, step: Step, key: Callable[[], str]) -> None:
    meta = [["workspace_key", key()], ["erasures", "0"]] if step.name == "workspace" else []
    try:
        _write(server, step.texts, {"meta": meta})
    except ClientError as error:  # another process takes the same step: once more, now that it is there
        if error.code not in _THERE:
            raise
        _write(server, step.texts, {"meta": meta})
    _write(server, (_REMEMBER,), {"version": step.version, "step": step.name})


def _refuse_others(server: Server) -> None:
    """Nodes and relationships that carry our names but are not ours."""
    labels = {*(shape.label for shape in cypher.CORE.values() if isinstance(shape, cypher.Node)), *cypher.HELPERS}
    labels |= set(cypher.SHELF_LABELS.values())
    types = {"ACTED", "ABOUT", *(shape.type for shape in cypher.CORE.values() if isinstance(shape, cypher.Edge))}
    found = [(name, f"(n:{name})") for name in sorted(labels & set(server.rows(_LABELS)[0]["names"]))]
    found += [(name, f"()-[n:{name}]->()") for name in sorted(types & set(server.rows(_TYPES)[0]["names"]))]
    for name, pattern in found:
        count = server.rows(f"MATCH {pattern} RETURN count(n) AS n")[0]["n"]
        if count and not _done(server):  # else another process of ours began meanwhile
            raise StoreError("neo4j.not_ours", url=server.url, name=name)


def _await_indexes(server: Server) -> None:
    until = time.monotonic() + server.write_seconds
    while waiting := unfit(server):
        if time.monotonic() > until:
            raise TransientError("neo4j.indexes_late", url=server.url, names=", ".join(waiting))
        time.sleep(0.05)


def _done(server: Server) -> set[tuple[int, str]]:
    return {(row["version"], row["step"]) for row in server.rows(_DONE)}


def _write(server: Server, texts: Sequence[str], parameters: Mapping[str, Any]) -> None:
    """Run one step in one transaction; each may run twice."""

    def run() -> None:
        with server.transaction(secrets.token_hex(8)) as transaction:
            for text in texts:
                transaction.run(text, dict(parameters)).consume()
            transaction.commit()

    server.attempt(run, server.write_seconds)
