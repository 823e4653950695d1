"""Scores as relationships of the database: (:Person)-[:TIE]->(:Person) and (:Person)-[:FOLLOWS]->(:Person).

A score run writes its ties and who follows whom beside those of the run before, moves the two ``Materialised`` nodes to
the new run in one transaction, and then deletes the old ones in batches. Whoever matches relationships by the run that
the node names sees all of one run, never none and never both::

    MATCH (m:Materialised {name: 'TIE'}) MATCH (a)-[t:TIE {run: m.run}]->(b) RETURN a.id, b.id, t.strength

A Materialised node has ``run, as_of, sequence, count, digest`` (and ``contacts, contact_digest`` of the ties that are
contact); ``settled`` is true while only this run's relationships are there, so that all of a type may be projected;
``next, next_digest, written`` are of a run being written, and say where a killed one goes on; ``stale`` lists the runs
whose relationships are still to be deleted. ``run`` is the run's id, with ``.2``, ``.3`` when it was written before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.engines.graphs import GraphName, NamedGraph, acquaintance, named
from graphsvc.errors import TransientError
from graphsvc.kernels.measures import Graph
from graphsvc.kernels.ties import pair_key
from graphsvc.projection import Projection

if TYPE_CHECKING:
    from neo4j import ManagedTransaction, Session

BATCH = 20_000
SCHEMA = (
    "CREATE CONSTRAINT materialised_name IF NOT EXISTS FOR (m:Materialised) REQUIRE m.name IS UNIQUE",
)  # for the migrations
# Setting a property takes the lock of the node, so that two writers begin one after the other.
LOCK = "MERGE (m:Materialised {name: $name}) SET m.name = $name RETURN properties(m) AS m"
BEGIN = """
MATCH (m:Materialised {name: $name})
SET m.stale = coalesce(m.stale, []) + CASE WHEN m.next IS NULL THEN [] ELSE [m.next] END,
    m.settled = false, m.written = 0, m.next = $run, m.next_digest = $digest"""
# Setting the counter first takes the lock: of two writers of one run the second sees what the first has written.
TURN = """
MATCH (m:Materialised {name: $name}) WHERE m.next = $run AND m.next_digest = $digest
SET m.written = m.written RETURN m.written AS written"""
WRITE = """
MATCH (m:Materialised {{name: $name}}) SET m.written = $until
WITH m UNWIND range(0, size($a) - 1) AS i
MATCH (a:Member {{id: $a[i]}}) MATCH (b:Member {{id: $b[i]}})
CREATE (a)-[:{type} {{{properties}, run: $run}}]->(b)
RETURN count(*) AS made"""
SWITCH = """
UNWIND $plans AS plan MATCH (m:Materialised {name: plan.name})
WHERE m.next = $run AND m.next_digest = plan.digest AND m.written = plan.count
SET m.stale = m.stale + CASE WHEN m.run IS NULL THEN [] ELSE [m.run] END
SET m += plan, m.run = $run, m.as_of = $as_of, m.sequence = $sequence
REMOVE m.next, m.next_digest, m.written
RETURN count(*) AS moved"""
SWEEP = """
MATCH ()-[r:{type}]->() WHERE r.run IN $stale
CALL (r) {{ DELETE r }} IN TRANSACTIONS OF $batch ROWS"""
SWEPT = """
MATCH (m:Materialised {name: $name}) SET m.stale = [run IN m.stale WHERE NOT run IN $stale]
SET m.settled = m.next IS NULL AND size(m.stale) = 0"""
STANDING = "MATCH (m:Materialised {name: $name}) RETURN properties(m) AS m"
WRITE_BACK = """
UNWIND range(0, size($ids) - 1) AS i MATCH (n:Member {{id: $ids[i]}})
SET {properties} RETURN count(*) AS found"""


@dataclass(frozen=True)
class Standing:
    """What the database holds of a graph: the run it is of, its digest and number of edges.

    ``edges`` of them are in the graph, of ``total`` that the run has of the type; ``whole``: no other run has any.
    """

    run: str
    digest: str
    edges: int
    total: int
    whole: bool


@dataclass(frozen=True)
class _Plan:
    """Relationships of one type, in columns."""

    type: str
    a: list[str]
    b: list[str]
    columns: Mapping[str, list[float] | list[int]]
    node: Mapping[str, Any]  # what the Materialised node says of them: name, digest, count

    @property
    def text(self) -> str:
        return WRITE.format(type=self.type, properties=", ".join(f"{c}: ${c}[i]" for c in self.columns))

    def batches(self, begin: int) -> Iterator[tuple[int, dict[str, Any]]]:
        """Where each batch ends, and its columns."""
        for at in range(begin, len(self.a), BATCH):
            part = slice(at, at + BATCH)
            columns = {name: values[part] for name, values in self.columns.items()}
            yield min(at + BATCH, len(self.a)), {"a": self.a[part], "b": self.b[part], **columns}


@dataclass(frozen=True)
class _Begun:
    """What a run's relationships are marked with, how many of each plan are there, and whether it stands already."""

    run: str
    written: tuple[int, ...]
    stands: bool = False


