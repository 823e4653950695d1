"""One path query from beginning to end: stages of ever poorer paths, slices between looks at the clock.

A stage has a limit of cost. All paths within it are found in order, so that what an earlier stage found stands whatever
becomes of a later one. The first limit is a little above the cost of the best path the two balls met on.
"""

from __future__ import annotations

import math
import time
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.paths import NEVER, SCALE, Filters, FoundPath, KBest, Limits, PathGraph
from graphsvc.kernels.paths_ball_loops import (
    AHEAD,
    COST,
    COUNT,
    DONE,
    EPOCH,
    FLAG,
    FULL,
    IN_CORRIDOR,
    MET,
    NODE,
    NODES,
    Balls,
    Corridor,
    begin,
    begin_corridor,
    collect,
    grow,
    tops,
)
from graphsvc.kernels.paths_search_loops import (
    FOUND,
    HEAP,
    LOWEST,
    POOL,
    PREFIXES,
    STARTED,
    Tree,
    Ways,
    arrange,
    bound,
    search,
    start,
)
from graphsvc.projection import Index

BALL_STEPS = 30_000  # per slice, some milliseconds each
EDGE_STEPS = 500_000
SEARCH_STEPS = 10_000
ROUND_EDGES = 2_000_000
ALL_NODES: NDArray[np.bool_] = np.zeros(0, dtype=bool)  # an empty mask allows everything


class Work:
    """Work space of one query at a time over one graph; pages of it that no query ever wrote take no memory."""

    def __init__(self, graph: PathGraph) -> None:
        n = len(graph)
        self.balls = Balls(
            mark=np.zeros(n, dtype=np.int64),
            slot=np.empty((n + 1, 8), dtype=np.int64),
            heap=np.empty((2 * n + 2, 2), dtype=np.int64),
            order=np.empty((3, n + 1), dtype=np.int32),
            state=np.zeros(20, dtype=np.int64),
        )
        self.corridor = _corridor(4096)
        self.trees: dict[int, Tree] = {}

    def begin(self) -> None:
        """Forget marks before their epoch number runs out of its 31 bits."""
        if self.balls.state[EPOCH] > 2**31 - 4:
            self.balls.mark[:] = 0
            self.balls.state[EPOCH] = 0


class _CutError(Exception):
    """The budget is spent."""


