"""Compiled loops that renew a path graph around a few nodes: rows are merged, the order within them stays.

What :func:`graphsvc.kernels.paths.path_graph` gives for all edges, these give from the rows there are and the edges of
the nodes that changed. Outward rows are in (cost, head) order, inward rows in (cost, edge) order. A row that no such
edge is in only moves: it is copied as it is, its edges counted from another number on.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Bools, Floats, Index, Ints

LOW = 0xFFFFFFFF
NEVER = 2**61


@njit(cache=True, nogil=True)
def beside(node: Ints, links: Ints, image: Index, back: Index, anew: Bools) -> tuple[int, Bools, Bools]:
    """How many edges have no end among some nodes; and which other nodes have an edge to one of them, or from one.

    Parameters
    ----------
    node, links : Rows.node and Rows.links of the graph there was.
    image : of each of its nodes the number now; ``back`` of each node its old number, -1 where it is new.
    anew : by the number now, is it one of these nodes?
    """
    gone, before, after = 0, np.zeros(len(back), dtype=np.bool_), np.zeros(len(back), dtype=np.bool_)
    for v in range(len(back)):
        u = back[v]
        if not anew[v] or u < 0:
            continue
        gone += node[u + 1, 0] - node[u, 0]
        for i in range(node[u, 0], node[u + 1, 0]):
            after[image[links[0, i, 0] & LOW]] = True
        for i in range(node[u, 1], node[u + 1, 1]):
            tail = image[links[1, i, 0] & LOW]
            before[tail] = True
            gone += not anew[tail]
    return links.shape[1] - gone, before, after


@njit(cache=True, nogil=True)
def merged_edges(node: Ints, back: Index, mixed: Bools) -> int:
    """How many edges the rows of some nodes had."""
    count = 0
    for v in range(len(back)):
        if mixed[v] and back[v] >= 0:
            count += node[back[v] + 1, 0] - node[back[v], 0]
    return count


@njit(cache=True, nogil=True)
def outward(
    old: tuple[Ints, Ints, Floats],
    part: tuple[Index, Ints, Index, Ints, Floats],
    maps: tuple[Index, Index],
    state: tuple[Bools, Bools],
    numbers: tuple[Ints, Bools, Ints, Ints],
    new: tuple[Ints, Ints, Floats],
) -> None:
    """Fill the outward rows and the new numbers of edges.

    Parameters
    ----------
    old, new : Rows.node, Rows.links and probabilities of the graph there was and of the one to be filled.
    part : nodes, where the row of each begins, heads, costs and probabilities of all edges of the nodes that changed,
        in (cost, head) order.
    maps : of each node its old number, -1 where it is new; and the other way.
    state : nodes that changed; and nodes whose rows are merged, these and those with an edge of the part or to one.
    numbers : to be filled. Of each old node what is to be added to links to it, and was its row merged (see
        :func:`renumbered`); the new numbers of the old edges of rows that are merged, -1 where one is gone; and those
        of the edges of the part.
    """
    (node, links, chance), (back, image), (anew, mixed) = old, maps, state
    (who, start, head, cost, given), (far, merged, moved, placed), (starts, made, chances) = part, numbers, new
    k = c = kept = 0
    for v in range(len(back)):
        u = back[v]
        i, stop = (node[u, 0], node[u + 1, 0]) if u >= 0 else (0, 0)
        if u >= 0:
            far[u], merged[u] = (((kept if mixed[v] else k) - i) << 32) + v - u, mixed[v]
        if not mixed[v]:
            for e in range(i, stop):
                made[0, k, 0], made[0, k, 1] = (k << 32) | image[links[0, e, 0] & LOW], links[0, e, 1]
                chances[k] = chance[e]
                k += 1
            starts[v + 1, 0] = k
            continue
        j = end = 0
        if c < len(who) and who[c] == v:
            j, end = start[c], start[c + 1]
            c += 1
        shift = kept - i
        moved[i + shift : stop + shift] = -1
        kept += stop - i
        i = stop if anew[v] else i
        while i < stop or j < end:
            h = image[links[0, i, 0] & LOW] if i < stop else 0
            if i < stop and anew[h]:
                i += 1
                continue
            first = j == end
            if i < stop and j < end:
                d = links[0, i, 1]
                first = d < cost[j] or (d == cost[j] and h < head[j])
            if first:
                made[0, k, 0], made[0, k, 1], chances[k] = (k << 32) | h, links[0, i, 1], chance[i]
                moved[i + shift] = k
                i += 1
            else:
                made[0, k, 0], made[0, k, 1], chances[k] = (k << 32) | head[j], cost[j], given[j]
                placed[j] = k
                j += 1
            k += 1
        starts[v + 1, 0] = k


@njit(cache=True, nogil=True, inline="always")
def renumbered(link: int, far: Ints, merged: Bools, moved: Ints) -> int:
    """An inward link, edge << 32 | tail, with both as they are numbered now; negative where the edge is gone."""
    tail = link & LOW
    link += far[tail]
    return (moved[link >> 32] << 32) | (link & LOW) if merged[tail] else link


@njit(cache=True, nogil=True)
def inward(
    old: tuple[Ints, Ints],
    part: tuple[Index, Ints, Index, Ints, Ints],
    back: Index,
    mixed: Bools,
    numbers: tuple[Ints, Bools, Ints],
    new: tuple[Ints, Ints],
) -> int:
    """Fill the inward rows; gives the most that one edge costs, of those that cost less than ``NEVER``.

    Parameters
    ----------
    old, new : Rows.node and Rows.links of the graph there was and of the one to be filled.
    part : nodes, where the inward row of each begins, tails, costs and numbers of the edges that were placed, in
        (cost, edge) order.
    back : of each node its old number, -1 where it is new.
    mixed : nodes with an edge of the part, or that had an edge of a node that changed.
    numbers : as :func:`outward` filled them.
    """
    (node, links), (far, merged, moved) = old, numbers
    (who, start, tail, cost, edge), (starts, made) = part, new
    k = c = most = 0
    for v in range(len(back)):
        i, stop = (node[back[v], 1], node[back[v] + 1, 1]) if back[v] >= 0 else (0, 0)
        if not mixed[v]:
            for at in range(i, stop):
                made[1, k, 0] = renumbered(links[1, at, 0], far, merged, moved)
                made[1, k, 1] = links[1, at, 1]
                k += 1
            starts[v + 1, 1] = k
            continue
        j = end = 0
        if c < len(who) and who[c] == v:
            j, end = start[c], start[c + 1]
            c += 1
        while i < stop or j < end:
            link = 0
            if i < stop:
                link = renumbered(links[1, i, 0], far, merged, moved)
                if link < 0:
                    i += 1
                    continue
            first = j == end
            if i < stop and j < end:
                d = links[1, i, 1]
                first = d < cost[j] or (d == cost[j] and link >> 32 < edge[j])
            if first:
                made[1, k, 0], made[1, k, 1] = link, links[1, i, 1]
                i += 1
            else:
                made[1, k, 0], made[1, k, 1] = (edge[j] << 32) | tail[j], cost[j]
                j += 1
            k += 1
        starts[v + 1, 1] = k
    for e in range(made.shape[1]):
        most = max(most, made[0, e, 1], made[1, e, 1] if made[1, e, 1] < NEVER else 0)
    return most