def materialise(session: Session, p: Projection, ties: Graph, follows: Graph, run_id: str) -> Mapping[str, int]:
    """Write the ties and the attention graph of a run as relationships; again after a kill, it goes on where it was.

    Parameters
    ----------
    session : of the neo4j driver, outside a transaction.
    ties : :func:`graphsvc.engines.graphs.tie_graph` of the run's ``tie_strength``, vertices = entities of ``p``.
    follows : :func:`graphsvc.engines.graphs.attention` with the half-life that ``influence`` takes.
    run_id : of the score run; a run that is done again replaces what it wrote.

    Returns
    -------
    Number of relationships by type.

    Raises
    ------
    TransientError
        Another run began to write meanwhile, or a person of the projection is gone from the database.
    """
    for text in SCHEMA:
        session.run(text).consume()
    plans = (_ties(p, ties), _follows(p, follows))
    begun = session.execute_write(_begin, plans, run_id)
    if not begun.stands:
        for plan, written in zip(plans, begun.written, strict=True):
            _write(session, plan, begun.run, written)
        session.execute_write(_switch, p, plans, begun.run)
    for plan in plans:
        _sweep(session, plan.type)
    return {plan.type: len(plan.a) for plan in plans}


def standing(session: Session, name: GraphName) -> Standing | None:
    """What the database holds of a named graph; None when nothing was materialised yet."""
    m = _first(session, "FOLLOWS" if name == "FOLLOWS" else "TIE")
    if m is None or m.get("run") is None:
        return None
    digest, edges = ("contact_digest", "contacts") if name == "CONTACT" else ("digest", "count")
    return Standing(m["run"], m[digest], m[edges], m["count"], bool(m["settled"]))


def write_back(session: Session, ids: Sequence[str], columns: Mapping[str, NDArray[np.generic]], run_id: str) -> None:
    """Set measures as properties of people, each with the run it is of: ``pagerank`` and ``pagerank_run``.

    Parameters
    ----------
    ids : public ids of canonical people.
    columns : property -> value of each id; a property keeps the value of an older run where a person has none now.

    Raises
    ------
    TransientError
        A person is gone from the database; what was set so far stays.
    """
    properties = ", ".join(f"n.{name} = ${name}[i], n.{name}_run = $run" for name in columns)
    text = WRITE_BACK.format(properties=properties)
    for at in range(0, len(ids), BATCH):
        part = slice(at, at + BATCH)
        values = {name: column[part].tolist() for name, column in columns.items()}
        row = session.execute_write(_run, text, ids=list(ids[part]), run=run_id, **values)
        if row["found"] != len(ids[part]):
            raise TransientError("engines.store_moved")


def _ties(p: Projection, ties: Graph) -> _Plan:
    contact = acquaintance(p)
    known = pair_key(contact.src, contact.dst, len(p))
    is_contact = np.isin(pair_key(ties.src, ties.dst, len(p)), known)
    columns = {"strength": ties.weight.tolist(), "contact": is_contact.astype(int).tolist()}
    more = {"contact_digest": named("CONTACT", p, contact)[0].digest, "contacts": int(is_contact.sum())}
    return _plan("TIE", p, ties, columns, more)


