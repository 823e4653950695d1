"""Compiled loops of graph measures over compressed rows; each releases the interpreter, so that others go on.

References
----------
Brandes, U. (2001). A faster algorithm for betweenness centrality. Journal of Mathematical Sociology 25(2), 163-177.
Geisberger, R., Sanders, P. & Schultes, D. (2008). Better approximation of betweenness centrality. ALENEX, 90-100.
Batagelj, V. & Zaversnik, M. (2003). An O(m) algorithm for cores decomposition of networks. arXiv:cs/0310049.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Floats, Index, Ints


@njit(cache=True, nogil=True)
def dependencies(indptr: Ints, indices: Index, sources: Ints, total: Floats, far: bool) -> None:
    """Add to ``total`` each vertex's share of the shortest paths (in hops) that start at the sources.

    One breadth-first search per source, then back from the farthest vertex; O(edges) time each. With ``far`` a path
    counts for a vertex by 2 * (hops from the source) / (hops of the path): the pair's other end, were it a source too,
    would add the rest of 2. Vertices near a source are then not taken for central (Geisberger et al. 2008).
    """
    n = len(indptr) - 1
    depth = np.full(n, -1, dtype=np.int32)
    paths, given = np.zeros(n), np.zeros(n)
    order = np.empty(n, dtype=np.int32)
    for s in sources:
        order[0], seen, at = s, 1, 0
        depth[s], paths[s] = 0, 1.0
        while at < seen:
            v = order[at]
            at += 1
            for e in range(indptr[v], indptr[v + 1]):
                w = indices[e]
                if depth[w] < 0:
                    depth[w] = depth[v] + 1
                    order[seen] = w
                    seen += 1
                if depth[w] == depth[v] + 1:
                    paths[w] += paths[v]
        for k in range(seen - 1, -1, -1):
            v = order[k]
            part = 0.0
            for e in range(indptr[v], indptr[v + 1]):
                w = indices[e]
                if depth[w] == depth[v] + 1:
                    one = 2.0 / depth[w] if far else 1.0
                    part += (one + given[w]) / paths[w]
            given[v] = part * paths[v]
        for k in range(1, seen):
            total[order[k]] += given[order[k]] * (depth[order[k]] if far else 1)
        for k in range(seen):
            depth[order[k]], paths[order[k]], given[order[k]] = -1, 0.0, 0.0


@njit(cache=True, nogil=True)
def core_numbers(indptr: Ints, indices: Index) -> Index:
    """Core number of each vertex of an undirected graph (both directions stored): take away the least degree first."""
    n = len(indptr) - 1
    degree = np.empty(n, dtype=np.int32)
    most = 0
    for v in range(n):
        degree[v] = indptr[v + 1] - indptr[v]
        most = max(most, degree[v])
    start = np.zeros(most + 2, dtype=np.int64)  # where the vertices of a degree begin in ``order``
    for v in range(n):
        start[degree[v] + 1] += 1
    for d in range(1, most + 2):
        start[d] += start[d - 1]
    place, order = np.empty(n, dtype=np.int64), np.empty(n, dtype=np.int32)
    fill = start.copy()
    for v in range(n):
        place[v] = fill[degree[v]]
        order[place[v]] = v
        fill[degree[v]] += 1
    for k in range(n):
        v = order[k]
        for e in range(indptr[v], indptr[v + 1]):
            w = indices[e]
            if degree[w] > degree[v]:
                first = max(start[degree[w]], k + 1)  # the first vertex of w's degree that is still here
                u = order[first]
                if u != w:
                    order[first], order[place[w]] = w, u
                    place[u], place[w] = place[w], first
                start[degree[w]] = first + 1
                degree[w] -= 1
    return degree


@njit(cache=True, nogil=True)
def outgoing(n: int, src: Index, dst: Index) -> tuple[Ints, Index]:
    """Compressed rows by source: where each vertex's begin, and the vertices its edges lead to."""
    start = np.zeros(n + 1, dtype=np.int64)
    for e in range(len(src)):
        start[src[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    fill, other = start[:-1].copy(), np.empty(len(src), dtype=np.int32)
    for e in range(len(src)):
        other[fill[src[e]]] = dst[e]
        fill[src[e]] += 1
    return start, other


@njit(cache=True, nogil=True)
def both_ways(n: int, src: Index, dst: Index) -> tuple[Ints, Index]:
    """:func:`outgoing` with each edge in both directions; ends that go before a vertex come first in its row."""
    start = np.zeros(n + 1, dtype=np.int64)
    for e in range(len(src)):
        start[src[e] + 1] += 1
        start[dst[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    fill, other = start[:-1].copy(), np.empty(2 * len(src), dtype=np.int32)
    for e in range(len(src)):
        other[fill[dst[e]]] = src[e]
        fill[dst[e]] += 1
    for e in range(len(src)):
        other[fill[src[e]]] = dst[e]
        fill[src[e]] += 1
    return start, other


@njit(cache=True, nogil=True)
def incoming(n: int, src: Index, dst: Index, weight: Floats) -> tuple[Ints, Index, Floats]:
    """Compressed rows by target: where each vertex's begin, the sources, and which part of a source's edges each is."""
    start, out = np.zeros(n + 1, dtype=np.int64), np.zeros(n)
    for e in range(len(src)):
        start[dst[e] + 1] += 1
        out[src[e]] += weight[e]
    for v in range(n):
        start[v + 1] += start[v]
    fill, other, share = start[:-1].copy(), np.empty(len(src), dtype=np.int32), np.empty(len(src))
    for e in range(len(src)):
        k = fill[dst[e]]
        other[k] = src[e]
        share[k] = weight[e] / out[src[e]] if out[src[e]] > 0.0 else 0.0
        fill[dst[e]] += 1
    return start, other, share


@njit(cache=True, nogil=True)
def settle(start: Ints, other: Index, share: Floats, damping: float, tolerance: float, most: int, rank: Floats) -> int:
    """Solve rank = 1 + damping * (shares of the ranks that come in) in place, vertex after vertex; how many rounds."""
    for step in range(most):
        worst = 0.0
        for v in range(len(rank)):
            come = 0.0
            for e in range(start[v], start[v + 1]):
                come += share[e] * rank[other[e]]
            new = 1.0 + damping * come
            worst = max(worst, abs(new - rank[v]) / new)
            rank[v] = new
        if worst < tolerance:
            return step + 1
    return most
