"""Least costs from some nodes to everybody, and from everybody to some nodes, by number of hops."""

from __future__ import annotations

import numpy as np

from graphsvc.kernels.paths import NEVER, PathGraph
from graphsvc.projection import Bools, Index, Ints


def start_costs(graph: PathGraph, sources: Index, hops: int, limit: int, avoid: Index | None = None) -> Ints:
    """Least cost of a path from any source, shape (hops + 1, n); NEVER above ``limit``.

    Row i allows i hops; a source costs 0, and no path runs through another source or through ``avoid``.
    """
    return _rounds(graph, (0, sources, avoid), hops, limit)


def finish_costs(graph: PathGraph, targets: Index, hops: int, limit: int, avoid: Index | None = None) -> Ints:
    """Least cost to get a request passed on to any target, shape (hops + 1, n); NEVER above ``limit``.

    Row l allows l hops; a target costs 0. Every hop has to be passed on, the first one too.
    """
    return _rounds(graph, (1, targets, avoid), hops, limit)


def _rounds(graph: PathGraph, question: tuple[int, Index, Index | None], hops: int, limit: int) -> Ints:
    side, ends, avoid = question
    n, node, links = len(graph), graph.rows.node, graph.rows.links[side]
    fixed: Bools = np.zeros(n, dtype=bool)
    fixed[ends] = True
    if avoid is not None:
        fixed[avoid] = True
    out = np.full((hops + 1, n), NEVER, dtype=np.int64)
    out[0, ends] = 0
    frontier = np.unique(ends).astype(np.int64)
    for i in range(1, hops + 1):
        out[i] = out[i - 1]
        count = node[frontier + 1, side] - node[frontier, side]
        at = np.arange(int(count.sum())) + np.repeat(node[frontier, side] - (np.cumsum(count) - count), count)
        passing = 0 if side == 1 or i == 1 else np.repeat(graph.rows.node[frontier, 2], count)
        total = np.repeat(out[i - 1, frontier], count) + links[at, 1] + passing
        far = links[at, 0] & 0xFFFFFFFF
        keep = (total <= limit) & ~fixed[far]
        np.minimum.at(out[i], far[keep], total[keep])
        frontier = np.flatnonzero(out[i] < out[i - 1])
    return out
