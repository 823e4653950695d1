"""The plain twin of the compiled path search: the same answers in numpy and heapq, written to be read, not fast.

The k most probable loopless paths with few hops, exact: a bound from the target, then best-first search.

The probability of a path is the product of its hops'. A hop along edge (u, v) succeeds with ``probability[u, v]`` when
u is where the path starts, and with ``probability[u, v] * pass_on[u]`` further along it, where u has to pass a request
on. The best way to finish from each node within l hops is found by l rounds of relaxation from the targets (Bellman
1958), over the nodes that can still matter; it never underrates a node, so that a search which always extends the most
promising prefix (Hart, Nilsson & Raphael 1968) meets the paths best first. A prefix is kept with one child at a time,
its next sibling entering when it leaves (Lawler 1972), so that a hub costs no more than the children looked at.

Costs are ``-log`` of probabilities in whole units of 2^-40: sums of integers are exact in any order, so that equally
probable paths are found equal and come in the order of their nodes.

References
----------
Bellman, R. (1958). On a routing problem. Quarterly of Applied Mathematics 16, 87-90.
Hart, P., Nilsson, N. & Raphael, B. (1968). A formal basis for the heuristic determination of minimum cost paths. IEEE
Transactions on Systems Science and Cybernetics 4(2), 100-107.
Lawler, E. (1972). A procedure for computing the k best solutions to discrete optimization problems. Management
Science 18(7), 401-405.
"""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from graphsvc.kernels.paths import FoundPath, KBest
from graphsvc.projection import Bools, Floats, Index, Ints

SCALE = 2**40  # cost units per nat
NEVER = 2**61  # more than any path costs; two of them still fit int64
STAGE = 0.25  # the floor of one stage over that of the stage before


@dataclass(frozen=True)
class PathGraph:
    """A directed graph in compressed rows, ready for :func:`k_best_paths`; build it with :func:`path_graph`.

    ``indptr`` int64 (n + 1,); ``tail``, ``head``, ``probability`` per edge in (tail, head) order; ``cost`` and
    ``through`` are the edge's integer costs from a source and from a node further along; ``incoming`` lists edges by
    head, ``incoming_ptr`` where each head's begin.
    """

    indptr: Ints
    tail: Index
    head: Index
    probability: Floats
    pass_on: Floats
    cost: Ints
    through: Ints
    incoming_ptr: Ints
    incoming: Ints

    def __len__(self) -> int:
        return len(self.pass_on)


@dataclass(frozen=True)
class Limits:
    """What a search may give and cost: ``hops`` edges at most, no path below ``min_probability``, and a budget."""

    k: int = 5
    hops: int = 6
    min_probability: float = 0.01
    seconds: float = 2.0
    expansions: int = 1_000_000


@dataclass(frozen=True)
class Filters:
    """What the search may use; each None means everything.

    ``nodes`` and ``edges`` are masks of what is allowed (edges in the graph's order); a path must touch at least one
    node of ``via``, at its start, underway or at its end.
    """

    nodes: Bools | None = None
    edges: Bools | None = None
    via: Bools | None = None


def path_graph(n: int, tail: Index, head: Index, probability: Floats, pass_on: Floats) -> PathGraph:
    """Build a graph of ``n`` nodes as ``graphsvc.kernels.paths.path_graph`` does, of probabilities that are ones."""
    order = np.lexsort((-probability, head, tail))
    order = order[(probability[order] > 0.0) & (tail[order] != head[order])]
    if len(order):
        first = np.r_[True, (np.diff(tail[order]) != 0) | (np.diff(head[order]) != 0)]
        order = order[first]
    tail, head, probability = tail[order].astype(np.int32), head[order].astype(np.int32), probability[order]
    cost = _cost(probability)
    through = np.minimum(cost + _cost(pass_on)[tail], NEVER)
    return PathGraph(
        indptr=_pointers(tail, n),
        tail=tail,
        head=head,
        probability=probability,
        pass_on=pass_on,
        cost=cost,
        through=through,
        incoming_ptr=_pointers(head, n),
        incoming=np.argsort(head, kind="stable"),
    )


