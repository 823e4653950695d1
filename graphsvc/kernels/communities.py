"""Communities of a weighted graph by modularity, and how well two partitions agree community by community.

Leiden is run from several seeded starts and the partition of highest modularity is kept, so that the answer depends on
the graph and not on one lucky order. Its loops are compiled and let go of the interpreter: starts and replicates run
side by side, and each depends on nothing but its own seed.

References
----------
Newman, M. E. J. & Girvan, M. (2004). Finding and evaluating community structure in networks. Physical Review E 69.
Reichardt, J. & Bornholdt, S. (2006). Statistical mechanics of community detection. Physical Review E 74 (resolution).
Traag, V. A., Waltman, L. & van Eck, N. J. (2019). From Louvain to Leiden. Scientific Reports 9, 5233.
Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis 52, 258-271.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphsvc.kernels.measures import Graph
from graphsvc.projection import Bools, Floats, Index, Ints

MOST_ROUNDS = 1000


@dataclass(frozen=True)
class Parts:
    """Figures of each community; a community's modularities add up to that of the partition.

    Attributes
    ----------
    size : vertices.
    edges : edges between two members.
    within : weight of these.
    volume : weight of the members' edges, inner ones twice.
    modularity : within / W - resolution * (volume / 2 W)^2, W the weight of all edges.
    """

    size: Index
    edges: Index
    within: Floats
    volume: Floats
    modularity: Floats


def leiden(g: Graph, resolution: float = 1.0, seed: int = 0, starts: int = 5, iterations: int = -1) -> Index:
    """Community of each vertex, shape (n,), numbered from 0 by falling size, then by smallest vertex.

    Parameters
    ----------
    g : undirected, weights >= 0; an edge of weight 0 is none.
    resolution : above 1 more and smaller communities, below 1 fewer and larger ones.
    seed : of the first start; the others count on from it.
    starts : of these the partition of highest modularity is kept, the first of equals.
    iterations : of each; -1: until nothing improves.
    """
    tried = [_compact(label) for label in partitions(g, [g.weight] * starts, resolution, seed, iterations)]
    return max(tried, key=lambda label: round(float(parts(g, label, resolution).modularity.sum()), 12))


def partitions(
    g: Graph, weights: Iterable[Floats], resolution: float = 1.0, seed: int = 0, iterations: int = 2
) -> Iterator[Index]:
    """One partition per set of edge weights, the i-th from seed + i; labels are the smallest vertex of each.

    Parameters
    ----------
    weights : of the edges of ``g``, >= 0; a vertex all of whose edges weigh 0 stands alone.
    iterations : of Leiden; -1: until nothing improves.
    """
    near, hands = neighbours(g), os.cpu_count() or 1
    with ThreadPoolExecutor(hands) as pool:
        under_way: deque[Future[Index]] = deque()
        for i, weight in enumerate(weights):
            under_way.append(pool.submit(one_partition, near, weight, resolution, seed + i, iterations))
            if len(under_way) > hands:
                yield by_smallest(under_way.popleft().result())
        while under_way:
            yield by_smallest(under_way.popleft().result())


@dataclass(frozen=True)
class Neighbours:
    """An undirected graph in compressed rows: ``other[start[v]:start[v + 1]]`` by ``edge`` of the graph."""

    start: Ints
    other: Index
    edge: Index


def neighbours(g: Graph) -> Neighbours:
    """Both directions of each edge of an undirected graph."""
    from graphsvc.kernels.communities_loops import rows_of

    return Neighbours(*rows_of(g.n, g.src, g.dst))


def one_partition(near: Neighbours, weight: Floats, resolution: float, seed: int, iterations: int) -> Index:
    """Community of each vertex by one run of Leiden, labels 0, 1, ...; each round starts from what the last one found.

    Parameters
    ----------
    weight : of each edge, >= 0; an edge of weight 0 is none.
    iterations : rounds at most; -1: until a round moves nobody.
    """
    n, total, rng = len(near.start) - 1, float(weight.sum()), np.random.default_rng(seed)
    label: Index = np.arange(n, dtype=np.int32)
    if total <= 0.0:
        return label
    price = resolution / (2.0 * total)
    each = np.ascontiguousarray(weight, dtype=np.float64)[near.edge]
    for _ in range(MOST_ROUNDS if iterations < 0 else iterations):
        label, moves = _round(near, each, label, price, rng)
        if not moves:
            break
    return label


def _round(near: Neighbours, weight: Floats, label: Index, price: float, rng: np.random.Generator) -> tuple[Index, int]:
    """Move, refine, aggregate until nothing merges; the partition, labels 0, 1, ..., and how many moves it took."""
    from graphsvc.kernels import communities_loops as loops

    start, other, volume = near.start, near.other, loops.volumes(near.start, weight)
    at: Index = np.arange(len(volume), dtype=np.int32)  # vertex of the aggregate that each vertex is in
    label, moves = label.copy(), 0
    while True:
        graph = start, other, weight, volume
        moves += loops.move(*graph, label, _shuffled(len(volume), rng), price)
        found = loops.renumber(label)
        part = loops.refine(*graph, label, _shuffled(len(volume), rng), price)
        count = loops.renumber(part)
        if len(volume) in (found, count):
            return label[at], moves
        home = np.empty(count, dtype=np.int32)
        home[part] = label
        start, other, weight, volume = loops.aggregate(*graph, part, count)
        at, label = part[at], home


def _shuffled(n: int, rng: np.random.Generator) -> Index:
    out: Index = rng.permutation(n).astype(np.int32)
    return out


def parts(g: Graph, label: Index, resolution: float = 1.0) -> Parts:
    """Figures of the communities of a partition whose labels are 0, 1, ...; all 0 where the graph has no weight."""
    k, total = int(label.max(initial=-1)) + 1, float(g.weight.sum())
    inner = label[g.src] == label[g.dst]
    home = label[g.src[inner]]
    within = np.bincount(home, g.weight[inner], k).astype(np.float64)
    ends, weight = np.concatenate([label[g.src], label[g.dst]]), np.tile(g.weight, 2)
    volume = np.bincount(ends, weight, k).astype(np.float64)
    whole = total or 1.0
    return Parts(
        size=np.bincount(label, minlength=k).astype(np.int32),
        edges=np.bincount(home, minlength=k).astype(np.int32),
        within=within,
        volume=volume,
        modularity=within / whole - resolution * (volume / (2.0 * whole)) ** 2,
    )


def recovery(label: Index, other: Index) -> tuple[Floats, Bools]:
    """How well each community of ``label`` (0, 1, ...) is found again in another partition of the same vertices.

    Returns
    -------
    Per community its largest Jaccard coefficient |C and D| / |C or D| with any D of the other partition; and per
    vertex whether it is in the D that is most like its C (the one of smallest label where several are).

    Examples
    --------
    >>> recovery(np.array([0, 0, 0, 1]), np.array([7, 7, 9, 9]))[0].round(3).tolist()
    [0.667, 0.5]
    """
    if not len(label):
        return np.zeros(0), np.zeros(0, dtype=bool)
    names, there = np.unique(other, return_inverse=True)
    key, both = np.unique(label.astype(np.int64) * len(names) + there, return_counts=True)
    mine, theirs = key // len(names), key % len(names)
    alike = both / (np.bincount(label)[mine] + np.bincount(there)[theirs] - both)
    order = np.lexsort((-theirs, alike, mine))
    last = order[np.flatnonzero(np.append(mine[order][1:] != mine[order][:-1], True))]
    return alike[last], there == theirs[last][label]


def by_smallest(label: Any) -> Index:
    """Labels renamed to the smallest vertex that bears them."""
    _, first, place = np.unique(label, return_index=True, return_inverse=True)
    out: Index = first[place].astype(np.int32)
    return out


def _compact(label: Index) -> Index:
    """Labels 0, 1, ... by falling size, then by smallest vertex."""
    names, place, count = np.unique(label, return_inverse=True, return_counts=True)
    rank = np.empty(len(names), dtype=np.int32)
    rank[np.lexsort((names, -count))] = np.arange(len(names))
    out: Index = rank[place]
    return out
