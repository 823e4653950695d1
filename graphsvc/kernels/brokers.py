"""Brokers: who stands between others, by structural holes and by the groups their open triads join.

References
----------
Burt, R. S. (1992). Structural Holes: The Social Structure of Competition. Harvard University Press, chapter 2.
Borgatti, S. P. (1997). Structural holes: unpacking Burt's redundancy measures. Connections 20(1), 35-38.
Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation: a formal approach to brokerage in transaction networks.
Sociological Methodology 19, 89-126.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.measures import Graph
from graphsvc.projection import Bools, Floats, Index, Ints

ROLES = ("coordinator", "consultant", "gatekeeper", "liaison")


@dataclass(frozen=True)
class Rows:
    """A graph as neighbours in compressed rows: those of vertex i are ``other[start[i]:start[i + 1]]``, ascending;
    ``edge`` is the edge of the graph each stands for.
    """

    start: Ints
    other: Index
    edge: Ints

    def of(self, vertex: int) -> Index:
        """Neighbours of a vertex."""
        return self.other[self.start[vertex] : self.start[vertex + 1]]


@dataclass(frozen=True)
class Bridge:
    """What of the contact between two groups runs through one vertex.

    ``joined`` are the pairs, one of either group, that the vertex joins (itself included) and that are not tied
    directly without it; ``pairs`` those at most two steps apart, ``lost`` those no longer so without it.
    """

    joined: int
    pairs: int
    lost: int


def rows(g: Graph) -> Rows:
    """Neighbours of each vertex, both directions of an undirected graph."""
    src, dst = np.concatenate([g.src, g.dst]), np.concatenate([g.dst, g.src])
    order = np.lexsort((dst, src))
    start = np.searchsorted(src[order], np.arange(g.n + 1)).astype(np.int64)
    return Rows(start, dst[order].astype(np.int32), np.tile(np.arange(len(g.src), dtype=np.int64), 2)[order])


def structural_holes(g: Graph) -> tuple[Floats, Floats]:
    """Burt's constraint and effective size of each vertex of a weighted undirected graph.

    Parameters
    ----------
    g : undirected, weights >= 0; an edge of weight 0 is none.

    Returns
    -------
    constraint : sum over neighbours j of (p_ij + sum over q of p_iq p_qj)^2, p_ij the share of i's weight that is
        with j; low = broker. effective size : sum over neighbours j of 1 - sum over q of p_iq m_jq, m_jq the weight
        of j and q over the largest weight of j; between 1 and the number of neighbours. NaN without neighbours.
        Equal to networkx's ``constraint`` and ``effective_size`` with ``weight``.
    """
    return next(resampled_holes(g, [g.weight]))


def resampled_holes(g: Graph, weights: Iterable[Floats]) -> Iterator[tuple[Floats, Floats]]:
    """:func:`structural_holes` of the same edges with other weights, one set after the other."""
    from graphsvc.kernels.brokers_loops import holes

    near = rows(g)
    for weight in weights:
        yield holes(near.start, near.other, weight[near.edge])


def brokerage(g: Graph, group: Index) -> NDArray[np.int64]:
    """How many open triads a - v - b (a and b have no edge) each vertex v stands in the middle of, by role.

    Parameters
    ----------
    group : of each vertex, 0, 1, ...; -1 unknown: not counted as a or b.

    Returns
    -------
    int64, shape (n, 4), in the order of :data:`ROLES`: *coordinator*, all three of one group; *consultant*, a and b of
    one group and v of another; *gatekeeper* (or representative: without directions they are the same), one of v's
    own group and one of another; *liaison*, three groups.
    """
    from graphsvc.kernels.brokers_loops import triads

    near = rows(g)
    return triads(near.start, near.other, group.astype(np.int32), int(group.max(initial=-1)) + 1)


def group_pairs(near: Rows, group: Index, v: int) -> list[tuple[int, int, int]]:
    """Pairs of groups a vertex joins, with how many open pairs of people: (group, group, pairs), most first.

    A pair is open when the two have no edge; the vertex itself counts as nobody here.
    """
    others = near.of(v)
    others = others[group[others] >= 0]
    i, j = np.triu_indices(len(others), 1)
    a, b = others[i], others[j]
    keep = (group[a] != group[b]) & ~_tied(near, a, b)
    low, high = np.minimum(group[a], group[b])[keep], np.maximum(group[a], group[b])[keep]
    pairs, count = np.unique(np.column_stack([low, high]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -count))
    return [(int(pairs[k, 0]), int(pairs[k, 1]), int(count[k])) for k in order]


def bridge(near: Rows, group: Index, v: int, one: int, two: int) -> Bridge:
    """What of the contact between two groups, at most two steps long, would be lost without a vertex."""
    mine = _within_two(near, group, one, two)
    without = _within_two(near, group, one, two, v)
    return Bridge(joined=_joined(near, group, v, one, two), pairs=len(mine), lost=len(mine) - len(without))


def _joined(near: Rows, group: Index, v: int, one: int, two: int) -> int:
    others = near.of(v)
    a, b = others[group[others] == one], others[group[others] == two]
    left, right = np.repeat(a, len(b)), np.tile(b, len(a))
    through = int((~_tied(near, left, right)).sum())
    return through + (len(b) if group[v] == one else 0) + (len(a) if group[v] == two else 0)


def _within_two(near: Rows, group: Index, one: int, two: int, without: int = -1) -> Ints:
    """Pairs of a member of one group and one of the other at most two steps apart, as sorted keys."""
    n, found = len(group), []
    middles = np.unique(np.concatenate([near.of(int(a)) for a in np.flatnonzero(group == one)] or [near.other[:0]]))
    for q in middles.tolist():
        if q == without:
            continue
        others = near.of(q)
        others = others[others != without]
        a, b = others[group[others] == one], others[group[others] == two]
        found.append(np.repeat(a, len(b)).astype(np.int64) * n + np.tile(b, len(a)))
        if group[q] == two:
            found.append(a.astype(np.int64) * n + q)
        if group[q] == one:
            found.append(np.full(len(b), q, dtype=np.int64) * n + b)
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.int64)


def _tied(near: Rows, a: Index, b: Index) -> Bools:
    """Whether each pair has an edge."""
    n = len(near.start) - 1
    key = a.astype(np.int64) * n + b
    held = np.unique(a)
    parts = [np.full(near.start[x + 1] - near.start[x], x, dtype=np.int64) * n + near.of(int(x)) for x in held]
    out: Bools = np.isin(key, np.concatenate(parts)) if parts else np.zeros(0, dtype=bool)
    return out
