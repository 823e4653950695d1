"""Compiled loops over the graph of living ties: laid out in rows, renewed around a few people, and intersected."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Bools, Floats, Index, Ints


@njit(cache=True, nogil=True)
def rows_of(a: Index, b: Index, n: int) -> tuple[Ints, Index, Ints]:
    """Both directions of pairs that ascend, in rows: where each row begins, its neighbours by index, and the pair."""
    ptr = np.zeros(n + 1, dtype=np.int64)
    for i in range(len(a)):
        ptr[a[i] + 1] += 1
        ptr[b[i] + 1] += 1
    for v in range(n):
        ptr[v + 1] += ptr[v]
    at = ptr[:-1].copy()
    head, pair = np.empty(2 * len(a), dtype=np.int32), np.empty(2 * len(a), dtype=np.int64)
    for i in range(len(a)):  # smaller neighbours come first
        head[at[b[i]]], pair[at[b[i]]] = a[i], i
        at[b[i]] += 1
    for i in range(len(a)):
        head[at[a[i]]], pair[at[a[i]]] = b[i], i
        at[a[i]] += 1
    return ptr, head, pair


@njit(cache=True, nogil=True)
def around(
    old: tuple[Ints, Index, Floats], new: tuple[Ints, Index, Floats], back: Index, image: Index, anew: Bools
) -> tuple[Ints, Index, Floats]:
    """Rows in which all links of some nodes are those of ``new``, and the others those of ``old``.

    Parameters
    ----------
    old, new : where rows begin, neighbours (ascending in each row), and figures of each link, shape (links, k).
    back : of each node its number in ``old``, -1 where it was not there.
    image : of each node of ``old`` its number now, ascending.
    anew : the nodes whose links ``new`` has, all of them, in both directions.
    """
    n, width = len(back), old[2].shape[1]
    ptr = np.zeros(n + 1, dtype=np.int64)
    head = np.empty(len(old[1]) + len(new[1]), dtype=np.int32)
    figure = np.empty((len(head), width))
    k = 0
    for v in range(n):
        i, stop = (old[0][back[v]], old[0][back[v] + 1]) if back[v] >= 0 and not anew[v] else (0, 0)
        for j in range(new[0][v], new[0][v + 1]):
            while i < stop and image[old[1][i]] < new[1][j]:
                if not anew[image[old[1][i]]]:
                    head[k], figure[k] = image[old[1][i]], old[2][i]
                    k += 1
                i += 1
            head[k], figure[k] = new[1][j], new[2][j]
            k += 1
        while i < stop:
            if not anew[image[old[1][i]]]:
                head[k], figure[k] = image[old[1][i]], old[2][i]
                k += 1
            i += 1
        ptr[v + 1] = k
    return ptr, head[:k].copy(), figure[:k].copy()


@njit(cache=True, nogil=True)
def products(ptr: Ints, head: Index, root: Floats, one: Index, two: Index, order: Ints) -> Floats:
    """Sum over common neighbours of the product of both links' figures, for pairs of nodes; shape (pairs, k).

    Pairs come in ``order``, those of one larger node together: its links are marked once for all of them, and those of
    the smaller node are looked up among the marks.
    """
    out = np.zeros((len(one), root.shape[1]))
    owner, place = np.full(len(ptr) - 1, -1, dtype=np.int64), np.zeros(len(ptr) - 1, dtype=np.int64)
    last = -1
    for k in order:
        u, v = one[k], two[k]  # the larger, the smaller
        if u != last:
            for i in range(ptr[u], ptr[u + 1]):
                owner[head[i]], place[head[i]] = u, i
            last = u
        for i in range(ptr[v], ptr[v + 1]):
            if owner[head[i]] == u:
                for c in range(root.shape[1]):
                    out[k, c] += root[i, c] * root[place[head[i]], c]
    return out
