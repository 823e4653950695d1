"""Counts that fade with age, and the time since the last of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graphsvc.projection import DAY, Bools, Floats, Index, Ints

LONGEST = 448.0  # [days]; each further half-life is half of the one before: squaring a decay halves its half-life
HALVES = (448.0, 224.0, 112.0, 56.0, 28.0, 14.0, 7.0, 3.5)
BLOCK = 2**16  # events at once, so that their decays stay in the processor's cache
NEVER = np.iinfo(np.int64).min
_ALL = np.ones(0, dtype=bool)
_ONE = np.ones(0)


def decays(
    time: Ints,
    at: int,
    where: Ints | Index,
    n: int,
    weight: Floats | None = None,
    halves: Sequence[float] = HALVES,
    some: Bools | None = None,
) -> dict[float, Floats]:
    """Decayed counts sum of weight * 2^(-age / h) per place, for some half-lives h of ``HALVES`` [days].

    Parameters
    ----------
    time : of events [us], none later than ``at``.
    where : place of each event, below ``n``.
    some : events counted; all by default.
    """
    from graphsvc.kernels.fading_loops import faded

    wanted = [h for h in HALVES if h in halves]
    powers = np.array([HALVES.index(h) for h in wanted], dtype=np.int64)
    out = np.zeros((n, len(wanted)))
    weights, counted = _ONE if weight is None else weight, _ALL if some is None else some
    for low in range(0, len(time), BLOCK):
        rows = slice(low, low + BLOCK)
        fading = np.exp2((time[rows] - at) / (DAY * LONGEST))
        faded(fading, where[rows], weights[rows], counted[rows], powers, out)
    return {h: np.ascontiguousarray(out[:, i]) for i, h in enumerate(wanted)}


def newest(time: Ints, where: Ints | Index, n: int, some: Bools | None = None) -> Ints:
    """Time of the last event of each place, ``NEVER`` where there is none; ``time`` ascends [us]."""
    from graphsvc.kernels.fading_loops import mark_newest

    out = np.full(n, NEVER)
    mark_newest(time, where, _ALL if some is None else some, out)
    return out


def latest(time: Ints, at: int, where: Ints | Index, n: int, some: Bools | None = None) -> Floats:
    """Days since the last event of each place, infinite where there is none; ``time`` ascends."""
    last = newest(time, where, n, some)
    out: Floats = np.where(last == NEVER, np.inf, (at - last) / DAY)
    return out