def _follows(p: Projection, follows: Graph) -> _Plan:
    return _plan("FOLLOWS", p, follows, {"weight": follows.weight.tolist()}, {})


def _plan(
    name: GraphName, p: Projection, g: Graph, columns: Mapping[str, list[float] | list[int]], more: Mapping[str, Any]
) -> _Plan:
    held: NamedGraph = named(name, p, g)[0]
    ids = p.entities.id.astype(str)
    node = {"name": name, "digest": held.digest, "count": len(g.src), **more}
    return _Plan(name, ids[g.src].tolist(), ids[g.dst].tolist(), columns, node)


def _begin(tx: ManagedTransaction, plans: Sequence[_Plan], run_id: str) -> _Begun:
    """Say that a run is being written, unless it stands or was begun; another one that is being written gives way."""
    nodes = [_run(tx, LOCK, name=plan.type)["m"] for plan in plans]
    pairs = list(zip(nodes, plans, strict=True))
    if all(_is_of(m.get("run"), run_id) and m["digest"] == plan.node["digest"] for m, plan in pairs):
        return _Begun(nodes[0]["run"], (), stands=True)
    if all(_is_of(m.get("next"), run_id) and m["next_digest"] == plan.node["digest"] for m, plan in pairs):
        return _Begun(nodes[0]["next"], tuple(m["written"] for m in nodes))
    taken = {name for m in nodes for name in (m.get("run"), m.get("next"), *m.get("stale", ()))}
    run, again = run_id, 1
    while run in taken:
        again += 1
        run = f"{run_id}.{again}"
    for plan in plans:
        tx.run(BEGIN, name=plan.type, run=run, digest=plan.node["digest"]).consume()
    return _Begun(run, (0,) * len(plans))


def _is_of(run: str | None, run_id: str) -> bool:
    return run is not None and (run == run_id or run.startswith(f"{run_id}."))


def _write(session: Session, plan: _Plan, run: str, at: int) -> None:
    mine = {"name": plan.type, "run": run, "digest": plan.node["digest"]}
    for until, columns in plan.batches(at):
        session.execute_write(_write_batch, plan, mine, (at, until), columns)
        at = until


def _sweep(session: Session, name: str) -> None:
    """Delete what older runs and overtaken ones left; a run named stale is written no more, so none comes after."""
    stale = (_first(session, name) or {}).get("stale", [])
    if stale:
        session.run(SWEEP.format(type=name), stale=stale, batch=BATCH).consume()
    session.execute_write(_run, SWEPT, name=name, stale=stale)


def _first(session: Session | ManagedTransaction, name: str) -> Mapping[str, Any] | None:
    row = session.run(STANDING, name=name).single()
    return None if row is None else row["m"]


def _write_batch(
    tx: ManagedTransaction, plan: _Plan, mine: Mapping[str, str], part: tuple[int, int], columns: Mapping[str, Any]
) -> None:
    """One batch and the counter that says so, in one transaction; a retry of one that was committed does nothing."""
    turn = _run(tx, TURN, **mine)
    if turn is not None and turn["written"] == part[1]:
        return
    if turn is None or turn["written"] != part[0]:
        raise TransientError("engines.overtaken")
    if _run(tx, plan.text, name=plan.type, until=part[1], run=mine["run"], **columns)["made"] != part[1] - part[0]:
        raise TransientError("engines.store_moved")


def _switch(tx: ManagedTransaction, p: Projection, plans: Sequence[_Plan], run: str) -> None:
    nodes = [dict(plan.node) for plan in plans]
    if _run(tx, SWITCH, plans=nodes, run=run, as_of=p.as_of, sequence=p.sequence)["moved"] == len(plans):
        return
    if all((_first(tx, plan.type) or {}).get("run") == run for plan in plans):
        return  # a retry of a switch that was committed
    raise TransientError("engines.overtaken")


def _run(tx: ManagedTransaction, text: str, /, **parameters: Any) -> Any:
    return tx.run(text, parameters).single()
