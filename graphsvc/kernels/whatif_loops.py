"""Compiled loops of :mod:`graphsvc.kernels.whatif`: best paths by number of hops, and what each removal does to them.

Costs are whole units (see :mod:`graphsvc.kernels.paths`), so that sums are exact and equal paths are found equal.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graphsvc.projection import Bools, Index, Ints

NEVER = 2**61
STAY = -1


@njit(cache=True, nogil=True)
def best_by_hops(
    edges: tuple[Ints, Index, Ints, Ints], source: Bools, there: Bools, hops: int, limit: int
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Cost of the best path from any source to each node within 0, 1, ... ``hops`` hops, and where it comes from.

    Parameters
    ----------
    edges : into each node in compressed rows: ``ptr`` int64 (n + 1,), ``tail`` int32 (m,), and per edge the cost when
        its tail is a source, and when it is not.
    there : nodes that may be on a path.
    limit : what costs more is no path.

    Returns
    -------
    ``cost`` int64 (hops + 1, n), ``NEVER`` where there is none, and ``parent`` int32 (hops + 1, n): the node before,
    or ``STAY`` where one hop more does not help. Of equal ways the shorter is taken, then the smaller node.
    """
    ptr, tail, first, further = edges
    n = len(source)
    cost = np.full((hops + 1, n), NEVER, dtype=np.int64)
    parent = np.full((hops + 1, n), STAY, dtype=np.int32)
    for v in range(n):
        if source[v] and there[v]:
            cost[0, v] = 0
    for h in range(1, hops + 1):
        for v in range(n):
            best, via = cost[h - 1, v], STAY
            if there[v] and not source[v]:
                for e in range(ptr[v], ptr[v + 1]):
                    u = tail[e]
                    total = cost[h - 1, u] + (first[e] if source[u] else further[e])
                    if total < best and total <= limit:
                        best, via = total, u
            cost[h, v], parent[h, v] = best, via
    return cost, parent


@njit(cache=True, nogil=True)
def children(cost: Ints, parent: Index, h: int) -> tuple[Ints, Index]:
    """Nodes whose best path within ``h`` hops goes on from each node's best within h - 1; compressed rows."""
    n = cost.shape[1]
    ptr = np.zeros(n + 1, dtype=np.int64)
    for v in range(n):
        if cost[h, v] < NEVER:
            ptr[(v if parent[h, v] == STAY else parent[h, v]) + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    place, child = ptr[:-1].copy(), np.empty(ptr[n], dtype=np.int32)
    for v in range(n):
        if cost[h, v] < NEVER:
            u = v if parent[h, v] == STAY else parent[h, v]
            child[place[u]] = v
            place[u] += 1
    return ptr, child


@njit(cache=True, nogil=True)
def each_removed(
    who: Index,
    edges: tuple[Ints, Index, Ints, Ints],
    source: Bools,
    best: tuple[Ints, Ints, Index],
    limit: int,
) -> tuple[Ints, Index, Ints]:
    """What becomes dearer when each of ``who`` is taken away alone.

    Only the paths that a person is on are looked at anew: hop by hop, those nodes whose best path came over a node
    that is dearer now, from all their neighbours. Whose cost stays is left alone with all that hangs on it.

    Parameters
    ----------
    best : ``cost`` int64 (hops + 1, n) and, for each number of hops from 1 on, ``children`` in compressed rows, one
        behind the other: ``ptr`` int64 (hops, n + 1) and child int32.

    Returns
    -------
    Compressed rows by position in ``who``: ``ptr`` int64 (len(who) + 1,), node int32 and its new cost int64 (``NEVER``:
    no path any more). The person itself is not among its nodes.
    """
    ptr, tail, first, further = edges
    cost, child_ptr, child = best
    hops, n = cost.shape[0] - 1, cost.shape[1]
    stamp, new = np.full((2, n), -1, dtype=np.int64), np.zeros((2, n), dtype=np.int64)
    front, back = np.empty(n, dtype=np.int32), np.empty(n, dtype=np.int32)
    out_ptr = np.zeros(len(who) + 1, dtype=np.int64)
    out_node, out_cost, used = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int64), 0
    for i in range(len(who)):
        x = who[i]
        width = 0
        mark = i * (hops + 1)
        if cost[0, x] < NEVER:
            front[0], width = x, 1
            stamp[0, x], new[0, x] = mark, NEVER
        for h in range(1, hops + 1):
            was, now, count = (h - 1) % 2, h % 2, 0
            if cost[h, x] < NEVER:
                back[0], count = x, 1
                stamp[now, x], new[now, x] = mark + h, NEVER
            for j in range(width):
                w = front[j]
                for c in range(child_ptr[h - 1, w], child_ptr[h - 1, w + 1]):
                    v = child[c]
                    if v == x:
                        continue
                    value = new[was, v] if stamp[was, v] == mark + h - 1 else cost[h - 1, v]
                    if not source[v]:
                        for e in range(ptr[v], ptr[v + 1]):
                            u = tail[e]
                            if u == x:
                                continue
                            ahead = new[was, u] if stamp[was, u] == mark + h - 1 else cost[h - 1, u]
                            total = ahead + (first[e] if source[u] else further[e])
                            if total < value and total <= limit:
                                value = total
                    if value != cost[h, v]:
                        stamp[now, v], new[now, v] = mark + h, value
                        back[count] = v
                        count += 1
            front, back, width = back, front, count
        if used + width > len(out_node):
            room = max(2 * len(out_node), used + width)
            wider_node, wider_cost = np.empty(room, dtype=np.int32), np.empty(room, dtype=np.int64)
            wider_node[:used], wider_cost[:used] = out_node[:used], out_cost[:used]
            out_node, out_cost = wider_node, wider_cost
        for j in range(width):
            if front[j] != x:
                out_node[used], out_cost[used] = front[j], new[hops % 2, front[j]]
                used += 1
        out_ptr[i + 1] = used
    return out_ptr, out_node[:used].copy(), out_cost[:used].copy()


