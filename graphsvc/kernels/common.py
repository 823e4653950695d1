"""Contacts that the two sides of a tie have in common, and are in touch with now.

References
----------
Zhou, T., Lü, L. & Zhang, Y.-C. (2009). Predicting missing links via local information. European Physical Journal B
71(4), 623-630 (resource allocation: a common contact counts less the more others it has).
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from graphsvc.projection import Floats, Index, Ints

LIVE = 0.03  # decayed contacts below it make nobody a common contact


def common_contacts(
    ends: tuple[Index, Index], decayed: tuple[Floats, Floats], rows: Ints, n: int, chunk: int = 4_000_000
) -> tuple[Floats, Floats, Floats]:
    """Common contacts of some pairs: of a month, of a week, and of a month shared out over all that each has.

    Neighbours of the side with fewer of them are looked up among the other's, so that a hub costs little: the work is
    the sum over rows of the smaller degree.

    Parameters
    ----------
    ends : the two persons of every pair.
    decayed : contacts of every pair, decayed over a month and over a week.
    rows : the pairs asked for.
    n : number of entities.
    """
    from scipy.sparse import csr_array

    live = np.flatnonzero(decayed[0] > LIVE)
    one, two = (end[live] for end in ends)
    place = np.arange(1, len(live) + 1, dtype=np.float64)  # 0 is left for "no tie"
    both = np.concatenate([one, two]), np.concatenate([two, one])
    graph = csr_array((np.concatenate([place, place]), both), shape=(n, n))
    graph.sort_indices()
    alive = [np.minimum(1.0, d[live]) for d in decayed]
    root = [np.append(0.0, np.sqrt(x)) for x in alive]
    busy = 1.0 + np.bincount(one, alive[0], n) + np.bincount(two, alive[0], n)
    degree = np.diff(graph.indptr)
    a, b = ends[0][rows], ends[1][rows]
    small, large = np.where(degree[a] <= degree[b], a, b), np.where(degree[a] <= degree[b], b, a)
    out = np.zeros((3, len(rows)))
    steps = np.append(0, np.cumsum(degree[small], dtype=np.int64))
    for low in _chunks(steps, chunk):
        some = np.arange(*low)
        owner = np.repeat(some, degree[small[some]])
        at = np.arange(len(owner)) - (steps[owner] - steps[low[0]]) + graph.indptr[small[owner]]
        there = np.asarray(graph[large[owner], graph.indices[at]]).ravel().astype(np.int64)
        here = graph.data[at].astype(np.int64)
        month, week = (r[here] * r[there] for r in root)
        for k, value in enumerate((month, week, month / busy[graph.indices[at]])):
            out[k] += np.bincount(owner, value, len(rows))
    return out[0], out[1], out[2]


def _chunks(steps: Ints, size: int) -> list[tuple[int, int]]:
    """Ranges of rows whose work is about ``size`` each."""
    if steps[-1] == 0:
        return []
    cuts = np.searchsorted(steps, np.arange(size, int(steps[-1]), size)).tolist()
    bounds = sorted({0, *cuts, len(steps) - 1})
    return list(pairwise(bounds))
