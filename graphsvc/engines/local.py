"""The engine of this process: compiled loops, scipy and numpy behind :mod:`graphsvc.kernels.measures`.

References
----------
Kempe, D., Kleinberg, J. & Tardos, E. (2003). Maximizing the spread of influence through a social network. KDD '03,
137-146 (independent cascades, greedy choice).
Borgs, C., Brautbar, M., Chayes, J. & Lucier, B. (2014). Maximizing social influence in nearly optimal time. SODA '14,
946-957 (reverse-reachable sets).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.engines.graphs import Source, plain
from graphsvc.kernels import measures
from graphsvc.projection import Floats, Index, Ints

SETS, SETS_PER_VERTEX = 20_000, 64  # reverse-reachable sets drawn at least; relative error of a spread of 4 about 6 %
FIRST_SETS = 1_000  # drawn at once to begin with, doubled while they are small
ENTRIES, ENTRIES_AT_ONCE = 1_000_000, 100_000  # vertices in all sets together; fewer sets where each is large


@dataclass(frozen=True, eq=False)
class Seeds:
    """Vertices to start from, best first; ``spread[i]`` is how many the first i + 1 reach, themselves included."""

    vertices: Index
    spread: Floats


class LocalEngine:
    """Measures computed in this process; every engine's answers are held to these."""

    name = "local"

    def pagerank(self, g: Source, damping: float = 0.85) -> Floats:
        return measures.pagerank(plain(g), damping)

    def betweenness(self, g: Source, pivots: int | None = None) -> Floats:
        return measures.betweenness(plain(g), pivots)

    def communities(self, g: Source, seed: int = 0) -> NDArray[np.int32]:
        return measures.communities(plain(g), seed)

    def components(self, g: Source) -> NDArray[np.int32]:
        return measures.components(plain(g))

    def core_numbers(self, g: Source) -> NDArray[np.int32]:
        return measures.core_numbers(plain(g))

    def seeds(self, g: Source, k: int, probability: float = 0.1, seed: int = 0) -> Seeds:
        """Greedy choice of seeds under independent cascades, over reverse-reachable sets (Borgs et al. 2014).

        Parameters
        ----------
        g : the edge u -> v lets u activate v; weights do not count.
        k : how many; no more than there are vertices.
        probability : that an active vertex activates a neighbour, in [0, 1].

        Returns
        -------
        Seeds; the spread is measured on sets other than those the choice was made on, so that it is not flattered.
        """
        graph = plain(g)
        if graph.n == 0 or k < 1:
            return Seeds(np.zeros(0, dtype=np.int32), np.zeros(0))
        rng = np.random.default_rng(seed)
        chosen = _greedy(reachable_sets(graph, probability, rng), graph.n, min(k, graph.n))
        fresh = reachable_sets(graph, probability, rng)
        return Seeds(chosen, np.array([spread(fresh, graph.n, chosen[: i + 1]) for i in range(len(chosen))]))

    def close(self) -> None:
        """Nothing is held."""


LOCAL = LocalEngine()


@dataclass(frozen=True, eq=False)
class ReachableSets:
    """For random roots, who would have activated them: rows (set, vertex), ``count`` sets."""

    set: Ints
    vertex: Ints
    count: int


def reachable_sets(g: measures.Graph, probability: float, rng: np.random.Generator) -> ReachableSets:
    """Reverse-reachable sets of random roots; each edge is open with a probability, decided once per set."""
    start, source = _incoming(g)
    members: list[Ints] = []
    entries, drawn, count = 0, 0, FIRST_SETS
    while drawn < max(SETS, SETS_PER_VERTEX * g.n) and entries < ENTRIES:
        root = rng.integers(0, g.n, count)
        key = np.arange(drawn, drawn + count, dtype=np.int64) * g.n + root
        members.append(_backwards(start, source, key, probability, rng))
        drawn, entries = drawn + count, entries + len(members[-1])
        count *= 2 if len(members[-1]) < ENTRIES_AT_ONCE else 1
    rows = np.concatenate(members)
    return ReachableSets(rows // g.n, rows % g.n, drawn)


def spread(sets: ReachableSets, n: int, seeds: Index) -> float:
    """Expected number of vertices activated from these, themselves included."""
    hit = np.zeros(sets.count, dtype=bool)
    hit[sets.set[np.isin(sets.vertex, seeds)]] = True
    return float(n * hit.mean())


def _incoming(g: measures.Graph) -> tuple[Ints, Ints]:
    """Edges by target: ``source[start[v]:start[v + 1]]`` point at v; an undirected edge points both ways."""
    src = g.src if g.directed else np.concatenate([g.src, g.dst])
    dst = g.dst if g.directed else np.concatenate([g.dst, g.src])
    order = np.argsort(dst, kind="stable")
    return np.searchsorted(dst[order], np.arange(g.n + 1)), src[order].astype(np.int64)


def _backwards(start: Ints, source: Ints, front: Ints, probability: float, rng: np.random.Generator) -> Ints:
    """Keys (set * n + vertex) reached backwards from some over open edges, those included; all sets level by level."""
    n, seen = len(start) - 1, front
    while len(front):
        at, vertex = front // n, front % n
        end = np.cumsum(start[vertex + 1] - start[vertex])
        open_ = _open(int(end[-1]), probability, rng)
        row = np.searchsorted(end, open_, side="right")
        edge = start[vertex + 1][row] - (end[row] - open_)
        found = np.sort(at[row] * n + source[edge])  # np.unique would hash them, which takes twenty times as long
        found = found[np.diff(found, prepend=-1) > 0]
        front = found[~np.isin(found, seen, assume_unique=True)]
        seen = np.sort(np.concatenate([seen, front]))
    return seen


def _open(count: int, probability: float, rng: np.random.Generator) -> Ints:
    """Which of some edges are open, each independently: by the gaps between them, not edge by edge."""
    if probability <= 0 or probability >= 1:
        return np.arange(count if probability >= 1 else 0, dtype=np.int64)
    parts, last = [np.zeros(0, dtype=np.int64)], -1
    while last < count:
        expected = max(0, count - last) * probability
        parts.append(last + np.cumsum(rng.geometric(probability, int(expected + 4 * np.sqrt(expected)) + 4)))
        last = int(parts[-1][-1])
    places = np.concatenate(parts)
    return places[places < count]


def _greedy(sets: ReachableSets, n: int, k: int) -> Index:
    """The vertex in most sets not hit yet, k times; of equal ones the smallest."""
    chosen, hit = np.zeros(k, dtype=np.int32), np.zeros(sets.count, dtype=bool)
    taken = np.zeros(n, dtype=bool)
    for i in range(k):
        gain = np.bincount(sets.vertex[~hit[sets.set]], minlength=n)
        chosen[i] = np.where(taken, -1, gain).argmax()
        taken[chosen[i]] = True
        hit[sets.set[sets.vertex == chosen[i]]] = True
    return chosen
