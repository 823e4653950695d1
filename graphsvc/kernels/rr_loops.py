"""Compiled loops of :mod:`graphsvc.kernels.rr_sets`: reverse-reachable sets, their inverse index, coverage.

Every set draws from a generator of its own (SplitMix64 from the seed and the number of the set), so that set 17 is the
same whoever makes it and whatever was made before. Edges into a node are not tried one by one: the next one that lives
is jumped to (a geometric step at the largest probability into the node, accepted in proportion), as in SUBSIM.

References
----------
Borgs, C., Brautbar, M., Chayes, J. & Lucier, B. (2014). Maximizing social influence in nearly optimal time. SODA.
Guo, Q., Wang, S., Wei, Z. & Chen, M. (2020). Influence maximization revisited: efficient reverse reachable set
generation with bound tightened. SIGMOD, 2167-2181.
Steele, G. L., Lea, D. & Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA (SplitMix64).
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit
from numpy.typing import NDArray

from graphsvc.projection import Bools, Floats, Index, Ints

_STEP = np.uint64(0x9E3779B97F4A7C15)
_FAR = np.uint64(0xD1342543DE82EF95)
_M1, _M2 = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_S30, _S27, _S31, _S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)


@njit(cache=True, nogil=True)
def _mixed(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> _S30)) * _M1
    z = (z ^ (z >> _S27)) * _M2
    return z ^ (z >> _S31)


@njit(cache=True, nogil=True)
def _unit(z: np.uint64) -> float:
    """A number in (0, 1) of 64 random bits."""
    return (float(_mixed(z) >> _S11) + 0.5) * 2.0**-53


@njit(cache=True, nogil=True)
def reverse_sets(
    graph: tuple[Floats, Index, Floats, Floats],
    roots: Index,
    seed: int,
    span: tuple[int, int, int],
    mark: Index,
) -> tuple[Ints, Index]:
    """Reverse-reachable sets number ``first`` to at most ``last`` (not included) of ``span`` = (first, last, most).

    Parameters
    ----------
    graph : ``node`` float64 (n, 4), two nodes to a cache line: where the edges into a node begin and end, the
        probability that none of them lives at the largest probability among them, and 1 / log(1 - largest); ``src``
        int32 (m,); and only where edges into one node differ, ``probability`` float64 (m,) and the largest (n,).
    roots : whom a set may start from, each alike, not empty.
    span : no further set is begun once ``most`` members are held.
    mark : int32 (n,), below ``first`` everywhere in its count of sets + 1; holds the set that last visited a node.

    Returns
    -------
    ``offset`` int64 (sets + 1,) and ``member`` int32: set i is ``member[offset[i]:offset[i + 1]]``, its root first.
    """
    node, src, probability, top = graph
    first, last, most = span
    mixed = len(probability) > 0
    offset = np.zeros(last - first + 1, dtype=np.int64)
    member = np.empty(1 << 16, dtype=np.int32)
    used, done = 0, 0
    for number in range(first, last):
        if used >= most:
            break
        state = _mixed(np.uint64(seed) * _FAR + np.uint64(number) * _STEP)
        state += _STEP
        root = roots[int(_unit(state) * len(roots))]
        mark[root] = number + 1
        if used == len(member):
            member = _doubled(member)
        member[used] = root
        at, used = used, used + 1
        while at < used:
            here = member[at]
            row = node[here]
            at += 1
            edge, end = int(row[0]) - 1, int(row[1])
            if edge + 1 == end:
                continue
            state += _STEP
            draw = _unit(state)
            if draw <= row[2]:
                continue
            while True:
                jump = math.log(draw) * row[3]
                if jump >= end - edge - 1:
                    break
                edge += 1 + int(jump)
                state += _STEP
                draw = _unit(state)
                other = src[edge]
                if mark[other] == number + 1:
                    continue
                if mixed and probability[edge] < top[here]:
                    state += _STEP
                    if _unit(state) * top[here] >= probability[edge]:
                        continue
                mark[other] = number + 1
                if used == len(member):
                    member = _doubled(member)
                member[used] = other
                used += 1
        done += 1
        offset[done] = used
    return offset[: done + 1].copy(), member[:used].copy()


@njit(cache=True, nogil=True)
def _doubled(member: Index) -> Index:
    out = np.empty(2 * len(member), dtype=np.int32)
    out[: len(member)] = member
    return out


@njit(cache=True, nogil=True)
def inverse(n: int, offset: Ints, member: Index) -> tuple[Ints, Index]:
    """Sets of each node: ``ptr`` int64 (n + 1,) and set numbers int32, ascending within a node."""
    ptr = np.zeros(n + 1, dtype=np.int64)
    for node in member:
        ptr[node + 1] += 1
    for node in range(n):
        ptr[node + 1] += ptr[node]
    place, sets = ptr[:-1].copy(), np.empty(len(member), dtype=np.int32)
    for number in range(len(offset) - 1):
        for i in range(offset[number], offset[number + 1]):
            node = member[i]
            sets[place[node]] = number
            place[node] += 1
    return ptr, sets


@njit(cache=True, nogil=True)
def cover(
    nodes: Index, sets: tuple[Ints, Index], index: tuple[Ints, Index], covered: Bools, gain: Ints
) -> NDArray[np.int64]:
    """Mark the sets of each of ``nodes`` in turn as covered and take them off everybody's ``gain``.

    Returns
    -------
    int64, shape (len(nodes),): how many sets each newly covered.
    """
    offset, member = sets
    ptr, of = index
    out = np.zeros(len(nodes), dtype=np.int64)
    for k in range(len(nodes)):
        for j in range(ptr[nodes[k]], ptr[nodes[k] + 1]):
            number = of[j]
            if covered[number]:
                continue
            covered[number] = True
            out[k] += 1
            for i in range(offset[number], offset[number + 1]):
                gain[member[i]] -= 1
    return out


@njit(cache=True, nogil=True)
def first_hits(place: Index, offset: Ints, member: Index) -> Index:
    """Per set: the smallest ``place`` of its members, which is int32 (n,), large where a node has none."""
    out = np.full(len(offset) - 1, np.iinfo(np.int32).max, dtype=np.int32)
    for number in range(len(offset) - 1):
        for i in range(offset[number], offset[number + 1]):
            if place[member[i]] < out[number]:
                out[number] = place[member[i]]
    return out