class Query:
    """One query: its ends, masks, budget and the stage it is at."""

    def __init__(
        self, graph: PathGraph, work: Work, sources: Index, targets: Index, limits: Limits, filters: Filters,
        deadline: float,
    ) -> None:  # fmt: skip
        self.graph, self.work, self.limits, self.deadline = graph, work, limits, deadline
        self.hops = max(1, min(limits.hops, len(graph)))
        self.rows = graph.rows._replace(nodes=_mask(filters.nodes), edges=_mask(filters.edges))
        self.ends = [_nodes(x) for x in (sources, targets, filters.avoid, filters.via)]
        self.with_via = filters.via is not None
        self.expansions = limits.expansions
        least = limits.min_probability
        dearest = min(NEVER - 1, self.hops * graph.dearest + 64)
        self.limit = dearest if least <= 0.0 else min(dearest, math.floor(-math.log(least) * SCALE) + 64)

    def run(self) -> KBest:
        """All stages; where the budget ends, the paths of the last whole stage or more, with a bound."""
        done: tuple[FoundPath, ...] = ()
        passed = 0  # everything that costs less was found
        try:
            stage, slack = self._first(), 0
            while True:
                found, complete, lowest = self._stage(stage)
                if not complete and len(found) > len(done):
                    return KBest(found, False, _probability(lowest))
                if not complete:
                    return KBest(done, False, _probability(passed))
                if len(found) >= self.limits.k or stage >= self.limit:
                    return KBest(found, True)
                done, passed = found, stage
                slack = max(2 * slack, stage // 4 + SCALE // 1024)
                stage = min(self.limit, stage + slack)
                self._grow(stage, meet=False)
        except _CutError:
            return KBest(done, False, _probability(passed))

    def _check(self) -> None:
        if time.monotonic() > self.deadline:
            self._cut()

    @staticmethod
    def _cut() -> NoReturn:
        raise _CutError

    # -- balls and corridor -------------------------------------------------------------------------------------------

    def _first(self) -> int:
        """Grow the balls until they met; the limit of the first stage."""
        self._check()
        self.work.begin()
        begin(self.rows, self.work.balls, *self.ends)
        self._grow(self.limit, meet=True)
        met = int(self.work.balls.state[MET])
        stage = min(self.limit, met + met // 8 + SCALE // 1024)
        self._grow(stage, meet=False)
        return stage

    def _grow(self, limit: int, *, meet: bool) -> None:
        while grow(self.rows, self.work.balls, limit, meet, BALL_STEPS) != DONE:
            self._check()

    def _corridor(self, limit: int) -> Ways:
        """Edges that may lie on a path within the limit, with their bounds."""
        work, balls, most = self.work, self.work.balls, self.limits.corridor
        begin_corridor(balls)
        while (status := collect(self.rows, balls, _first(work.corridor, most), limit, EDGE_STEPS)) != DONE:
            self._check()
            if status == FULL:
                size = len(work.corridor.tail)
                if size >= most:
                    self._cut()
                work.corridor = _corridor(min(4 * size, most), work.corridor)
        count, nodes = int(balls.state[COUNT]), int(balls.state[NODES])
        found = balls.slot[balls.order[IN_CORRIDOR, :nodes]]
        low = np.where(found[:, FLAG] & AHEAD > 0, found[:, COST], tops(balls)[0])
        columns = found[:, NODE].copy(), found[:, FLAG].copy(), low
        ways = arrange(columns, work.corridor, count, self.hops, self.with_via)
        for left in range(1, self.hops):
            bound(ways, left, limit)
            if count > ROUND_EDGES:
                self._check()
        return ways

    # -- search -------------------------------------------------------------------------------------------------------

    def _stage(self, limit: int) -> tuple[tuple[FoundPath, ...], bool, int]:
        """Paths within a limit, whether that is all or ``k`` of them, and the least cost of what may be missing."""
        ways = self._corridor(limit)
        tree = self._tree()
        wanted = self.limits.k
        tree.state[:] = 0
        while start(tree, ways, limit) != DONE:
            tree = self._enlarge(tree, ways)
            self._check()
        while True:
            done = self._search(tree, ways, limit, wanted)
            tree = self.work.trees[self.hops]
            found = self._paths(tree)
            if not done or len(found) >= self.limits.k or not tree.state[HEAP]:
                return found, done, int(tree.state[LOWEST])
            wanted = int(tree.state[FOUND]) + self.limits.k - len(found)

    def _search(self, tree: Tree, ways: Ways, limit: int, wanted: int) -> bool:
        """Search on until ``wanted`` paths are there or none is left; False where the budget ends before."""
        while True:
            steps = min(SEARCH_STEPS, self.expansions)
            status = search(tree, ways, limit, wanted, steps)
            if status == DONE:
                return True
            if status == FULL:
                tree = self._enlarge(tree, ways)
            else:
                self.expansions -= steps
            if self.expansions <= 0 or time.monotonic() > self.deadline:
                if tree.state[HEAP]:
                    tree.state[LOWEST] = tree.heap_cost[0]
                return False

    def _tree(self) -> Tree:
        if self.hops not in self.work.trees:
            self.work.trees[self.hops] = _tree(self.hops, (1024, 8192, 1024, 64))
        return self.work.trees[self.hops]

    def _enlarge(self, tree: Tree, ways: Ways) -> Tree:
        """The same tree with more room wherever it lacks some."""
        widest = int(np.diff(ways.ptr).max())
        used = [int(tree.state[i]) for i in (PREFIXES, POOL, STARTED, FOUND)]
        room = [len(tree.cost), len(tree.pool_cost), len(tree.lists), len(tree.out)]
        sizes = [2 * r if 2 * u >= r else r for u, r in zip(used, room, strict=True)]
        sizes[1] = max(sizes[1], used[1] + 2 * widest)
        out = _tree(self.hops, (sizes[0], sizes[1], sizes[2], sizes[3]))
        for name in Tree._fields:
            old, new = getattr(tree, name), getattr(out, name)
            new[: len(old)] = old
        self.work.trees[self.hops] = out
        return out

    def _paths(self, tree: Tree) -> tuple[FoundPath, ...]:
        """The paths written down that reach the least probability."""
        g, hops, least = self.graph, self.hops, self.limits.min_probability * (1.0 - 1e-12)
        rows = tree.out[: tree.state[FOUND]].tolist()
        out = []
        for row in rows:
            nodes, edges = row[: row[-1] + 1], row[hops + 1 : hops + 1 + row[-1]]
            each = [float(g.probability[e]) * float(g.pass_on[u]) for e, u in zip(edges, nodes, strict=False)]
            each[0] = float(g.probability[edges[0]])
            path = FoundPath(tuple(nodes), tuple(edges), tuple(each))
            if path.probability >= least:
                out.append(path)
        return tuple(out)


def _mask(mask: NDArray[np.bool_] | None) -> NDArray[np.bool_]:
    return ALL_NODES if mask is None else np.require(mask, dtype=bool, requirements=["C", "W"])


def _nodes(nodes: Index | None) -> Index:
    if nodes is None:
        return np.zeros(0, dtype=np.int32)
    return np.require(nodes, dtype=np.int32, requirements=["C", "W"])


def _probability(cost: int) -> float:
    return min(1.0, math.exp(-cost / SCALE))


def _corridor(size: int, old: Corridor | None = None) -> Corridor:
    out = Corridor(
        np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int32), np.empty(size, dtype=np.int64),
        np.empty(size, dtype=np.int32),
    )  # fmt: skip
    if old is not None:
        size = len(old.tail)
        out.tail[:size], out.head[:size], out.step[:size], out.edge[:size] = old
    return out


def _first(corridor: Corridor, most: int) -> Corridor:
    """Room for at most so many edges, whatever earlier queries needed."""
    if len(corridor.tail) <= most:
        return corridor
    return Corridor(corridor.tail[:most], corridor.head[:most], corridor.step[:most], corridor.edge[:most])


def _tree(hops: int, sizes: tuple[int, int, int, int]) -> Tree:
    """Room for so many prefixes, children, lists of children and paths."""
    prefixes, pool, lists, out = sizes
    return Tree(
        prefix=np.empty((prefixes, hops + 5), dtype=np.int32),
        path=np.empty((prefixes, hops), dtype=np.int32),
        cost=np.empty(prefixes, dtype=np.int64),
        heap_cost=np.empty(prefixes, dtype=np.int64),
        heap_prefix=np.empty(prefixes, dtype=np.int32),
        heap_at=np.empty(prefixes, dtype=np.int32),
        pool_cost=np.empty(pool, dtype=np.int64),
        pool_edge=np.empty(pool, dtype=np.int32),
        lists=np.empty((lists, 3), dtype=np.int64),
        out=np.empty((out, 2 * hops + 2), dtype=np.int32),
        state=np.zeros(8, dtype=np.int64),
    )  # fmt: skip
