"""The graphs that global measures run on, and a name for those that a score run also keeps as relationships.

``FOLLOWS`` is who gives attention to whom, what PageRank ranks; ``TIE`` is every tie with its strength; ``CONTACT`` is
the part of the ties that is contact between two people (no list mail), what betweenness and core numbers run on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.measures import Graph, connected, graph
from graphsvc.kernels.ties import contacts, evidence_weights, is_kind
from graphsvc.model import MUTUAL_KINDS
from graphsvc.projection import Floats, Index, Ints, Projection

GraphName = Literal["TIE", "CONTACT", "FOLLOWS"]


@dataclass(frozen=True, eq=False)
class NamedGraph:
    """A graph of people that a database may hold; ``ids`` are the public ids of the vertices, ascending."""

    name: GraphName
    graph: Graph
    ids: NDArray[np.bytes_]

    @cached_property
    def digest(self) -> str:
        """SHA-256 of all of it: two graphs with one digest have the same people, edges and weights, to the last bit."""
        g = self.graph
        whole = hashlib.sha256(f"{self.name}:{g.n}:{g.directed}".encode())
        for column in (self.ids, g.src, g.dst, g.weight):
            whole.update(np.ascontiguousarray(column).tobytes())
        return whole.hexdigest()


Source: TypeAlias = Graph | NamedGraph  # what an engine takes


def plain(g: Source) -> Graph:
    """The graph itself, named or not."""
    return g.graph if isinstance(g, NamedGraph) else g


def named(name: GraphName, p: Projection, g: Graph) -> tuple[NamedGraph, Index]:
    """A graph over all entities without those that have no edge; beside it the entity index of each vertex."""
    small, who = connected(g)
    return NamedGraph(name, small, p.entities.id[who]), who


def attention(p: Projection, half_life_days: float) -> Graph:
    """Who gives attention to whom, weighted: follower -> followed, recipient -> sender of one-way messages.

    Parameters
    ----------
    half_life_days : age at which a message counts half [days], > 0.

    Returns
    -------
    Directed graph over all entities; a FOLLOWS fact adds its weight, a message its evidence weight.
    """
    follows, x = p.facts_of("FOLLOWS"), p.interactions
    one_way = np.flatnonzero(contacts(p) & ~is_kind(p, MUTUAL_KINDS))
    src: Index = np.concatenate([follows.subject, x.target[one_way]])
    dst: Index = np.concatenate([follows.object, x.actor[one_way]])
    both = np.concatenate([follows.weight, evidence_weights(p, half_life_days)[one_way]])
    keep = both > 0
    return graph(len(p), src[keep], dst[keep], both[keep], directed=True)


def acquaintance(p: Projection) -> Graph:
    """Who had contact with whom, undirected, without weights, over all entities."""
    rows, x = contacts(p), p.interactions
    return graph(len(p), x.actor[rows], x.target[rows], directed=False)


def tie_graph(p: Projection, a: Index, b: Index, strength: Floats) -> Graph:
    """Ties with their strength (the columns of the score ``tie_strength``), undirected, over all entities."""
    return graph(len(p), a, b, strength, directed=False)


def flat(g: Graph, *, weighted: bool) -> Graph:
    """The graph without directions; weights of both directions add up, or all are 1."""
    if not g.directed:
        return g if weighted else Graph(g.n, g.src, g.dst, np.ones(len(g.src)), False)
    return graph(g.n, g.src, g.dst, g.weight if weighted else None, directed=False)


def by_smallest(label: Ints) -> NDArray[np.int32]:
    """Groups named by their smallest vertex.

    Examples
    --------
    >>> by_smallest(np.array([7, 3, 7, 3])).tolist()
    [0, 1, 0, 1]
    """
    _, first, group = np.unique(label, return_index=True, return_inverse=True)
    out: NDArray[np.int32] = first[group].astype(np.int32)
    return out
