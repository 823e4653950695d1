"""Alternatives that do not hang by the same people: paths of which no two share anybody between their ends.

Two such paths are chosen for the best chance that at least one of them works, 1 - (1 - p)(1 - q), taking their fates
as independent. Unlike the least total cost (Suurballe 1974) this can be had exactly with a limit of hops: paths are
listed best first until no pair with an unlisted one can do better. Further paths are the best ones clear of all chosen
before (greedy; three and more with a hop limit are hard in general, Itai, Perl & Shiloach 1982).

References
----------
Suurballe, J. W. (1974). Disjoint paths in a network. Networks 4(2), 125-145.
Itai, A., Perl, Y. & Shiloach, Y. (1982). The complexity of finding maximum disjoint paths with length constraints.
Networks 12(3), 277-286.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from graphsvc.kernels.paths import Filters, FoundPath, KBest, Limits, PathGraph, k_best_paths
from graphsvc.projection import Index

LISTED = (16, 128, 1024)  # how many paths are listed, until the pair is proven best


def disjoint_paths(
    graph: PathGraph, sources: Index, targets: Index, limits: Limits | None = None, filters: Filters | None = None
) -> KBest:
    """Up to ``limits.k`` paths that share nobody between their ends, best first; arguments as of ``k_best_paths``.

    For k = 2 the pair is the best there is, or ``complete`` is False. One path alone is returned where no two are
    disjoint.

    Examples
    --------
    >>> from graphsvc.kernels.paths import path_graph
    >>> tail, head = np.array([0, 1, 0, 2, 1]), np.array([1, 3, 2, 3, 2])
    >>> g = path_graph(4, tail, head, np.array([0.9, 0.8, 0.5, 0.5, 0.9]), np.ones(4))
    >>> [f.nodes for f in disjoint_paths(g, np.array([0]), np.array([3]), Limits(k=2)).paths]
    [(0, 1, 3), (0, 2, 3)]
    """
    limits, filters = limits or Limits(), filters or Filters()
    deadline = time.monotonic() + limits.seconds
    if limits.k < 2:
        return k_best_paths(graph, sources, targets, limits, filters)
    chosen, complete = _pair(graph, (sources, targets), limits, filters, deadline)
    while len(chosen) >= 2 and len(chosen) < limits.k and complete:
        more = _clear(graph, (sources, targets), _left(limits, deadline, len(chosen) + 1), filters, chosen)
        complete = more.complete
        new = [f for f in more.paths if f.nodes not in {c.nodes for c in chosen}]
        if not new:
            break
        chosen.append(new[0])
    order = sorted(chosen, key=lambda f: (-f.probability, f.nodes))
    return KBest(tuple(order), complete, None if complete else 1.0)


def _pair(
    graph: PathGraph, ends: tuple[Index, Index], limits: Limits, filters: Filters, deadline: float
) -> tuple[list[FoundPath], bool]:
    """The two disjoint paths with the best chance that one works (else the best path), and whether that is proven."""
    best: list[FoundPath] = []
    for listed in LISTED:
        found = k_best_paths(graph, *ends, _left(limits, deadline, listed), filters)
        best = _best_pair(found.paths) or list(found.paths[:1])
        all_listed = found.complete and len(found.paths) < listed
        if not found.paths or all_listed:
            return best, found.complete
        first, last = found.paths[0].probability, found.paths[-1].probability
        if found.complete and len(best) == 2 and _chance(*best) >= 1.0 - (1.0 - first) * (1.0 - last):
            return best, True
        if not found.complete:
            return best, False
    greedy = _clear(graph, ends, _left(limits, deadline, 2), filters, best[:1])
    other = [f for f in greedy.paths if f.nodes != best[0].nodes]
    return (best if len(best) == 2 else [*best, *other[:1]]), False


def _best_pair(paths: Sequence[FoundPath]) -> list[FoundPath]:
    """The disjoint pair of some paths, best first, with the best chance; empty where all meet."""
    best, pair = -1.0, list[FoundPath]()
    for i, one in enumerate(paths):
        if pair and _chance(one, one) <= best:
            break  # both members would be worse than this
        inner = set(one.nodes[1:-1])
        for two in paths[i + 1 :]:
            if inner.isdisjoint(two.nodes[1:-1]):
                if _chance(one, two) > best:
                    best, pair = _chance(one, two), [one, two]
                break  # paths come best first
    return pair


def _chance(one: FoundPath, two: FoundPath) -> float:
    return 1.0 - (1.0 - one.probability) * (1.0 - two.probability)


def _clear(
    graph: PathGraph, ends: tuple[Index, Index], limits: Limits, filters: Filters, chosen: Sequence[FoundPath]
) -> KBest:
    """The best paths clear of everybody between the ends of the chosen ones (those that meet nobody may come again)."""
    taken = sorted({v for path in chosen for v in path.nodes[1:-1]})
    avoid = np.concatenate([np.zeros(0, np.int32) if filters.avoid is None else filters.avoid, taken])
    return k_best_paths(graph, *ends, limits, replace(filters, avoid=avoid.astype(np.int32)))


def _left(limits: Limits, deadline: float, k: int) -> Limits:
    return replace(limits, k=k, seconds=max(0.0, deadline - time.monotonic()))