def k_best_paths(
    graph: PathGraph, sources: Index, targets: Index, limits: Limits | None = None, filters: Filters | None = None
) -> KBest:
    """The ``k`` most probable loopless paths from any source to any target, most probable first.

    A path has one source, its first node, and one target, its last: what leads from one source through another is the
    other's path. Equally probable paths (to 2^-40 relative per hop) come in the order of their node indices. A node
    that is both source and target is no source.

    Examples
    --------
    >>> tail, head = np.array([0, 1, 0]), np.array([1, 2, 2])
    >>> g = path_graph(3, tail, head, np.array([0.9, 0.8, 0.1]), np.array([1.0, 0.5, 1.0]))
    >>> [(f.nodes, round(f.probability, 3)) for f in k_best_paths(g, np.array([0]), np.array([2])).paths]
    [((0, 1, 2), 0.36), ((0, 2), 0.1)]
    """
    limits = limits or Limits()
    search = _Search(graph, sources, targets, limits, filters or Filters())
    done = KBest((), True)
    for floor in _floors(limits.min_probability):
        found = search.run(floor)
        if found is None:  # not even the bounds were ready in time; what an earlier stage found stands
            return KBest(done.paths, False, min(1.0, floor / STAGE))
        if not found.complete or len(found.paths) >= limits.k:
            return found
        done = found
    return done


def _cost(probability: Floats) -> Ints:
    with np.errstate(divide="ignore"):
        units = -np.log(probability) * SCALE
    out: Ints = np.where(probability > 0.0, np.rint(np.minimum(units, NEVER)), NEVER).astype(np.int64)
    return out


def _pointers(nodes: Index, n: int) -> Ints:
    return np.concatenate(([0], np.cumsum(np.bincount(nodes, minlength=n)))).astype(np.int64)


def _floors(minimum: float) -> Iterator[float]:
    """Floors of ever larger searches: good paths are found without looking where only poor ones can be."""
    floor = STAGE
    while floor > minimum and floor > 1e-6:
        yield floor
        floor *= STAGE
    yield minimum


def _spans(ptr: Ints, nodes: Index) -> Ints:
    """Positions of all entries of some rows of a compressed matrix, row after row."""
    start, count = ptr[nodes], ptr[nodes + 1] - ptr[nodes]
    shift = np.repeat(start - (np.cumsum(count) - count), count)
    out: Ints = np.arange(int(count.sum()), dtype=np.int64) + shift
    return out


@dataclass(frozen=True)
class _Children:
    """Ways on from one state, best first: total cost to finish, cost of the edge, edge; as plain lists."""

    total: list[int]
    step: list[int]
    edge: list[int]
    head: list[int]


@dataclass(frozen=True)
class _Prefix:
    """A started path: nodes, edges, cost so far, hops left, and whether it must still meet a ``via`` node."""

    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    cost: int
    left: int
    needs: bool


