"""Compiled loops of :mod:`graphsvc.kernels.brokers`: structural holes and open triads, one vertex after the other.

A graph comes as neighbours in compressed rows: those of vertex i are ``other[start[i]:start[i + 1]]``. The work is the
sum of squared degrees, memory one number per vertex.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import Floats, Index, Ints


@njit(cache=True, nogil=True)
def holes(start: Ints, other: Index, weight: Floats) -> tuple[Floats, Floats]:
    """Constraint and effective size of each vertex; NaN for those without an edge of positive weight."""
    n = len(start) - 1
    total, most = np.zeros(n), np.zeros(n)
    for i in range(n):
        for e in range(start[i], start[i + 1]):
            total[i] += weight[e]
            most[i] = max(most[i], weight[e])
    constraint, size = np.full(n, np.nan), np.full(n, np.nan)
    near = np.full(n, -1, np.int64)  # near[j] == i: j is a neighbour of i
    invested = np.zeros(n)  # of i in j, directly and through others
    for i in range(n):
        if total[i] <= 0.0:
            continue
        count = 0
        for e in range(start[i], start[i + 1]):
            if weight[e] > 0.0:
                near[other[e]] = i
                invested[other[e]] = weight[e] / total[i]
                count += 1
        redundant = 0.0
        for e in range(start[i], start[i + 1]):
            q = other[e]
            if weight[e] <= 0.0:
                continue
            share = weight[e] / total[i]
            for f in range(start[q], start[q + 1]):
                if near[other[f]] == i and other[f] != i and weight[f] > 0.0:
                    invested[other[f]] += share * weight[f] / total[q]
                    redundant += share * weight[f] / most[other[f]]
        squares = 0.0
        for e in range(start[i], start[i + 1]):
            if weight[e] > 0.0:
                squares += invested[other[e]] ** 2
        constraint[i], size[i] = squares, count - redundant
    return constraint, size


@njit(cache=True, nogil=True)
def triads(start: Ints, other: Index, group: Index, groups: int) -> Ints:
    """Open triads a - v - b by role of v, shape (n, 4): coordinator, consultant, gatekeeper, liaison.

    Neighbours of unknown group (-1) are left out; a vertex of unknown group is of a group of its own.
    """
    n = len(start) - 1
    out = np.zeros((n, 4), np.int64)
    near = np.full(n, -1, np.int64)
    count = np.zeros(groups, np.int64)
    for v in range(n):
        own = 0
        known = 0
        for e in range(start[v], start[v + 1]):
            g = group[other[e]]
            if g >= 0:
                near[other[e]] = v
                known += 1
                if g == group[v]:
                    own += 1
                else:
                    count[g] += 1
        alike = 0
        for e in range(start[v], start[v + 1]):
            g = group[other[e]]
            if g >= 0 and count[g] > 0:
                alike += count[g] * (count[g] - 1) // 2
                count[g] = 0
        strange = known - own
        out[v, 0] = own * (own - 1) // 2
        out[v, 1] = alike
        out[v, 2] = own * strange
        out[v, 3] = strange * (strange - 1) // 2 - alike
        for e in range(start[v], start[v + 1]):
            a = other[e]
            if group[a] < 0:
                continue
            for f in range(start[a], start[a + 1]):
                b = other[f]
                if b > a and near[b] == v:
                    out[v, role_of(group[v], group[a], group[b])] -= 1
    return out


@njit(cache=True, nogil=True)
def role_of(own: int, a: int, b: int) -> int:
    """Which role the middle of a triad a - v - b plays."""
    if own == a and own == b:
        return 0
    if a == b:
        return 1
    return 2 if own in (a, b) else 3
