"""Best paths from a whole team to everybody, and what each single removal costs: all at once, exactly.

One pass over the edges per hop gives the best path from any of the team to every node within so many hops (Bellman
1958). Taking a person away can only hurt those whose best path runs over them: these hang beneath the person in the
tree of best paths, and only they are looked at again, hop by hop, from all their neighbours. All removals together
cost little more than one sweep per ancestor on a path, so at most hops squared sweeps, however many people there are;
the answers are those of one search per person.

References
----------
Bellman, R. (1958). On a routing problem. Quarterly of Applied Mathematics 16, 87-90.
Malik, K., Mittal, A. & Gupta, S. (1989). The k most vital arcs in the shortest path problem. Operations Research
Letters 8(4), 223-227 (removals by means of the tree of best paths).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from graphsvc.kernels.paths import NEVER, SCALE, PathGraph
from graphsvc.projection import Bools, Floats, Index, Ints


@dataclass(frozen=True)
class Incoming:
    """A :class:`~graphsvc.kernels.paths.PathGraph` by where its edges lead: costs from a source, and further along."""

    n: int
    ptr: Ints
    tail: Index
    first: Ints
    further: Ints

    @property
    def edges(self) -> tuple[Ints, Index, Ints, Ints]:
        """What the compiled loops take."""
        return self.ptr, self.tail, self.first, self.further


@dataclass(frozen=True)
class Tree:
    """Best paths from a team to every node: ``cost`` int64 and ``parent`` int32, shape (hops + 1, n)."""

    graph: Incoming = field(repr=False)
    source: Bools = field(repr=False)
    there: Bools = field(repr=False)
    cost: Ints = field(repr=False)
    parent: Index = field(repr=False)
    limit: int

    @property
    def probability(self) -> Floats:
        """Probability of the best path to each node, 1 for the team itself, 0 where there is none; shape (n,)."""
        return as_probability(self.cost[-1])

    def path(self, node: int) -> tuple[int, ...]:
        """Nodes of the best path to a node, from the team on; empty where there is none."""
        if self.cost[-1, node] >= NEVER:
            return ()
        out = [node]
        for h in range(len(self.cost) - 1, 0, -1):
            before = int(self.parent[h, out[-1]])
            if before >= 0:
                out.append(before)
        return tuple(reversed(out))


@dataclass(frozen=True)
class Rows:
    """Compressed rows, one per person taken away: which nodes or groups change, and their probability after."""

    ptr: Ints
    item: Index
    after: Floats

    @property
    def row(self) -> Ints:
        """The row of each item."""
        return np.repeat(np.arange(len(self.ptr) - 1), np.diff(self.ptr))


def incoming(graph: PathGraph) -> Incoming:
    """The edges of a path graph by their heads."""
    n = len(graph)
    tail, head = np.asarray(graph.tail), np.asarray(graph.head)
    order = np.lexsort((tail, head))
    first = _cost(graph.probability[order])
    further = np.minimum(first + _cost(graph.pass_on)[tail[order]], NEVER)
    ptr = np.concatenate(([0], np.cumsum(np.bincount(head, minlength=n)))).astype(np.int64)
    return Incoming(n, ptr, tail[order].astype(np.int32), first, further)


def best_from(
    graph: Incoming, sources: Index, *, hops: int = 6, min_probability: float = 0.01, there: Bools | None = None
) -> Tree:
    """Best paths from any of ``sources`` to everybody: those of ``k_best_paths`` with k = 1, for all targets at once.

    Parameters
    ----------
    hops : edges at most.
    min_probability : what is less probable is no path.
    there : mask of nodes that may be on a path; None: all.

    Examples
    --------
    >>> from graphsvc.kernels.paths import path_graph
    >>> tail, head = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> g = path_graph(3, tail, head, np.array([0.9, 0.8, 0.1]), np.array([1.0, 0.5, 1.0]))
    >>> tree = best_from(incoming(g), np.array([0]))
    >>> tree.probability.round(3).tolist(), tree.path(2)
    ([1.0, 0.9, 0.36], (0, 1, 2))
    """
    from graphsvc.kernels.whatif_loops import best_by_hops

    source = np.zeros(graph.n, dtype=np.bool_)
    source[sources] = True
    there = np.ones(graph.n, dtype=np.bool_) if there is None else there
    limit = NEVER - 1 if min_probability <= 0.0 else math.floor(-math.log(min_probability) * SCALE) + 64
    cost, parent = best_by_hops(graph.edges, source, there, hops, limit)
    return Tree(graph, source, there, cost, parent, limit)


def each_removed(tree: Tree, who: Index, group: Index) -> tuple[Rows, Rows]:
    """What is lost when each of ``who`` is taken away alone: nodes whose best path suffers, and groups of nodes.

    Parameters
    ----------
    who : nodes.
    group : of each node, from 0 on, -1 in none; shape (n,). A group's best path is that to any of its nodes.

    Returns
    -------
    Rows of nodes (without the person itself) and of groups; only what changes is in them.
    """
    from graphsvc.kernels import whatif_loops as loops

    who = np.asarray(who, dtype=np.int32)
    parts = [loops.children(tree.cost, tree.parent, h) for h in range(1, len(tree.cost))]
    shift = np.cumsum([0, *(len(child) for _, child in parts)])
    ptr = np.array([p + s for (p, _), s in zip(parts, shift, strict=False)], dtype=np.int64)
    child = np.concatenate([c for _, c in parts])
    changed = loops.each_removed(who, tree.graph.edges, tree.source, (tree.cost, ptr, child), tree.limit)
    last = np.ascontiguousarray(tree.cost[-1])
    groups = loops.groups_after(who, changed, _members(group, last), last)
    return _rows(changed), _rows(groups)


def best_of_groups(probability: Floats, group: Index, count: int) -> tuple[Floats, Index]:
    """The largest probability of each group's nodes, and the node that has it (-1: none is above 0); shape (count,)."""
    best, node = np.zeros(count), np.full(count, -1, dtype=np.int32)
    inside = np.flatnonzero((group >= 0) & (probability > 0.0))
    order = inside[np.lexsort((-inside, probability[inside]))]
    best[group[order]], node[group[order]] = probability[order], order
    return best, node


def as_probability(cost: Ints) -> Floats:
    """Probabilities of costs; 0 where there is no path."""
    out: Floats = np.where(cost >= NEVER, 0.0, np.exp(-cost.astype(np.float64) / SCALE))
    return out


def _rows(found: tuple[Ints, Index, Ints]) -> Rows:
    ptr, item, cost = found
    return Rows(ptr, item, as_probability(cost))


def _cost(probability: Floats) -> Ints:
    with np.errstate(divide="ignore"):
        units = -np.log(probability) * SCALE
    out: Ints = np.where(probability > 0.0, np.rint(np.minimum(units, NEVER)), NEVER).astype(np.int64)
    return out


def _members(group: Index, cost: Ints) -> tuple[Ints, Index, Index]:
    """Nodes by group, each by ascending cost, in compressed rows; and the group of each node."""
    inside = np.flatnonzero(group >= 0)
    order = inside[np.lexsort((cost[inside], group[inside]))]
    count = int(group.max(initial=-1)) + 1
    ptr = np.concatenate(([0], np.cumsum(np.bincount(group[inside], minlength=count)))).astype(np.int64)
    return ptr, order.astype(np.int32), group.astype(np.int32)