class _Search:
    """One query: masks, budget and the bounds of the current stage."""

    def __init__(self, graph: PathGraph, sources: Index, targets: Index, limits: Limits, filters: Filters) -> None:
        n = len(graph)
        allowed = np.ones(n, dtype=bool) if filters.nodes is None else filters.nodes
        self.graph, self.limits, self.edges = graph, limits, filters.edges
        self.target: Bools = np.zeros(n, dtype=bool)
        self.target[targets] = True
        self.target &= allowed
        start = np.zeros(n, dtype=bool)
        start[sources] = True
        start &= allowed & ~self.target
        self.sources = np.flatnonzero(start).astype(np.int32)
        self.inner: Bools = allowed & ~start & ~self.target  # may stand between source and target
        self.via = filters.via
        self.deadline = time.monotonic() + limits.seconds
        self.expansions = limits.expansions

    def run(self, floor: float) -> KBest | None:
        """All that is at least as probable as ``floor``, up to k; None when time ran out before the first step."""
        self.limit = NEVER - 1 if floor <= 0.0 else math.floor(-math.log(floor) * SCALE) + 64
        self.cache: dict[tuple[int, int, bool], _Children] = {}
        if not self._bounds():
            return None
        return self._collect(floor)

    # -- bounds ---------------------------------------------------------------------------------------------------

    def _bounds(self) -> bool:
        """Best cost to finish within l more hops, for l = 0 .. hops - 1, without and with a ``via`` still to meet."""
        done = np.where(self.target, 0, NEVER).astype(np.int64)
        self.free, frontier = [done], np.flatnonzero(self.target).astype(np.int32)
        for _ in range(self.limits.hops - 1):
            if time.monotonic() > self.deadline:
                return False
            best = self._relax(self.free[-1], self.free[-1], frontier)
            frontier = np.flatnonzero(best < self.free[-1]).astype(np.int32)
            self.free.append(best)
        return self.via is None or self._via_bounds(self.via)

    def _via_bounds(self, via: Bools) -> bool:
        self.bound_by_need = [np.where(via, self.free[0], NEVER)]
        needs = np.full(len(self.graph), NEVER, dtype=np.int64)
        for left in range(1, self.limits.hops):
            if time.monotonic() > self.deadline:
                return False
            ahead = self.bound_by_need[-1]  # what a hop into each node leaves to be done
            needs = self._relax(needs, ahead, np.flatnonzero(ahead < NEVER).astype(np.int32))
            self.bound_by_need.append(np.where(via, self.free[left], needs))
        return True

    def _relax(self, best: Ints, ahead: Ints, frontier: Index) -> Ints:
        """Costs after one more hop into ``frontier`` nodes, whose own remaining costs are ``ahead``."""
        g = self.graph
        edges = g.incoming[_spans(g.incoming_ptr, frontier)]
        total = g.through[edges] + ahead[g.head[edges]]
        fits = (total <= self.limit) & self.inner[g.tail[edges]]
        if self.edges is not None:
            fits &= self.edges[edges]
        out = best.copy()
        np.minimum.at(out, g.tail[edges[fits]], total[fits])
        return out

    # -- search ---------------------------------------------------------------------------------------------------

    def _collect(self, floor: float) -> KBest:
        least = self.limits.min_probability * (1.0 - 1e-12)
        out: list[FoundPath] = []
        ways = self._best_first()
        for cost, found in ways:
            if found is None:  # cut here: all that is missing costs at least this much
                return KBest(tuple(out), False, math.exp(-cost / SCALE))
            if found.probability >= least:
                out.append(found)
            if len(out) >= self.limits.k:
                break
        return KBest(tuple(out), True)

    def _best_first(self) -> Iterator[tuple[int, FoundPath | None]]:
        """Complete paths with their cost, cheapest first; ``(cost, None)`` last of all where the budget is spent."""
        heap: list[tuple[int, tuple[int, ...], _Prefix, _Children, int]] = []
        for prefix, children in self._starts():
            self._push(heap, prefix, children, 0)
        while heap:
            total, nodes, prefix, children, at = heapq.heappop(heap)
            self.expansions -= 1
            if self.expansions < 0 or (self.expansions % 64 == 0 and time.monotonic() > self.deadline):
                yield total, None
                return
            self._push(heap, prefix, children, at + 1)
            grown = self._grow(prefix, children, at, nodes)
            if self.target[nodes[-1]]:
                yield total, self._found(grown)
            elif grown.left:
                self._push(heap, grown, self._children(nodes[-1], grown.left, grown.needs), 0)

    def _starts(self) -> Iterator[tuple[_Prefix, _Children]]:
        """One prefix per source, with its ways on."""
        for source in self.sources.tolist():
            needs = self.via is not None and not self.via[source]
            children = self._ways(source, self.graph.cost, self.limits.hops, needs)
            yield _Prefix((source,), (), 0, self.limits.hops, needs), children

    def _push(
        self,
        heap: list[tuple[int, tuple[int, ...], _Prefix, _Children, int]],
        prefix: _Prefix,
        children: _Children,
        at: int,
    ) -> None:
        """Queue the first child from position ``at`` on that makes no loop and stays within the limit."""
        for i, head in enumerate(islice(children.head, at, None), at):
            total = prefix.cost + children.total[i]
            if total > self.limit:
                return
            if head not in prefix.nodes:
                heapq.heappush(heap, (total, (*prefix.nodes, head), prefix, children, i))
                return

    def _grow(self, prefix: _Prefix, children: _Children, at: int, nodes: tuple[int, ...]) -> _Prefix:
        needs = prefix.needs and self.via is not None and not self.via[nodes[-1]]
        return _Prefix(
            nodes, (*prefix.edges, children.edge[at]), prefix.cost + children.step[at], prefix.left - 1, needs
        )

    def _children(self, node: int, left: int, needs: bool) -> _Children:
        key = (node, left, needs)
        if key not in self.cache:
            self.cache[key] = self._ways(node, self.graph.through, left, needs)
        return self.cache[key]

    def _ways(self, node: int, cost: Ints, left: int, needs: bool) -> _Children:
        """Edges out of a node by the cost of the best finish through them, then by head."""
        g = self.graph
        span = slice(int(g.indptr[node]), int(g.indptr[node + 1]))
        step, head = cost[span], g.head[span]
        ahead = (self.bound_by_need if needs else self.free)[left - 1]
        total = step + ahead[head]
        keep = total <= self.limit
        if self.edges is not None:
            keep &= self.edges[span]
        where = np.flatnonzero(keep)
        where = where[np.argsort(total[where], kind="stable")]  # heads ascend already
        return _Children(
            total[where].tolist(), step[where].tolist(), (where + span.start).tolist(), head[where].tolist()
        )

    def _found(self, prefix: _Prefix) -> FoundPath:
        g = self.graph
        hops = [float(g.probability[e]) * float(g.pass_on[g.tail[e]]) for e in prefix.edges]
        hops[0] = float(g.probability[prefix.edges[0]])
        return FoundPath(prefix.nodes, prefix.edges, tuple(hops))