@njit(cache=True, nogil=True)
def groups_after(
    who: Index,
    changed: tuple[Ints, Index, Ints],
    members: tuple[Ints, Index, Index],
    cost: Ints,
) -> tuple[Ints, Index, Ints]:
    """The least cost of each group of nodes after each removal, where it changes.

    Parameters
    ----------
    changed : what :func:`each_removed` gives.
    members : ``ptr`` int64 (groups + 1,) and node int32 by group, each by ascending cost; ``group`` int32 (n,) of each
        node, -1 in none.
    cost : int64 (n,), as it is now.

    Returns
    -------
    Compressed rows by position in ``who``: ``ptr``, group int32, new least cost int64.
    """
    ptr, node, after = changed
    group_ptr, member, group = members
    n = len(cost)
    stamp, new = np.full(n, -1, dtype=np.int64), np.zeros(n, dtype=np.int64)
    seen = np.full(len(group_ptr), -1, dtype=np.int64)
    out_ptr = np.zeros(len(who) + 1, dtype=np.int64)
    out_group, out_cost, used = np.empty(1024, dtype=np.int32), np.empty(1024, dtype=np.int64), 0
    for i in range(len(who)):
        x = who[i]
        stamp[x], new[x] = i, NEVER
        for j in range(ptr[i], ptr[i + 1]):
            stamp[node[j]], new[node[j]] = i, after[j]
        for j in range(ptr[i] - 1, ptr[i + 1]):
            v = x if j < ptr[i] else node[j]
            g = group[v]
            if g < 0 or seen[g] == i:
                continue
            seen[g] = i
            least, before = NEVER, cost[member[group_ptr[g]]]
            for k in range(group_ptr[g], group_ptr[g + 1]):
                m = member[k]
                if cost[m] >= least:
                    break
                least = min(least, new[m] if stamp[m] == i else cost[m])
            if least != before:
                if used == len(out_group):
                    wider_group, wider_cost = np.empty(2 * used, dtype=np.int32), np.empty(2 * used, dtype=np.int64)
                    wider_group[:used], wider_cost[:used] = out_group, out_cost
                    out_group, out_cost = wider_group, wider_cost
                out_group[used], out_cost[used] = g, least
                used += 1
        out_ptr[i + 1] = used
    return out_ptr, out_group[:used].copy(), out_cost[:used].copy()
