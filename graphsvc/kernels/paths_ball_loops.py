"""Compiled loops of the path search, first half: balls around both ends, and the edges that may lie between them.

Two searches by rising cost (Dijkstra 1959), one from the sources and one from the targets, grow in turn until no path
within the limit can run outside both (Pohl 1971). A settled node keeps one entry in its heap, for its next edge by
rising cost, so that a hub costs the edges looked at, not those it has. Nothing here touches an array of all nodes or
edges: what a query knows of a node is in a slot, given out when the node is met first.

Every function goes on where it stopped: it is called with a budget of steps and says whether it is done, so that
whoever calls can look at the clock.

References
----------
Dijkstra, E. (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1, 269-271.
Pohl, I. (1971). Bi-directional search. Machine Intelligence 6, 127-140.
"""

from __future__ import annotations

from typing import NamedTuple

from numba import njit

from graphsvc.projection import Bools, Index, Ints

NEVER = 2**61  # more than any path costs; two of them still fit int64
SOURCE, TARGET, BANNED, VIA, AHEAD, BEHIND = 1, 2, 4, 8, 16, 32  # AHEAD: settled from the sources, BEHIND: from targets
OUTER = SOURCE | TARGET | BANNED  # may not stand between source and target
DONE, MORE, FULL = 0, 1, 2  # what a function says when it comes back: finished, out of steps, out of room

# Positions in Balls.state; pairs are for the two sides
EPOCH, SLOTS, SETTLED, _, HEAP, _, POPS, _, WORK, _, MET, LEAST, _ = range(13)
AT, EDGE, COUNT, NODES, WHOLE = range(13, 18)
PASSING = 2  # column of Rows.node; those before it are where a node's links begin, by side
NODE, FLAG, COST, _, NEXT, _, LOCAL, BASE = range(8)  # columns of Balls.slot
IN_CORRIDOR = 2  # row of Balls.order after those of the two sides
LOW = 0xFFFFFFFF


class Rows(NamedTuple):
    """A graph as compressed rows by rising cost; side 0 is outward, side 1 inward. Empty masks allow everything.

    What is looked at together stands together, as most of the time goes by in waiting for memory.
    """

    node: Ints  # (n + 1, 4): where its outward and its inward links begin, what passing on costs
    links: Ints  # (2, m, 2): edge << 32 | other end; cost, outward of a first hop, inward of a later one
    nodes: Bools
    edges: Bools


class Balls(NamedTuple):
    """Work space of one query over a graph of n nodes; only what the query reaches is written."""

    mark: Ints  # per node: epoch << 32 | slot
    slot: Ints  # (n + 1, 8): node, flags, costs from sources and to targets, next links, corridor number, outward base
    heap: Ints  # (2 n + 2, 2): cost and slot, the second half for side 1
    order: Index  # (3, n + 1): slots as settled by side, and as they came into the corridor
    state: Ints


class Corridor(NamedTuple):
    """Edges that may lie on a path within the limit; ends are numbers in the corridor."""

    tail: Index
    head: Index
    step: Ints
    edge: Index


@njit(cache=True, nogil=True)
def slot_of(nodes: Bools, mark: Ints, slot: Ints, state: Ints, v: int) -> int:
    """Slot of a node, a new one where it is met first."""
    if mark[v] >> 32 == state[EPOCH]:
        return int(mark[v] & LOW)
    new = int(state[SLOTS])
    state[SLOTS] = new + 1
    mark[v] = (state[EPOCH] << 32) | new
    slot[new, NODE], slot[new, FLAG] = v, 0 if len(nodes) == 0 or nodes[v] else BANNED
    return new


@njit(cache=True, nogil=True)
def begin(g: Rows, w: Balls, sources: Index, targets: Index, avoid: Index, via: Index) -> None:
    """Start a query: give the named nodes their slots and fill both heaps."""
    epoch, slot = w.state[EPOCH] + 1, w.slot
    w.state[:] = 0
    w.state[EPOCH], w.state[MET] = epoch, NEVER
    w.state[LEAST], w.state[LEAST + 1] = NEVER, NEVER
    for v in avoid:
        slot[slot_of(g.nodes, w.mark, slot, w.state, v), FLAG] |= BANNED
    for v in targets:
        s = slot_of(g.nodes, w.mark, slot, w.state, v)
        if slot[s, FLAG] & (BANNED | TARGET) == 0:
            slot[s, FLAG] |= TARGET | BEHIND
            slot[s, COST + 1], slot[s, NEXT + 1] = 0, g.node[v, 1]
            w.state[WORK] += g.node[v + 1, 1] - g.node[v, 1]
            enter(g, w, 1, s, v)
    for v in sources:
        s = slot_of(g.nodes, w.mark, slot, w.state, v)
        if slot[s, FLAG] & OUTER == 0:
            slot[s, FLAG] |= SOURCE | AHEAD
            slot[s, COST], slot[s, NEXT], slot[s, BASE] = 0, g.node[v, 0], 0
            w.state[WORK + 1] += g.node[v + 1, 0] - g.node[v, 0]
            enter(g, w, 0, s, v)
    for v in via:
        slot[slot_of(g.nodes, w.mark, slot, w.state, v), FLAG] |= VIA


