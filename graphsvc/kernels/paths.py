"""The k most probable loopless paths with few hops, exact: two balls, the corridor between them, best-first search.

The probability of a path is the product of its hops'. A hop along edge (u, v) succeeds with ``probability[u, v]`` when
u is where the path starts, and with ``probability[u, v] * pass_on[u]`` further along it, where u has to pass a request
on. Only the edges between two balls, around the sources and around the targets, can lie on a path that is good enough
(:mod:`graphsvc.kernels.paths_ball_loops`); over them the paths are met best first
(:mod:`graphsvc.kernels.paths_search_loops`). A query asks for good paths first and for poorer ones only where those
are fewer than ``k``; it costs what it reaches, not what the graph has.

Costs are ``-log`` of probabilities in whole units of 2^-40: sums of integers are exact in any order, so that equally
probable paths are found equal and come in the order of their nodes.

The loops are compiled at the first call, or read from a cache (:func:`warm` does it ahead), and release the
interpreter's lock: several threads may ask one graph at once.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from graphsvc.projection import Bools, Floats, Index, Ints

if TYPE_CHECKING:
    from graphsvc.kernels.paths_ball_loops import Rows
    from graphsvc.kernels.paths_query import Work

SCALE = 2**40  # cost units per nat
NEVER = 2**61  # more than any path costs; two of them still fit int64


@dataclass(frozen=True)
class PathGraph:
    """A directed graph in compressed rows, ready for :func:`k_best_paths`; build it with :func:`path_graph`.

    Edges are in (tail, falling probability, head) order. ``probability`` is that of an edge whose tail starts the path.
    ``rows`` are laid out for the loops (:class:`graphsvc.kernels.paths_ball_loops.Rows`); ``dearest`` is the most that
    one edge on a path costs; ``spare`` holds work space that no query uses at the moment.
    """

    rows: Rows
    probability: Floats
    pass_on: Floats
    dearest: int
    spare: list[Work] = field(default_factory=list, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.pass_on)

    @property
    def indptr(self) -> Ints:
        """Where each node's edges begin; shape (nodes + 1,)."""
        return self.rows.node[:, 0]

    @property
    def head(self) -> Ints:
        """Where each edge leads."""
        return self.rows.links[0, :, 0] & 0xFFFFFFFF

    @property
    def tail(self) -> Index:
        """Where each edge starts."""
        return np.repeat(np.arange(len(self), dtype=np.int32), np.diff(self.indptr))


@dataclass(frozen=True)
class Limits:
    """What a search may give and cost: ``hops`` edges at most, no path below ``min_probability``, and a budget.

    The budget is of ``seconds``, of prefixes looked at (``expansions``) and of edges that may be held at once
    (``corridor``, 40 bytes each).
    """

    k: int = 5
    hops: int = 6
    min_probability: float = 0.01
    seconds: float = 2.0
    expansions: int = 1_000_000
    corridor: int = 2_000_000


@dataclass(frozen=True)
class Filters:
    """What the search may use; each None means everything.

    ``nodes`` and ``edges`` are masks of what is allowed (edges in the graph's order); ``avoid`` are nodes no path may
    touch; a path must touch at least one node of ``via``, at its start, underway or at its end.
    """

    nodes: Bools | None = None
    edges: Bools | None = None
    avoid: Index | None = None
    via: Index | None = None


@dataclass(frozen=True)
class FoundPath:
    """One path: its nodes, its edges (indices into the graph) and the probability of each hop, in order."""

    nodes: tuple[int, ...]
    edges: tuple[int, ...]
    hops: tuple[float, ...]

    @property
    def probability(self) -> float:
        """Product of the hops'."""
        return math.prod(self.hops)


@dataclass(frozen=True)
class KBest:
    """The paths found, best first. Where the search was cut, no missing path is more probable than ``bound``."""

    paths: tuple[FoundPath, ...]
    complete: bool
    bound: float | None = None


