"""Graphs for measurements: seeded, vectorised, with the two things that make real contact graphs hard to search.

Degrees are heavy-tailed (a few people know thousands), and most ties run inside groups of a few dozen.
"""

from __future__ import annotations

import numpy as np

from graphsvc.projection import Floats, Index, Ints

WITHIN = 0.7  # share of ties inside a group


def heavy_tailed(n: int, m: int, seed: int) -> tuple[Index, Index, Floats]:
    """``m`` distinct ties between ``n`` people: ends ``tail < head`` (int32) and strength (> 0, median about 2).

    People have activities from a power law (exponent 2.5, so that the largest degree grows with the square root of n
    and more), groups have sizes from another; a tie's ends are drawn by activity, 70 % inside one group. Strength is
    log-normal, stronger inside groups: from one stale mail to daily exchange.

    Examples
    --------
    >>> tail, head, strength = heavy_tailed(1_000, 5_000, seed=1)
    >>> len(tail), bool((tail < head).all()), len(set(zip(tail.tolist(), head.tolist())))
    (5000, True, 5000)
    """
    rng = np.random.default_rng(seed)
    activity = np.minimum((1.0 - rng.random(n)) ** (-1.0 / 1.5), n / 10)
    total = np.concatenate(([0.0], np.cumsum(activity)))
    start, stop = _groups(n, rng)
    keys: Ints = np.zeros(0, dtype=np.int64)
    while len(keys) < m:
        count = int((m - len(keys)) * 1.2) + 100
        a = _drawn(total, np.sort(rng.random(count)) * total[-1])  # in order: neighbours in memory
        inside = rng.random(count) < WITHIN
        low, high = np.where(inside, total[start[a]], 0.0), np.where(inside, total[stop[a]], total[-1])
        b = _drawn(total, low + rng.random(count) * (high - low))
        keys = np.concatenate((keys, (np.minimum(a, b) * n + np.maximum(a, b))[a != b]))
        keys.sort()
        keys = keys[np.r_[True, keys[1:] != keys[:-1]]]
    keys = keys[np.sort(rng.choice(len(keys), m, replace=False, shuffle=False))]
    tail, head = (keys // n).astype(np.int32), (keys % n).astype(np.int32)
    together = start[tail] == start[head]
    strength: Floats = np.exp(rng.normal(np.where(together, 1.0, 0.2), 1.3))
    return tail, head, strength


def _groups(n: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """First and last + 1 of each person's group; sizes from 5 to a few thousand, half of them below 20."""
    sizes = np.minimum(8.0 * (1.0 - rng.random(n // 8 + 1)) ** (-1.0 / 1.5), max(n / 20, 8.0)).astype(np.int64)
    ends = np.cumsum(sizes)
    ends = np.append(ends[ends < n], n)
    group = np.searchsorted(ends, np.arange(n), side="right")
    return np.concatenate(([0], ends[:-1]))[group], ends[group]


def _drawn(total: Floats, at: Floats) -> Ints:
    out: Ints = np.minimum(np.searchsorted(total, at, side="right") - 1, len(total) - 2)
    return out