@njit(cache=True, nogil=True)
def enter(g: Rows, w: Balls, side: int, s: int, v: int) -> None:
    """Put a source or a target into its heap, by its cheapest link."""
    state, at, stop = w.state, g.node[v, side], g.node[v + 1, side]
    w.order[side, state[SETTLED + side]] = s
    state[SETTLED + side] += 1
    state[WORK + side] += stop - at
    if at < stop and g.links[side, at, 1] < NEVER:
        lift(w.heap, side * (len(w.heap) // 2), state[HEAP + side], g.links[side, at, 1], s)
        state[HEAP + side] += 1


@njit(cache=True, nogil=True)
def lift(heap: Ints, off: int, at: int, key: int, item: int) -> None:
    """Put an entry into the free place ``at`` of the binary heap from ``off`` on and let it rise."""
    while at > 0:
        up = (at - 1) >> 1
        if heap[off + up, 0] <= key:
            break
        heap[off + at, 0], heap[off + at, 1] = heap[off + up, 0], heap[off + up, 1]
        at = up
    heap[off + at, 0], heap[off + at, 1] = key, item


@njit(cache=True, nogil=True)
def replace_first(heap: Ints, off: int, size: int, key: int) -> int:
    """Give a heap's first entry a new key, or drop it where that is NEVER; gives the heap's size."""
    item = heap[off, 1]
    if key >= NEVER:
        size -= 1
        key, item = heap[off + size, 0], heap[off + size, 1]
    at, down = 0, 1
    while down < size:
        if down + 1 < size and heap[off + down + 1, 0] < heap[off + down, 0]:
            down += 1
        if heap[off + down, 0] >= key:
            break
        heap[off + at, 0], heap[off + at, 1] = heap[off + down, 0], heap[off + down, 1]
        at, down = down, 2 * down + 1
    heap[off + at, 0], heap[off + at, 1] = key, item
    return size


@njit(cache=True, nogil=True)
def tops(w: Balls) -> tuple[int, int]:
    """Least cost of what is not settled, from the sources and to the targets."""
    half = len(w.heap) // 2
    return w.heap[0, 0] if w.state[HEAP] else NEVER, w.heap[half, 0] if w.state[HEAP + 1] else NEVER


@njit(cache=True, nogil=True)
def grow(g: Rows, w: Balls, limit: int, meet: bool, steps: int) -> int:
    """Grow both balls until all paths within ``limit`` run inside them; ``meet``: or within the best path met.

    One step follows the cheapest link of the side that took fewer steps. (One long body: taking arrays out of a tuple
    costs more than the step itself.)
    """
    node, links, nodes, edges = g.node, g.links, g.nodes, g.edges
    mark, slot, heap, order, state = w.mark, w.slot, w.heap, w.order, w.state
    half = len(heap) // 2
    for _ in range(steps):
        top_a = heap[0, 0] if state[HEAP] else NEVER
        top_b = heap[half, 0] if state[HEAP + 1] else NEVER
        if top_a + top_b > limit or (meet and top_a + top_b > state[MET]):
            return DONE
        side = 0 if state[POPS] <= state[POPS + 1] else 1
        other, off = 1 - side, side * half
        state[POPS + side] += 1
        key, near = heap[off, 0], heap[off, 1]
        at = slot[near, NEXT + side]
        slot[near, NEXT + side] = at + 1
        base = slot[near, BASE] if side == 0 else slot[near, COST + 1]
        ends = at + 1 == node[slot[near, NODE] + 1, side]
        state[HEAP + side] = replace_first(
            heap, off, state[HEAP + side], NEVER if ends else base + links[side, at + 1, 1]
        )
        if len(edges) > 0 and not edges[links[side, at, 0] >> 32]:
            continue
        v = links[side, at, 0] & LOW
        far = slot_of(nodes, mark, slot, state, v)
        flag = slot[far, FLAG]
        if flag & (OUTER if side else SOURCE | BANNED):
            continue
        if flag & (AHEAD << other):
            state[MET] = min(state[MET], key + slot[far, COST + other])
        at, stop = node[v, side], node[v + 1, side]
        if flag & (AHEAD << side):
            continue
        if stop - at == 1 and flag == 0 and links[side, at, 0] & LOW == slot[near, NODE]:
            continue  # a dead end: the only way on is back
        slot[far, FLAG] = flag | (AHEAD << side)
        slot[far, COST + side], slot[far, NEXT + side] = key, at
        order[side, state[SETTLED + side]] = far
        state[SETTLED + side] += 1
        if flag & TARGET:
            continue
        state[WORK + side] += stop - at
        state[LEAST + side] = min(state[LEAST + side], key)
        base = key
        if side == 0:
            base = min(NEVER, key + node[v, PASSING])
            slot[far, BASE] = base
        if at < stop and base + links[side, at, 1] < NEVER:
            lift(heap, off, state[HEAP + side], base + links[side, at, 1], far)
            state[HEAP + side] += 1
    return MORE


# -- corridor ---------------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def begin_corridor(w: Balls) -> None:
    """Start collecting; the side with fewer links to look at is looked at in full."""
    state = w.state
    for s in range(state[SLOTS]):
        w.slot[s, LOCAL] = -1
    state[AT], state[EDGE], state[COUNT], state[NODES] = 0, -1, 0, 0
    state[WHOLE] = 0 if state[WORK] <= state[WORK + 1] else 1


@njit(cache=True, nogil=True)
def local_of(slot: Ints, order: Index, state: Ints, s: int) -> int:
    """A slot's number in the corridor."""
    if slot[s, LOCAL] < 0:
        slot[s, LOCAL] = state[NODES]
        order[IN_CORRIDOR, state[NODES]] = s
        state[NODES] += 1
    return int(slot[s, LOCAL])


@njit(cache=True, nogil=True)
def collect(g: Rows, w: Balls, c: Corridor, limit: int, steps: int) -> int:
    """Gather every edge that a path within ``limit`` may use, once; goes on where it stopped.

    The tail of such an edge is settled from the sources, or its inward link was followed from the targets; and the
    same the other way round. So one side is looked at in full, the other as far as it was followed, where the first
    one does not look. Edges from sources are found outward and those into targets inward, whichever side it is, so
    that the others may be looked at less far.
    """
    node, links, edges, mark = g.node, g.links, g.edges, w.mark
    slot, order, state = w.slot, w.order, w.state
    tails, heads, costs, ids = c.tail, c.head, c.step, c.edge
    top, whole, first = tops(w), state[WHOLE], state[SETTLED]
    while state[AT] < first + state[SETTLED + 1]:
        side = 0 if state[AT] < first else 1
        s = order[side, state[AT] - side * first]
        end = slot[s, FLAG] & (TARGET if side else SOURCE) > 0
        full = whole == side or end
        base = slot[s, BASE] if side == 0 else slot[s, COST + 1]
        room = limit if side == 0 and end else limit - min(state[LEAST + 1 - side], top[1 - side])
        at = node[slot[s, NODE], side] if state[EDGE] < 0 else state[EDGE]
        stop = node[slot[s, NODE] + 1, side] if full else slot[s, NEXT + side]
        if side == 0 and slot[s, FLAG] & TARGET:
            stop = at
        while at < stop and base + links[side, at, 1] <= room:
            if steps <= 0 or state[COUNT] == len(tails):
                state[EDGE] = at
                return FULL if state[COUNT] == len(tails) else MORE
            steps -= 1
            seen = mark[links[side, at, 0] & LOW]
            at += 1
            if seen >> 32 != state[EPOCH] or (len(edges) > 0 and not edges[links[side, at - 1, 0] >> 32]):
                continue
            far, cost = seen & LOW, base + links[side, at - 1, 1]
            flag = slot[far, FLAG]
            known = flag & (AHEAD << (1 - side)) > 0  # settled from the other side
            mine = full if known else flag & (AHEAD << side) > 0
            if not mine or flag & (SOURCE | BANNED if side == 0 and end else OUTER):
                continue
            if cost + (slot[far, COST + 1 - side] if known else top[1 - side]) > limit:
                continue
            i, a, b = state[COUNT], s if side == 0 else far, far if side == 0 else s
            state[COUNT] = i + 1
            tails[i], heads[i] = local_of(slot, order, state, a), local_of(slot, order, state, b)
            costs[i], ids[i] = cost - slot[s, COST + side], links[side, at - 1, 0] >> 32
        state[AT] += 1
        state[EDGE] = -1
    return DONE
