"""Worst cases of the path search, as a table: ``python -m bench paths-worst``.

Each case runs in its own graph with the product's deadline unless it says another, and is checked: its answer must be
the right one, or say that it was cut and what a missing path could be worth at most.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from bench.graphs import heavy_tailed
from bench.measure import Row, peak
from graphsvc.kernels.paths import KBest, Limits, PathGraph, k_best_paths, path_graph, warm

SPOKES, CLIQUE = 100_000, 2_000
DEADLINE, SLACK = 2.0, 0.1  # the product's own; how much later an answer may come [s]
TIGHT = 0.05
RIGHT = Callable[[KBest], bool]


@dataclass(frozen=True)
class Case:
    """A search that is hard, and whether an answer to it is right."""

    what: str
    graph: PathGraph
    ends: tuple[int, int]
    k: int
    right: Callable[[KBest], bool]
    seconds: float = DEADLINE
    corridor: int = Limits.corridor


def worst(_: Path) -> Iterator[Row]:
    """Every case, twice: the first one warms memory."""
    warm()
    for make in (hubs, cliques, equal_weights, ends_of_the_world):
        for case in make():
            yield row(case)


def row(case: Case) -> Row:
    """What a case took and gave.

    Raises
    ------
    RuntimeError
        When its answer is wrong.
    """
    answer(case)
    begin = time.perf_counter()
    found = answer(case)
    seconds = time.perf_counter() - begin
    if not case.right(found):
        raise RuntimeError(f"wrong answer: {case.what}: {len(found.paths)} paths, complete {found.complete}")
    kept = "in time" if seconds <= case.seconds + SLACK else "TOO LATE"
    cut = "all there are" if found.complete else f"cut, none missing above {found.bound:.3g}"
    figure = f"{len(found.paths):,} of {case.k:,} paths, {cut}; deadline {case.seconds:g} s, {kept}"
    return Row(f"worst: {case.what}", figure, seconds, peak(), goal="right or said to be cut; deadline + 0.1 s")


def answer(case: Case) -> KBest:
    """The search itself."""
    limits = Limits(k=case.k, seconds=case.seconds, corridor=case.corridor)
    return k_best_paths(case.graph, np.array([case.ends[0]]), np.array([case.ends[1]]), limits)


def nodes(found: KBest) -> list[tuple[int, ...]]:
    """The nodes of each path."""
    return [f.nodes for f in found.paths]


def whole(count: int, found: KBest) -> bool:
    """So many paths, and not one is missing."""
    return found.complete and len(found.paths) == count


def cut(found: KBest) -> bool:
    """Not all, said to be so, best first, and nothing missing above what was given last."""
    p = [f.probability for f in found.paths]
    ordered = all(a >= b * (1 - 1e-9) for a, b in itertools.pairwise(p))
    bounded = found.bound is not None and (not p or found.bound <= p[-1] * (1 + 1e-9))
    return not found.complete and ordered and bounded


def exactly(*paths: tuple[int, ...]) -> RIGHT:
    """These paths in this order."""
    return lambda found: found.complete and nodes(found) == list(paths)


# -- cases ------------------------------------------------------------------------------------------------------------


def hub(spokes: int = SPOKES) -> PathGraph:
    """One person whom all others know, and who is all they know."""
    who, zeros = np.arange(1, spokes + 1), np.zeros(spokes, dtype=np.int64)
    ends: Any = np.r_[who, zeros], np.r_[zeros, who]
    return path_graph(spokes + 1, *ends, np.full(2 * spokes, 0.6), np.full(spokes + 1, 0.9))


def hubs(spokes: int = SPOKES) -> Iterator[Case]:
    """Through the hub, from it, to it."""
    graph, told = hub(spokes), f"a hub with {spokes:,} ties"
    yield Case(f"{told}, between two of its contacts", graph, (1, 2), 5, exactly((1, 0, 2)))
    yield Case(f"{told}, from the hub", graph, (0, 7), 5, exactly((0, 7)))
    yield Case(f"{told}, to the hub", graph, (7, 0), 5, exactly((7, 0)))


def clique(size: int, p: Any, pass_on: float) -> PathGraph:
    """Everybody knows everybody; ``p`` for all, or a function of how many edges there are."""
    tail, head = (side.astype(np.int32) for side in np.nonzero(~np.eye(size, dtype=bool)))
    each = p(len(tail)) if callable(p) else np.full(len(tail), p)
    return path_graph(size, tail, head, each, np.full(size, pass_on))


def cliques(size: int = CLIQUE) -> Iterator[Case]:
    """Equal ties, near certain ones, far too many paths, and deadlines that cannot hold them."""
    told = f"a clique of {size:,}"
    equal = exactly((1, 2), (1, 0, 2), *((1, i, 2) for i in range(3, 6)))
    yield Case(f"{told}, all ties 0.5", clique(size, 0.5, 0.5), (1, 2), 5, equal)
    sure = clique(size, 0.99, 1.0)
    yield Case(f"{told}, all ties 0.99", sure, (1, 2), 5, equal)
    yield Case(f"{told}, all ties 0.99, k = 100,000", sure, (1, 2), 100_000, cut)
    yield Case(f"{told}, all ties 0.99, k = 1,000,000", sure, (1, 2), 1_000_000, cut, TIGHT, 100_000_000)
    drawn = clique(size, partial(np.random.default_rng(0).uniform, 0.5, 0.99), 0.9)
    yield Case(f"{told}, ties drawn", drawn, (1, 2), 5, partial(whole, 5))
    yield Case(f"{told}, ties drawn, k = 1,000,000", drawn, (1, 2), 1_000_000, cut, TIGHT, 100_000_000)


def equal_weights(n: int = 100_000, m: int = 500_000) -> Iterator[Case]:
    """A heavy-tailed graph whose ties are all alike: only the order of nodes tells equally probable paths apart."""
    tail, head, _ = heavy_tailed(n, m, seed=1)
    ends: Any = np.r_[tail, head], np.r_[head, tail]
    graph = path_graph(n, *ends, np.full(2 * m, 0.5), np.ones(n))
    busy = np.argsort(-np.bincount(ends[0], minlength=n), kind="stable")
    far = int(busy[n // 2])
    told = f"{n:,} people, {m:,} ties, all weights equal"

    def alike(found: KBest) -> bool:
        order = [(-f.probability, f.nodes) for f in found.paths]
        return found.complete and order == sorted(order)

    yield Case(f"{told}, between the two busiest", graph, (int(busy[0]), int(busy[1])), 5, alike)
    yield Case(f"{told}, from the busiest to a middling one", graph, (int(busy[0]), far), 5, alike)
    yield Case(f"{told}, k = 10,000", graph, (int(busy[0]), int(busy[1])), 10_000, lambda f: alike(f) or cut(f))


def few(n: int = 10_000) -> PathGraph:
    """Two short lines of acquaintance in a crowd of strangers."""
    return path_graph(n, *(np.array(side) for side in ([0, 1, 5], [1, 2, 6])), np.full(3, 0.5), np.ones(n))


def ends_of_the_world(n: int = 10_000) -> Iterator[Case]:
    """No way, one way, nobody."""
    graph = few(n)
    yield Case("a target in another component", graph, (0, 6), 5, partial(whole, 0))
    yield Case("a target without any tie", graph, (0, n - 1), 5, partial(whole, 0))
    yield Case("k = 1,000,000 where there is one path", graph, (0, 2), 1_000_000, exactly((0, 1, 2)))
    parts = 150
    side = np.arange(parts)
    tail = np.r_[np.zeros(parts), side + 2].astype(np.int32)
    head = np.r_[side + 2, np.ones(parts)].astype(np.int32)
    fan = path_graph(parts + 2, tail, head, np.full(2 * parts, 0.9), np.ones(parts + 2))
    yield Case(f"k = 100,000 where there are {parts}", fan, (0, 1), 100_000, partial(whole, parts))
