"""Compiled loops over tables of ties: where pairs are, and the rows of all ties after a few of these were made anew."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Bools, Index, Ints


@njit(cache=True, nogil=True)
def ascend(a: Index, b: Index) -> bool:
    """Do pairs ascend? Equal ones may follow each other."""
    falls = 0
    for i in range(1, len(a)):
        falls += (a[i] < a[i - 1]) | ((a[i] == a[i - 1]) & (b[i] < b[i - 1]))
    return falls == 0


@njit(cache=True, nogil=True)
def find_pairs(a: Index, b: Index, one: Index, two: Index) -> tuple[Ints, Bools]:
    """Where pairs (one, two) are or belong among ascending pairs (a, b), and whether they are there.

    From the place of the pair before, in steps that double, to where the pair must be: to look for all of many costs
    as little as walking along both.
    """
    at, there = np.empty(len(one), dtype=np.int64), np.empty(len(one), dtype=np.bool_)
    last = 0
    for k in range(len(one)):
        u, v = one[k], two[k]
        if k and (u < one[k - 1] or (u == one[k - 1] and v < two[k - 1])):
            last = 0
        low, step = last, 1
        while low + step <= len(a) and _before(a[low + step - 1], b[low + step - 1], u, v):
            low, step = low + step, 2 * step
        high = min(low + step, len(a))
        while low < high:
            middle = (low + high) // 2
            if _before(a[middle], b[middle], u, v):
                low = middle + 1
            else:
                high = middle
        last = at[k] = low
        there[k] = low < len(a) and a[low] == u and b[low] == v
    return at, there


@njit(cache=True, nogil=True, inline="always")
def _before(a: int, b: int, u: int, v: int) -> bool:
    return a < u or (a == u and b < v)


@njit(cache=True, nogil=True)
def splice(
    old: tuple[Ints, Ints],
    part: tuple[Ints, Ints],
    at: Ints,
    new: Bools,
    moved: tuple[int, Ints],
    out: tuple[Ints, Ints],
) -> None:
    """Rows of all ties and where those of each begin, those of some ties in place, written to ``out``.

    Parameters
    ----------
    old, part : the rows of the ties there were, and of some made anew, each with where those of a tie begin.
    at : the tie there was that each one replaces, or where it is ``new`` that it comes before.
    moved : the first row that is numbered otherwise now, and the numbers from there on.
    """
    (order, start), (theirs, begin), (first, numbers), (rows, bounds) = old, part, moved, out
    i = j = to = 0
    for k in range(len(at) + 1):
        stop = at[k] if k < len(at) else len(start) - 1
        for tie in range(i, stop):
            bounds[j] = to + start[tie] - start[i]
            j += 1
        for row in order[start[i] : start[stop]]:
            rows[to] = row if row < first else numbers[row - first]
            to += 1
        bounds[j] = to
        if k < len(at):
            for row in theirs[begin[k] : begin[k + 1]]:
                rows[to] = row
                to += 1
            j += 1
            i = stop if new[k] else stop + 1
