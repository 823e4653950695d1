"""Compiled loops of the path search, second half: bounds by hops over the corridor, then best-first search.

The least cost to finish from each node of the corridor within l hops is found by l rounds of relaxation (Bellman 1958);
it never overrates what a prefix still costs, so that a search which always extends the most promising one (Hart,
Nilsson & Raphael 1968) meets the paths best first. A prefix is kept with one child at a time, its next sibling entering
when it leaves (Lawler 1972); a node's children are brought into order one by one, as they are asked for.

Equal costs are taken in the order of the paths' nodes. Functions go on where they stopped, like those of
:mod:`graphsvc.kernels.paths_ball_loops`, where the references to the first half are.

References
----------
Bellman, R. (1958). On a routing problem. Quarterly of Applied Mathematics 16, 87-90.
Hart, P., Nilsson, N. & Raphael, B. (1968). A formal basis for the heuristic determination of minimum cost paths. IEEE
Transactions on Systems Science and Cybernetics 4(2), 100-107.
Lawler, E. (1972). A procedure for computing the k best solutions to discrete optimization problems. Management
Science 18(7), 401-405.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from graphsvc.kernels.paths_ball_loops import DONE, FULL, MORE, NEVER, SOURCE, TARGET, VIA, Corridor
from graphsvc.projection import Index, Ints

# Positions in Tree.state
PREFIXES, HEAP, POOL, FOUND, LEFT, STARTED, LOWEST = range(7)
# Columns of Tree.prefix after the nodes: what a prefix is
DEPTH, LOCAL, NEEDS, KEY = -4, -3, -2, -1


class Ways(NamedTuple):
    """The corridor in rows by tail, with the bounds of every node; all columns are by corridor node or edge."""

    ptr: Ints
    head: Index
    step: Ints
    edge: Index
    node: Ints  # the graph's number of each corridor node
    flag: Ints
    low: Ints  # least cost from the sources
    best: (
        Ints  # (1 or 2, hops, nodes): least cost to finish within that many hops; [1] where ``via`` is still to be met
    )
    other: Ints  # the same by another first step than ``following``
    following: Index  # the first step of the best
    opened: Index  # per (node, hops left, needs): its list of children, -1 while it has none


class Tree(NamedTuple):
    """Prefixes, the heap of their next children, and the pool of children by node."""

    prefix: Index  # rows of hops + 1 nodes and four figures
    path: Index  # rows of hops edges of the corridor
    cost: Ints  # per prefix
    heap_cost: Ints
    heap_prefix: Index
    heap_at: Index  # which child
    pool_cost: Ints
    pool_edge: Index
    lists: Ints  # rows of start, length, how many are in order
    out: Index  # found paths: rows of hops + 1 nodes, hops edges, depth
    state: Ints


@njit(cache=True, nogil=True)
def arrange(columns: tuple[Ints, Ints, Ints], c: Corridor, m: int, hops: int, with_via: bool) -> Ways:
    """Bring ``m`` edges of a corridor into rows by tail; ``columns`` are node, flag and low as in :class:`Ways`."""
    node, flag, low = columns
    n = len(node)
    ptr = np.zeros(n + 1, dtype=np.int64)
    for i in range(m):
        ptr[c.tail[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    at = ptr[:-1].copy()
    head, edge, step = np.empty(m, dtype=np.int32), np.empty(m, dtype=np.int32), np.empty(m, dtype=np.int64)
    for i in range(m):
        j = at[c.tail[i]]
        at[c.tail[i]] = j + 1
        head[j], edge[j], step[j] = c.head[i], c.edge[i], c.step[i]
    best = np.full((2 if with_via else 1, hops, n), NEVER, dtype=np.int64)
    best[0, 0] = np.where(flag & TARGET > 0, 0, NEVER)
    if with_via:
        best[1, 0] = np.where(flag & VIA > 0, best[0, 0], NEVER)
    opened = np.full(n * (hops + 1) * len(best), -1, dtype=np.int32)
    following = np.full(best.shape, -1, dtype=np.int32)
    return Ways(ptr, head, step, edge, node, flag, low, best, best.copy(), following, opened)


@njit(cache=True, nogil=True)
def bound(ways: Ways, left: int, limit: int) -> None:
    """One round: bounds with ``left`` hops from those with one less.

    A path never goes back to where it just came from. Bounds that know this (by the best two first steps of each node)
    do not take every strong tie for a way on and back.
    """
    ptr, heads, steps, flag, low = ways.ptr, ways.head, ways.step, ways.flag, ways.low
    best, other, following = ways.best, ways.other, ways.following
    for kind in range(len(best)):
        for u in range(len(low)):
            if flag[u] & TARGET or (kind == 1 and flag[u] & VIA):
                source = 0 if flag[u] & VIA else kind  # bounds of kind 0 come first
                row = 0 if flag[u] & TARGET else left
                best[kind, left, u], other[kind, left, u] = best[source, row, u], other[source, row, u]
                following[kind, left, u] = following[source, row, u]
                continue
            least, second, first, room = NEVER, NEVER, -1, limit - low[u]
            for i in range(ptr[u], ptr[u + 1] if flag[u] & SOURCE == 0 else ptr[u]):
                v = heads[i]
                back = following[kind, left - 1, v] == u
                total = steps[i] + (other[kind, left - 1, v] if back else best[kind, left - 1, v])
                if total <= room and total < least:
                    least, second, first = total, least, v
                elif total <= room and total < second:
                    second = total
            best[kind, left, u], other[kind, left, u], following[kind, left, u] = least, second, first


@njit(cache=True, nogil=True)
def before(t: Tree, w: Ways, width: int, cost: int, prefix: int, at: int, i: int) -> bool:
    """Whether a child (cost, prefix, which) comes before entry ``i`` of the heap: by cost, then by its nodes."""
    if cost != t.heap_cost[i]:
        return bool(cost < t.heap_cost[i])
    other = t.heap_prefix[i]
    mine, its = t.prefix[prefix, DEPTH], t.prefix[other, DEPTH]
    for j in range(width):
        a = t.prefix[prefix, j] if j < mine else child_node(t, w, prefix, at) if j == mine else -1
        b = t.prefix[other, j] if j < its else child_node(t, w, other, t.heap_at[i]) if j == its else -1
        if a != b:
            return a < b
        if a < 0:
            break
    return False


@njit(cache=True, nogil=True)
def child_node(t: Tree, w: Ways, prefix: int, at: int) -> int:
    """The graph's number of a prefix's child; the child must be in order already."""
    row = t.lists[t.prefix[prefix, KEY]]
    return int(w.node[w.head[t.pool_edge[row[0] + row[1] - 1 - at]]])


@njit(cache=True, nogil=True)
def sooner(t: Tree, w: Ways, i: int, j: int) -> bool:
    """Order of children in the pool: by cost, then by node."""
    if t.pool_cost[i] != t.pool_cost[j]:
        return bool(t.pool_cost[i] < t.pool_cost[j])
    return bool(w.node[w.head[t.pool_edge[i]]] < w.node[w.head[t.pool_edge[j]]])


@njit(cache=True, nogil=True)
def swap(t: Tree, i: int, j: int) -> None:
    """Exchange two children in the pool."""
    t.pool_cost[i], t.pool_cost[j] = t.pool_cost[j], t.pool_cost[i]
    t.pool_edge[i], t.pool_edge[j] = t.pool_edge[j], t.pool_edge[i]


@njit(cache=True, nogil=True)
def settle_down(t: Tree, w: Ways, start: int, at: int, size: int) -> None:
    """Let a child sink in the heap that begins at ``start``."""
    while True:
        down = 2 * at + 1
        if down >= size:
            return
        if down + 1 < size and sooner(t, w, start + down + 1, start + down):
            down += 1
        if not sooner(t, w, start + down, start + at):
            return
        swap(t, start + at, start + down)
        at = down


@njit(cache=True, nogil=True)
def children(t: Tree, w: Ways, u: int, left: int, needs: int, limit: int) -> int:
    """The list of a node's children with ``left`` hops to go, made at the first call; -1 where there is no room."""
    key = (u * (w.best.shape[1] + 1) + left) * len(w.best) + needs
    if w.opened[key] >= 0:
        return int(w.opened[key])
    start, row = int(t.state[POOL]), int(t.state[STARTED])
    if start + w.ptr[u + 1] - w.ptr[u] > len(t.pool_cost) or row == len(t.lists):
        return -1
    size, room = 0, limit - w.low[u]
    for i in range(w.ptr[u], w.ptr[u + 1]):
        back = w.following[needs, left - 1, w.head[i]] == u
        ahead = w.other[needs, left - 1, w.head[i]] if back else w.best[needs, left - 1, w.head[i]]
        if w.step[i] + ahead <= room:
            t.pool_cost[start + size], t.pool_edge[start + size] = w.step[i] + ahead, i
            size += 1
    for at in range(size // 2 - 1, -1, -1):
        settle_down(t, w, start, at, size)
    t.lists[row, 0], t.lists[row, 1], t.lists[row, 2] = start, size, 0
    t.state[POOL], t.state[STARTED] = start + size, row + 1
    w.opened[key] = row
    return row


@njit(cache=True, nogil=True)
def child(t: Tree, w: Ways, row: int, at: int) -> int:
    """Place in the pool of child ``at`` of a list, best first; those before it are in order already."""
    start, size = int(t.lists[row, 0]), int(t.lists[row, 1])
    while t.lists[row, 2] <= at:  # the best of the rest goes to the end of the rest
        rest = size - t.lists[row, 2]
        swap(t, start, start + rest - 1)
        settle_down(t, w, start, 0, rest - 1)
        t.lists[row, 2] += 1
    return start + size - 1 - at


@njit(cache=True, nogil=True)
def push(t: Tree, w: Ways, prefix: int, at: int, limit: int) -> None:
    """Queue the first child from ``at`` on that makes no loop and stays within the limit."""
    row, depth, cost = t.prefix[prefix, KEY], t.prefix[prefix, DEPTH], t.cost[prefix]
    while at < t.lists[row, 1]:
        place = child(t, w, row, at)
        total = cost + t.pool_cost[place]
        if total > limit:
            return
        node, new = w.node[w.head[t.pool_edge[place]]], True
        for j in range(depth):
            new = new and t.prefix[prefix, j] != node
        if new:
            enter(t, w, total, prefix, at)
            return
        at += 1


@njit(cache=True, nogil=True)
def enter(t: Tree, w: Ways, total: int, prefix: int, at: int) -> None:
    """Put a child into the heap."""
    width, i = t.path.shape[1] + 1, t.state[HEAP]
    t.state[HEAP] = i + 1
    while i > 0:
        up = (i - 1) >> 1
        if not before(t, w, width, total, prefix, at, up):
            break
        t.heap_cost[i], t.heap_prefix[i], t.heap_at[i] = t.heap_cost[up], t.heap_prefix[up], t.heap_at[up]
        i = up
    t.heap_cost[i], t.heap_prefix[i], t.heap_at[i] = total, prefix, at


@njit(cache=True, nogil=True)
def leave(t: Tree, w: Ways) -> None:
    """Take the first child off the heap."""
    width, size = t.path.shape[1] + 1, t.state[HEAP] - 1
    t.state[HEAP] = size
    cost, prefix, at = t.heap_cost[size], t.heap_prefix[size], t.heap_at[size]
    i, down = 0, 1
    while down < size:
        if down + 1 < size and before(
            t, w, width, t.heap_cost[down + 1], t.heap_prefix[down + 1], t.heap_at[down + 1], down
        ):
            down += 1
        if before(t, w, width, cost, prefix, at, down):
            break
        t.heap_cost[i], t.heap_prefix[i], t.heap_at[i] = t.heap_cost[down], t.heap_prefix[down], t.heap_at[down]
        i, down = down, 2 * down + 1
    t.heap_cost[i], t.heap_prefix[i], t.heap_at[i] = cost, prefix, at


@njit(cache=True, nogil=True)
def start(t: Tree, w: Ways, limit: int) -> int:
    """Begin a prefix at every source of the corridor; goes on where it stopped for want of room."""
    hops = t.path.shape[1]
    while t.state[LEFT] < len(w.node):
        u = t.state[LEFT]
        if w.flag[u] & SOURCE:
            if t.state[PREFIXES] == len(t.cost):
                return FULL
            needs = 1 if len(w.best) > 1 and w.flag[u] & VIA == 0 else 0
            row = children(t, w, u, hops, needs, limit)
            if row < 0:
                return FULL
            p = t.state[PREFIXES]
            t.state[PREFIXES] = p + 1
            t.prefix[p, 0], t.cost[p] = w.node[u], 0
            t.prefix[p, DEPTH], t.prefix[p, LOCAL], t.prefix[p, NEEDS], t.prefix[p, KEY] = 1, u, needs, row
            push(t, w, p, 0, limit)
        t.state[LEFT] = u + 1
    return DONE


@njit(cache=True, nogil=True)
def search(t: Tree, w: Ways, limit: int, k: int, steps: int) -> int:
    """Extend the most promising prefix again and again, until k paths are found or none is left.

    Comes back FULL where a table has no room for the next step; LOWEST is then, as always, the least cost of what is
    not found yet.
    """
    for _ in range(steps):
        if t.state[FOUND] >= k or t.state[HEAP] == 0:
            return DONE
        prefix, at = t.heap_prefix[0], t.heap_at[0]
        t.state[LOWEST] = t.heap_cost[0]
        place = child(t, w, t.prefix[prefix, KEY], at)
        i, left = t.pool_edge[place], t.path.shape[1] - t.prefix[prefix, DEPTH]
        v = w.head[i]
        needs = 1 if t.prefix[prefix, NEEDS] > 0 and w.flag[v] & VIA == 0 else 0
        row = 0
        if w.flag[v] & TARGET == 0 and left > 0:
            row = children(t, w, v, left, needs, limit)
        if row < 0 or t.state[PREFIXES] == len(t.cost) or t.state[FOUND] == len(t.out):
            return FULL
        leave(t, w)
        push(t, w, prefix, at + 1, limit)
        if w.flag[v] & TARGET:
            found(t, w, prefix, i)
        elif left > 0:
            extend(t, w, prefix, i, needs, row)
            push(t, w, t.state[PREFIXES] - 1, 0, limit)
    return MORE


@njit(cache=True, nogil=True)
def extend(t: Tree, w: Ways, prefix: int, i: int, needs: int, row: int) -> None:
    """A new prefix: an old one and one edge more."""
    p, depth, v = t.state[PREFIXES], t.prefix[prefix, DEPTH], w.head[i]
    t.state[PREFIXES] = p + 1
    t.prefix[p, :depth], t.path[p, : depth - 1] = t.prefix[prefix, :depth], t.path[prefix, : depth - 1]
    t.prefix[p, depth], t.path[p, depth - 1] = w.node[v], i
    t.cost[p] = t.cost[prefix] + w.step[i]
    t.prefix[p, DEPTH], t.prefix[p, LOCAL], t.prefix[p, NEEDS], t.prefix[p, KEY] = depth + 1, v, needs, row


@njit(cache=True, nogil=True)
def found(t: Tree, w: Ways, prefix: int, i: int) -> None:
    """Write a complete path down: its nodes, the graph's edges, how many edges."""
    f, depth, hops = t.state[FOUND], t.prefix[prefix, DEPTH], t.path.shape[1]
    t.state[FOUND] = f + 1
    t.out[f, :depth] = t.prefix[prefix, :depth]
    t.out[f, depth] = w.node[w.head[i]]
    for j in range(depth - 1):
        t.out[f, hops + 1 + j] = w.edge[t.path[prefix, j]]
    t.out[f, hops + depth] = w.edge[i]
    t.out[f, 2 * hops + 1] = depth
