"""Joins of integer columns without a loop: the one relational step that array kernels share."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Ints

Rows = NDArray[np.int64]


def join(left: NDArray[np.integer], right: NDArray[np.integer]) -> tuple[Rows, Rows]:
    """All pairs of rows with equal keys, by ascending left row.

    Parameters
    ----------
    left : keys in any order.
    right : keys in ascending order.

    Examples
    --------
    >>> import numpy as np
    >>> [rows.tolist() for rows in join(np.array([7, 1, 7]), np.array([0, 7, 7]))]
    [[0, 0, 2, 2], [1, 2, 1, 2]]
    """
    low, high = np.searchsorted(right, left), np.searchsorted(right, left, side="right")
    count = high - low
    i = np.repeat(np.arange(len(left)), count)
    within = np.arange(int(count.sum())) - np.repeat(np.cumsum(count) - count, count)
    return i, np.repeat(low, count) + within


def lookup(keys: Ints, table: Ints) -> tuple[Rows, Bools]:
    """Place of each key in an ascending table without repeats, and whether it is there."""
    place = np.searchsorted(table, keys)
    inside = np.minimum(place, max(len(table) - 1, 0))
    found: Bools = (table[inside] == keys) if len(table) else np.zeros(len(keys), dtype=bool)
    return inside, found


def first_of_each(key: Ints) -> Bools:
    """Marks the first row of each run of equal keys."""
    out = np.ones(len(key), dtype=bool)
    out[1:] = key[1:] != key[:-1]
    return out


def distinct(key: Ints) -> Ints:
    """Each key once, ascending; by sorting, which for millions of keys is several times faster than hashing.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(key)
    return ordered[first_of_each(ordered)]
