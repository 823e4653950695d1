"""Counts that fade with age, and the time since the last of them; no loop over places."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphsvc.projection import DAY, Floats, Index, Ints

LONGEST = 448.0  # [days]; each further half-life is half of the one before: squaring a decay halves its half-life
HALVES = (448.0, 224.0, 112.0, 56.0, 28.0, 14.0, 7.0, 3.5)


def decays(
    time: Ints, at: int, where: Ints | Index, n: int, weight: Floats | None = None, halves: Sequence[float] = HALVES
) -> dict[float, Floats]:
    """Decayed counts sum of weight * 2^(-age / h) per place, for some half-lives h of ``HALVES`` [days]."""
    w = np.exp2((time - at) / (DAY * LONGEST))
    where = where.astype(np.intp, copy=False)  # once, not in every count
    out = {}
    for h in HALVES:
        if h in halves:
            out[h] = np.bincount(where, w if weight is None else w * weight, n).astype(np.float64, copy=False)
        w = w * w
    return out


def latest(time: Ints, at: int, where: Ints | Index, n: int) -> Floats:
    """Days since the last time per place, infinite where there is none; ``time`` ascends."""
    out = np.full(n, np.inf)
    out[where] = (at - time) / DAY  # of repeated places the last one, the newest, stays
    return out
