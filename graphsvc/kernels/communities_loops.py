"""Compiled loops of the Leiden method: local moving, refinement and aggregation, each linear in the edges per pass.

A graph comes as neighbours in compressed rows, both directions stored and no loops: those of vertex v are
``other[start[v]:start[v + 1]]``. ``volume`` is the weight of a vertex's edges, of an aggregate that of its members'
(inner edges twice), so that loops need not be kept. ``price`` is resolution / (2 W), W the weight of all edges: moving
v into community c gains (weight to c) - price * volume[v] * (volume of c without v), in units of weight.

References
----------
Traag, V. A., Waltman, L. & van Eck, N. J. (2019). From Louvain to Leiden. Scientific Reports 9, 5233.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Floats, Index, Ints

LEAST = 1e-10  # of a vertex's volume: a gain below it is rounding


@njit(cache=True, nogil=True)
def rows_of(n: int, src: Index, dst: Index) -> tuple[Ints, Index, Index]:
    """Compressed rows of an undirected graph: where each vertex's begin, neighbours, and the edge of each."""
    start = np.zeros(n + 1, np.int64)
    for e in range(len(src)):
        start[src[e] + 1] += 1
        start[dst[e] + 1] += 1
    for v in range(n):
        start[v + 1] += start[v]
    fill = start[:-1].copy()
    other, edge = np.empty(2 * len(src), np.int32), np.empty(2 * len(src), np.int32)
    for e in range(len(src)):  # neighbours below the vertex first: rows ascend where the edges do
        k = fill[dst[e]]
        other[k], edge[k] = src[e], e
        fill[dst[e]] += 1
    for e in range(len(src)):
        k = fill[src[e]]
        other[k], edge[k] = dst[e], e
        fill[src[e]] += 1
    return start, other, edge


@njit(cache=True, nogil=True)
def volumes(start: Ints, weight: Floats) -> Floats:
    """Weight of the edges of each vertex."""
    out = np.zeros(len(start) - 1)
    for v in range(len(out)):
        for e in range(start[v], start[v + 1]):
            out[v] += weight[e]
    return out


@njit(cache=True, nogil=True)
def gather(begin: int, end: int, other: Index, weight: Floats, label: Index, to: Floats, seen: Index) -> int:
    """Weight of a row's edges into each community, in ``to``; these communities in ``seen``, and how many there are.

    ``to`` must be 0 everywhere, and the caller puts it back.
    """
    count = 0
    for e in range(begin, end):
        if weight[e] > 0.0:
            c = label[other[e]]
            if to[c] == 0.0:
                seen[count] = c
                count += 1
            to[c] += weight[e]
    return count


@njit(cache=True, nogil=True)
def move(start: Ints, other: Index, weight: Floats, volume: Floats, label: Index, order: Index, price: float) -> int:
    """Move vertices to the community where modularity gains most until none gains; how many moves that took.

    ``label`` (communities, any of 0..n-1) is changed in place. Vertices come in the given order, later those whose
    neighbours moved away; of equal communities the present one stays, else the first met wins.
    """
    n = len(volume)
    total, members = np.zeros(n), np.zeros(n, np.int32)
    for v in range(n):
        total[label[v]] += volume[v]
        members[label[v]] += 1
    free = np.empty(n + 1, np.int32)  # communities without a member, a stack
    spare = 0
    for c in range(n - 1, -1, -1):
        if members[c] == 0:
            free[spare] = c
            spare += 1
    to, seen = np.zeros(n), np.empty(n, np.int32)
    queue, waits = order.copy(), np.ones(n, np.bool_)  # a ring: each vertex is in it at most once
    head, length, moves = 0, n, 0
    while length:
        v = queue[head]
        head = head + 1 if head + 1 < n else 0
        length -= 1
        waits[v] = False
        own = label[v]
        total[own] -= volume[v]
        members[own] -= 1
        count = gather(start[v], start[v + 1], other, weight, label, to, seen)
        best, most = own, to[own] - price * volume[v] * total[own] + LEAST * volume[v]
        for k in range(count):
            c = seen[k]
            gain = to[c] - price * volume[v] * total[c]
            if gain > most:
                best, most = c, gain
        if most < 0.0 and spare:  # alone is better
            best = free[spare - 1]
        for k in range(count):
            to[seen[k]] = 0.0
        if members[best] == 0 and best != own:
            spare -= 1
        if members[own] == 0 and best != own:
            free[spare] = own
            spare += 1
        total[best] += volume[v]
        members[best] += 1
        if best == own:
            continue
        moves += 1
        label[v] = best
        for e in range(start[v], start[v + 1]):
            u = other[e]
            if label[u] != best and not waits[u] and weight[e] > 0.0:
                waits[u] = True
                at = head + length
                queue[at if at < n else at - n] = u
                length += 1
    return moves


