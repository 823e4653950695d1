"""Compiled loops that renew a path graph around a few nodes: rows are merged, the order within them stays.

What :func:`graphsvc.kernels.paths.path_graph` gives for all edges, these give from the rows there are and the edges of
the nodes that changed. Outward rows are in (cost, head) order, inward rows in (cost, edge) order.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Bools, Floats, Index, Ints

LOW = 0xFFFFFFFF
NEVER = 2**61


@njit(cache=True, nogil=True)
def edges_left(node: Ints, links: Ints, image: Index, anew: Bools) -> int:
    """How many edges have no end among some nodes."""
    count = 0
    for u in range(len(image)):
        if not anew[image[u]]:
            for i in range(node[u, 0], node[u + 1, 0]):
                count += not anew[image[links[0, i, 0] & LOW]]
    return count


@njit(cache=True, nogil=True)
def outward(
    old: tuple[Ints, Ints, Floats],
    part: tuple[Ints, Index, Ints, Floats],
    back: Index,
    image: Index,
    anew: Bools,
    new: tuple[Ints, Ints, Floats],
) -> tuple[Ints, Ints]:
    """Fill the outward rows; gives the new number of each old edge, -1 where it is gone, and of each edge of the part.

    Parameters
    ----------
    old, new : Rows.node, Rows.links and probabilities of the graph there was and of the one to be filled.
    part : where rows begin, heads, costs and probabilities of all edges of the nodes ``anew``, in (cost, head) order.
    back : of each node its old number, -1 where it is new; ``image`` the other way.
    """
    node, links, chance = old
    start, head, cost, given = part
    starts, made, chances = new
    moved, placed = np.full(links.shape[1], -1, dtype=np.int64), np.empty(len(head), dtype=np.int64)
    k = 0
    for v in range(len(back)):
        i, stop = 0, 0
        if back[v] >= 0 and not anew[v]:
            i, stop = node[back[v], 0], node[back[v] + 1, 0]
        j, end = start[v], start[v + 1]
        while i < stop or j < end:
            h = image[links[0, i, 0] & LOW] if i < stop else 0
            if i < stop and anew[h]:
                i += 1
                continue
            first = j == end
            if i < stop and j < end:
                c = links[0, i, 1]
                first = c < cost[j] or (c == cost[j] and h < head[j])
            if first:
                made[0, k, 0], made[0, k, 1], chances[k] = (k << 32) | h, links[0, i, 1], chance[i]
                moved[i] = k
                i += 1
            else:
                made[0, k, 0], made[0, k, 1], chances[k] = (k << 32) | head[j], cost[j], given[j]
                placed[j] = k
                j += 1
            k += 1
        starts[v + 1, 0] = k
    return moved, placed


@njit(cache=True, nogil=True)
def inward(
    old: tuple[Ints, Ints],
    part: tuple[Ints, Index, Ints, Ints],
    back: Index,
    image: Index,
    moved: Ints,
    new: tuple[Ints, Ints],
) -> int:
    """Fill the inward rows; gives the most that one edge costs, of those that cost less than ``NEVER``.

    Parameters
    ----------
    old, new : Rows.node and Rows.links of the graph there was and of the one to be filled.
    part : where inward rows begin, tails, costs and numbers of the edges that were placed, in (cost, edge) order.
    moved : new number of each old edge, -1 where it is gone.
    """
    node, links = old
    start, tail, cost, edge = part
    starts, made = new
    k, most = 0, 0
    for v in range(len(back)):
        i, stop = 0, 0
        if back[v] >= 0:
            i, stop = node[back[v], 1], node[back[v] + 1, 1]
        j, end = start[v], start[v + 1]
        while i < stop or j < end:
            e = moved[links[1, i, 0] >> 32] if i < stop else 0
            if i < stop and e < 0:
                i += 1
                continue
            first = j == end
            if i < stop and j < end:
                c = links[1, i, 1]
                first = c < cost[j] or (c == cost[j] and e < edge[j])
            if first:
                made[1, k, 0], made[1, k, 1] = (e << 32) | image[links[1, i, 0] & LOW], links[1, i, 1]
                i += 1
            else:
                made[1, k, 0], made[1, k, 1] = (edge[j] << 32) | tail[j], cost[j]
                j += 1
            if made[1, k, 1] < NEVER:
                most = max(most, made[1, k, 1])
            most = max(most, made[0, k, 1])
            k += 1
        starts[v + 1, 1] = k
    return most
