"""Compiled loop over ties: how many of a tie's gaps outlasted a silence, and how many of these ended soon."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Floats, Ints


@njit(cache=True, nogil=True)
def outlasting(
    start: Ints, days: Floats, rows: Ints, silent: Floats, until: Floats, longest: float
) -> tuple[Floats, Floats]:
    """Per tie the gaps longer than ``silent`` and at most ``until``, and those longer than ``silent``.

    Parameters
    ----------
    start, days : gaps in rows by tie, ascending [days]; ``longest`` stands for all that are longer.
    rows : the ties asked for; ``silent`` and ``until`` are theirs, at most ``longest``.
    """
    soon, longer = np.empty(len(rows)), np.empty(len(rows))
    for i in range(len(rows)):
        own = days[start[rows[i]] : start[rows[i] + 1]]
        short = len(own) if silent[i] >= longest else np.searchsorted(own, silent[i], side="right")
        ending = len(own) if until[i] >= longest else np.searchsorted(own, until[i], side="right")
        soon[i], longer[i] = ending - short, len(own) - short
    return soon, longer
