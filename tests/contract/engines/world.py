"""Graphs of every kind that engines must agree on, and a company whose people are in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import networkx as nx
import numpy as np
from neo4j import Session

from graphsvc import toy
from graphsvc.engines.graphs import acquaintance, attention, named, tie_graph
from graphsvc.kernels.measures import Graph, graph
from graphsvc.projection import Floats, Projection
from graphsvc.registry import Inputs, find_algorithm

KINDS = ("mail", "meeting", "list_mail", "reply")


def random_graph(n: int, edges: int, *, directed: bool, seed: int = 1) -> Graph:
    """Some people have very many neighbours, some none; weights over four orders of magnitude."""
    rng = np.random.default_rng(seed)
    skewed = (n * rng.random(edges) ** 3).astype(np.int64)
    return graph(n, rng.integers(0, n, edges), skewed, 10.0 ** rng.uniform(-2, 2, edges), directed=directed)


def company(people: int = 60, seed: int = 0, as_of: float = 300.0) -> Projection:
    """Mail, meetings, list mail and followers at random; public ids have their real length."""
    rng = np.random.default_rng(seed)
    keys = [f"{i:032x}" for i in range(people)]
    acts = zip(rng.random(4 * people) * 300, *rng.integers(0, people, (2, 4 * people)), strict=True)
    rows = [{"time": t, "from": keys[a], "to": keys[b], "kind": KINDS[(a + b) % 4]} for t, a, b in acts if a != b]
    pairs = rng.integers(0, people, (people, 2))
    facts = [{"kind": "FOLLOWS", "subject": keys[a], "object": keys[b]} for a, b in pairs if a != b]
    return toy.build(interactions=rows, facts=facts, as_of=as_of)


def ties_of(p: Projection) -> Graph:
    score = find_algorithm("tie_strength")
    scores = score.compute(p, score.params(), Inputs({}))
    assert scores.b is not None
    return tie_graph(p, scores.a, scores.b, scores.value)


def graphs() -> Iterator[tuple[str, Graph]]:
    """Name and graph."""

    def made(n: int, pairs: Any, directed: bool = False) -> Graph:
        edges = np.array(list(pairs), dtype=np.int64).reshape(-1, 2)
        return graph(n, edges[:, 0], edges[:, 1], directed=directed)

    yield "empty", made(0, [])
    yield "one person", made(1, [])
    yield "nobody knows anybody", made(3, [], directed=True)
    yield "two components and one alone", made(6, [(0, 1), (1, 2), (3, 4)])
    yield "star", made(9, [(0, i) for i in range(1, 9)])
    yield "star towards its centre", made(9, [(i, 0) for i in range(1, 9)], directed=True)
    yield "Krackhardt's kite", made(10, nx.krackhardt_kite_graph().edges())
    star = toy.adoption_star(23)
    yield "adoption star: attention", attention(star, 90.0)
    yield "adoption star: contact", acquaintance(star)
    yield "company: attention", named("FOLLOWS", company(), attention(company(), 90.0))[0].graph
    yield "random, directed", random_graph(2000, 8000, directed=True)
    yield "random, undirected", random_graph(2000, 8000, directed=False)


def populate(session: Session, p: Projection) -> None:
    """The people of a projection as the store keeps them, and one that was merged into another."""
    ids = [i.decode() for i in p.entities.id[p.people]] + ["f" * 32]
    session.run("CREATE CONSTRAINT member_id IF NOT EXISTS FOR (m:Member) REQUIRE m.id IS UNIQUE").consume()
    text = "UNWIND range(0, size($ids) - 1) AS i CREATE (:Member:Person {pk: i + 1, id: $ids[i], label: 0})"
    session.run(text, ids=ids).consume()


def relationships(session: Session, type_: str, column: str, run: str | None = None) -> dict[tuple[str, str], float]:
    """(from, to) -> value of what a reader sees who goes by the Materialised node, or of one run."""
    text = {
        "TIE": "MATCH (m:Materialised {name: 'TIE'}) MATCH (a)-[r:TIE]->(b) WHERE r.run = coalesce($run, m.run) "
        "RETURN a.id AS a, b.id AS b, properties(r) AS r",
        "FOLLOWS": "MATCH (m:Materialised {name: 'FOLLOWS'}) MATCH (a)-[r:FOLLOWS]->(b) "
        "WHERE r.run = coalesce($run, m.run) RETURN a.id AS a, b.id AS b, properties(r) AS r",
    }[type_]
    rows = session.run(text, run=run).data()
    out = {(row["a"], row["b"]): row["r"][column] for row in rows}
    assert len(out) == len(rows), "a pair has two relationships of one run"
    return out


def expected(p: Projection, g: Graph) -> dict[tuple[str, str], float]:
    """The same of a graph over all entities."""
    ids = p.entities.id.astype(str)
    return dict(zip(zip(ids[g.src].tolist(), ids[g.dst].tolist(), strict=True), g.weight.tolist(), strict=True))


def difference(a: Floats, b: Floats) -> float:
    """Largest relative difference; 0 where both are 0."""
    scale = np.maximum(np.abs(a), np.abs(b))
    return float(np.max(np.abs(a - b) / np.where(scale > 0, scale, 1.0), initial=0.0))