def path_graph(n: int, tail: Index, head: Index, probability: Floats, pass_on: Floats) -> PathGraph:
    """Build a graph of ``n`` nodes; edges with probability 0 and loops are dropped, of parallel ones the best is kept.

    Parameters
    ----------
    tail, head : ends of the edges, int, shape (m,).
    probability : of each edge when its tail starts the path, in [0, 1], shape (m,).
    pass_on : probability that a node passes a request on, in [0, 1], shape (n,).

    Raises
    ------
    ValueError
        When a probability is not a number in [0, 1].
    """
    for name, column in (("probability", probability), ("pass_on", pass_on)):
        if not np.all((column >= 0.0) & (column <= 1.0)):
            raise ValueError(f"{name} must lie in [0, 1]")
    rows, chances, dearest = rows_of(n, tail, head, probability, cost_of(pass_on))
    return PathGraph(rows, chances, pass_on, dearest)


def rows_of(n: int, tail: Index, head: Index, probability: Floats, passing: Ints) -> tuple[Rows, Floats, int]:
    """Edges laid out in rows, the probability of each in that order, and the most that one costs.

    As :func:`path_graph` has it, with what passing on costs each node instead of its probability.
    """
    tail, head, probability = _single(n, tail, head, probability)
    rows, order, dearest = _rows(tail, head, cost_of(probability), passing)
    return rows, probability[order], dearest


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
    from graphsvc.kernels.paths_query import Query, Work

    limits = limits or Limits()
    deadline = time.monotonic() + limits.seconds
    work = graph.spare.pop() if graph.spare else Work(graph)
    try:
        return Query(graph, work, sources, targets, limits, filters or Filters(), deadline).run()
    finally:
        graph.spare.append(work)


def warm() -> None:
    """Compile the loops, or read them from their cache, before anybody waits for them."""
    ends = np.array([0, 1], dtype=np.int32), np.array([1, 2], dtype=np.int32)
    graph = path_graph(3, *ends, np.array([0.9, 0.8]), np.ones(3))
    k_best_paths(graph, np.array([0]), np.array([2]))


def _single(n: int, tail: Index, head: Index, probability: Floats) -> tuple[Index, Index, Floats]:
    """Edges that count, in (tail, head) order, of parallel ones the most probable."""
    from graphsvc.kernels.paths_build_loops import group

    tail, head = np.asarray(tail, dtype=np.int32), np.asarray(head, dtype=np.int32)
    some = np.flatnonzero((probability > 0.0) & (tail != head))
    order = group(tail, n, group(head, n, some)[1])[1]
    tail, head, probability = tail[order], head[order], probability[order]
    first = np.flatnonzero(np.r_[True, (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])]) if len(order) else order
    best = np.maximum.reduceat(probability, first) if len(order) else probability
    return tail[first], head[first], best


def _rows(tail: Index, head: Index, cost: Ints, passing: Ints) -> tuple[Rows, Ints, int]:
    """The rows of a graph, the order in which they take the edges, and the most that one edge costs."""
    from graphsvc.kernels.paths_ball_loops import Rows
    from graphsvc.kernels.paths_build_loops import group, sort_rows

    n, m, none = len(passing), len(tail), np.zeros(0, dtype=bool)
    node = np.zeros((n + 1, 4), dtype=np.int64)
    node[:, 0], order = group(tail, n, np.arange(m))
    sort_rows(node[:, 0].copy(), order, cost)
    tail, head, cost = tail[order], head[order], cost[order]
    through = np.minimum(cost + passing[tail], NEVER)
    node[:, 1], incoming = group(head, n, np.arange(m))
    sort_rows(node[:, 1].copy(), incoming, through)
    node[:n, 2] = passing
    links = np.empty((2, m, 2), dtype=np.int64)
    links[0, :, 0], links[0, :, 1] = (np.arange(m) << 32) | head, cost
    links[1, :, 0], links[1, :, 1] = (incoming << 32) | tail[incoming], through[incoming]
    dearest = max(int(through[through < NEVER].max(initial=0)), int(cost.max(initial=0)))
    return Rows(node, links, none, none), order, dearest


def cost_of(probability: Floats) -> Ints:
    """Whole units of -log of probabilities, 2^40 a nat; ``NEVER`` for 0."""
    with np.errstate(divide="ignore"):
        units = -np.log(probability) * SCALE
    out: Ints = np.where(probability > 0.0, np.rint(np.minimum(units, NEVER)), NEVER).astype(np.int64)
    return out
