"""Compiled loops that lay a graph out in rows: counting sort by node, then a sort inside each row."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Index, Ints


@njit(cache=True, nogil=True)
def group(rows: Index, n: int, order: Ints) -> tuple[Ints, Ints]:
    """Entries grouped by row, stable in the order they are given; gives (row pointers, entries)."""
    ptr = np.zeros(n + 1, dtype=np.int64)
    for e in order:
        ptr[rows[e] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    at, out = ptr[:-1].copy(), np.empty(len(order), dtype=np.int64)
    for e in order:
        v = rows[e]
        out[at[v]] = e
        at[v] += 1
    return ptr, out


@njit(cache=True, nogil=True)
def sort_rows(ptr: Ints, entries: Ints, key: Ints) -> None:
    """Sort each row's entries by key, in place; entries of equal keys stay in order."""
    for v in range(len(ptr) - 1):
        start, stop = ptr[v], ptr[v + 1]
        if stop - start > 24:
            row = entries[start:stop].copy()
            entries[start:stop] = row[np.argsort(key[row], kind="mergesort")]
            continue
        for i in range(start + 1, stop):
            entry, j = entries[i], i - 1
            while j >= start and key[entries[j]] > key[entry]:
                entries[j + 1] = entries[j]
                j -= 1
            entries[j + 1] = entry