@njit(cache=True, nogil=True)
def refine(
    start: Ints, other: Index, weight: Floats, volume: Floats, label: Index, order: Index, price: float
) -> Index:
    """A partition inside that of ``label`` whose parts hang together: vertices alone merge with parts next to them.

    Only a vertex that is still alone moves, only if it and the part it joins are well connected to the rest of their
    community, and only to where modularity gains most: the paper's limit of no randomness (theta -> 0).
    """
    n = len(volume)
    whole = np.zeros(n)  # volume of each community
    for v in range(n):
        whole[label[v]] += volume[v]
    part, total = np.arange(n).astype(np.int32), volume.copy()
    outside = np.zeros(n)  # weight from each part to the rest of its community
    for v in range(n):
        for e in range(start[v], start[v + 1]):
            if label[other[e]] == label[v]:
                outside[v] += weight[e]
    members, to, seen = np.ones(n, np.int32), np.zeros(n), np.empty(n, np.int32)
    for v in order:
        rest = whole[label[v]] - volume[v]
        if members[part[v]] != 1 or outside[v] <= 0.0 or outside[v] < price * volume[v] * rest:
            continue
        count = _inside(start[v], start[v + 1], other, weight, label, label[v], part, to, seen)
        best, most = -1, LEAST * volume[v]
        for k in range(count):
            c = seen[k]
            gain = to[c] - price * volume[v] * total[c]
            if gain > most and outside[c] >= price * total[c] * (whole[label[v]] - total[c]):
                best, most = c, gain
        if best >= 0:
            outside[best] += outside[v] - 2.0 * to[best]
            total[best] += volume[v]
            members[best] += 1
            members[part[v]] = 0
            part[v] = best
        for k in range(count):
            to[seen[k]] = 0.0
    return part


@njit(cache=True, nogil=True)
def _inside(
    begin: int, end: int, other: Index, weight: Floats, label: Index, home: int, part: Index, to: Floats, seen: Index
) -> int:
    """:func:`gather` over parts, of the edges inside one community."""
    count = 0
    for e in range(begin, end):
        u = other[e]
        if label[u] == home and weight[e] > 0.0:
            if to[part[u]] == 0.0:
                seen[count] = part[u]
                count += 1
            to[part[u]] += weight[e]
    return count


@njit(cache=True, nogil=True)
def renumber(label: Index) -> int:
    """Labels 0, 1, ... by their first vertex, in place; how many there are."""
    name = np.full(len(label), -1, np.int32)
    count = 0
    for v in range(len(label)):
        if name[label[v]] < 0:
            name[label[v]] = count
            count += 1
        label[v] = name[label[v]]
    return count


@njit(cache=True, nogil=True)
def aggregate(
    start: Ints, other: Index, weight: Floats, volume: Floats, part: Index, parts: int
) -> tuple[Ints, Index, Floats, Floats]:
    """The graph of the parts (0, 1, ...): rows, neighbours, weights and volumes; inner edges only count as volume."""
    first = np.zeros(parts + 1, np.int64)
    for v in range(len(part)):
        first[part[v] + 1] += 1
    for c in range(parts):
        first[c + 1] += first[c]
    member, fill = np.empty(len(part), np.int32), first[:-1].copy()
    size = np.zeros(parts)
    for v in range(len(part)):
        member[fill[part[v]]] = v
        fill[part[v]] += 1
        size[part[v]] += volume[v]
    begin, near, sums = np.zeros(parts + 1, np.int64), np.empty(len(other), np.int32), np.empty(len(other))
    to, seen, at = np.zeros(parts), np.empty(parts, np.int32), 0
    for c in range(parts):
        count = 0
        for k in range(first[c], first[c + 1]):
            v = member[k]
            for e in range(start[v], start[v + 1]):
                d = part[other[e]]
                if d != c and weight[e] > 0.0:
                    if to[d] == 0.0:
                        seen[count] = d
                        count += 1
                    to[d] += weight[e]
        for k in range(count):
            near[at], sums[at] = seen[k], to[seen[k]]
            to[seen[k]] = 0.0
            at += 1
        begin[c + 1] = at
    return begin, near[:at].copy(), sums[:at].copy(), size
