"""A path graph renewed around some nodes: all their edges anew, every other edge as it was."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.paths import PathGraph, cost_of, rows_of
from graphsvc.projection import Bools, Floats, Index, Ints


def renewed_graph(
    old: PathGraph, image: Index, anew: Bools, edges: tuple[Index, Index, Floats], pass_on: Floats
) -> PathGraph:
    """The graph that :func:`graphsvc.kernels.paths.path_graph` builds of all edges.

    Parameters
    ----------
    old : a graph in which no edge between two other nodes had another probability.
    image : of each node of ``old`` its number now, ascending.
    anew : the nodes whose edges changed, shape (n,).
    edges : tail, head and probability of all edges with an end among these.
    pass_on : probability that a node passes a request on, shape (n,); for those that were there it is what it was.
    """
    from graphsvc.kernels.paths_ball_loops import Rows
    from graphsvc.kernels.paths_renewal_loops import beside, inward, merged_edges, outward

    n, m, none = len(pass_on), len(image), np.zeros(0, dtype=bool)
    back = np.full(n, -1, dtype=np.int32)
    back[image] = np.arange(m, dtype=np.int32)
    starts, links = old.rows.node, old.rows.links
    left, before, after = beside(starts, links, image, back, anew)
    passing = _passing(old, image, back, pass_on)
    part = _part(n, edges, passing)
    for mixed in (before, after):
        mixed |= anew
        mixed[part.who] = True
    count = left + len(part.probability)
    node, made, chances = np.zeros((n + 1, 4), dtype=np.int64), np.empty((2, count, 2), dtype=np.int64), np.empty(count)
    node[:n, 2] = passing
    numbers = part.numbers(m, merged_edges(starts, back, before))
    there = starts, links, old.probability
    outward(there, part.outward, (back, image), (anew, before), numbers, (node, made, chances))
    dearest = inward((starts, links), part.inward(numbers[-1]), back, after, numbers[:-1], (node, made))
    return PathGraph(Rows(node, made, none, none), chances, pass_on, int(dearest))


@dataclass(frozen=True)
class _Part:
    """Some edges laid out in rows of the nodes ``who`` only."""

    who: Index
    start: Ints
    links: Ints
    probability: Floats

    def numbers(self, nodes: int, merged: int) -> tuple[Ints, Bools, Ints, Ints]:
        """Room for the new numbers of edges, by old nodes, by edges of rows that are merged, and of the part."""
        far, moved, placed = (np.empty(size, dtype=np.int64) for size in (nodes, merged, len(self.probability)))
        return far, np.empty(nodes, dtype=bool), moved, placed

    @property
    def outward(self) -> tuple[Index, Ints, Index, Ints, Floats]:
        """Nodes, where their outward links begin, heads, costs and probabilities."""
        return self.who, self.start[:, 0].copy(), self._ends(0), self.links[0, :, 1].copy(), self.probability

    def inward(self, placed: Ints) -> tuple[Index, Ints, Index, Ints, Ints]:
        """Nodes, where their inward links begin, tails, costs and the numbers that the edges have now."""
        edge = placed[self.links[1, :, 0] >> 32]
        return self.who, self.start[:, 1].copy(), self._ends(1), self.links[1, :, 1].copy(), edge

    def _ends(self, side: int) -> Index:
        out: Index = self.who[self.links[side, :, 0] & 0xFFFFFFFF]
        return out


def _part(n: int, edges: tuple[Index, Index, Floats], passing: Ints) -> _Part:
    tail, head, probability = edges
    used, place = np.zeros(n, dtype=bool), np.empty(n, dtype=np.int32)
    used[tail] = used[head] = True
    who = np.flatnonzero(used).astype(np.int32)
    place[who] = np.arange(len(who), dtype=np.int32)
    rows, chances, _ = rows_of(len(who), place[tail], place[head], probability, passing[who])
    return _Part(who, rows.node[:, :2], rows.links, chances)


def _passing(old: PathGraph, image: Index, back: Index, pass_on: Floats) -> Ints:
    """What passing on costs: what it did, and for nodes that are new."""
    out = np.empty(len(pass_on), dtype=np.int64)
    out[image], new = old.rows.node[: len(image), 2], np.flatnonzero(back < 0)
    out[new] = cost_of(pass_on[new])
    return out
