"""Compiled loop behind :mod:`graphsvc.kernels.excess`; imported only there, where it is needed.

A *work* is three arrays: when each entity took the current work up, whether as an author, and who its authors are; a
*sum* has four rows, each per entity: credit, its square, credit of peers, and whether the entity occurs.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from graphsvc.projection import Bools, Floats, Ints

NEVER = np.iinfo(np.int64).min  # the same as an adoption without a date: nobody learns by it
Work = tuple[Ints, Bools, Ints]
Learnt = tuple[Ints, Ints, Ints, Ints, Ints]  # first row per entity; of whom, since, until, relation
Law = tuple[Floats, float, float]  # scale by relation [days], tail, microseconds of a day


@njit(cache=True, nogil=True)
def _log_density(delay: float, scale: float, tail: float) -> float:
    if tail == 0.0:
        return -delay / scale - math.log(scale)
    return -(1.0 / tail + 1.0) * math.log1p(tail * delay / scale) - math.log(scale)


@njit(cache=True, nogil=True)
def _shares(r: int, at: int, learnt: Learnt, work: Work, law: Law, out: tuple[Ints, Floats, Bools]) -> int:
    """Whom ``r`` would have learned from at a moment, in what parts, and whether it knew them; gives how many."""
    first, of, since, until, relation = learnt
    when, authored, authors = work
    scale, tail, per_day = law
    source, part, knew = out
    count = 0
    for a in authors:
        source[count], knew[count] = a, False
        part[count] = _log_density(max(0.0, (at - when[a]) / per_day), scale[0], tail)
        count += 1
    for k in range(first[r], first[r + 1]):
        u = of[k]
        if when[u] == NEVER or since[k] > at:
            continue
        if authored[u]:
            for i in range(len(authors)):
                knew[i] = knew[i] or source[i] == u
        elif when[u] < at and at < until[k] and (count == len(authors) or source[count - 1] != u):
            source[count], knew[count] = u, True
            part[count] = _log_density((at - when[u]) / per_day, scale[relation[k]], tail)
            count += 1
    if count > 0:
        weight = np.exp(part[:count] - part[:count].max())
        part[:count] = weight / weight.sum()
    return count


@njit(cache=True, nogil=True)
def _like(v: int, at: int, work: Work, group: tuple[Ints, int, int], risk: Ints, state: Ints) -> int:
    """Fills ``risk`` with those of the group, ``v`` apart, who might have adopted at the moment; gives how many."""
    when, authored, _ = work
    people, start, stop = group
    size, most = 0, len(risk)
    for k in range(min(stop - start, most)):
        r = people[start + k]
        if stop - start > most:  # a sample
            state[0] = (state[0] * 25214903917 + 11) & 281474976710655
            r = people[start + (state[0] >> 17) % (stop - start)]
        if r != v and not authored[r] and (when[r] == NEVER or when[r] >= at):
            risk[size] = r
            size += 1
    return size


@njit(cache=True, nogil=True)
def _add(
    count: int, share: float, found: tuple[Ints, Floats, Bools], authored: Bools, total: Floats, touched: Ints
) -> None:
    """Add one person's parts to the sums of the moment; ``touched`` lists the entities, its last entry how many."""
    source, part, knew = found
    for k in range(count):
        u = source[k]
        if total[3, u] == 0.0:
            total[3, u] = 1.0
            touched[touched[-1]] = u
            touched[-1] += 1
        if not authored[u]:
            total[2, u] += share * part[k]
        if knew[k]:
            total[0, u] += share * part[k]
            total[1, u] += share * part[k] ** 2


@njit(cache=True, nogil=True)
def _settle(weight: float, total: Floats, touched: Ints, per_entity: Floats) -> None:
    """Add the moment's sums to those of all moments, and clear them."""
    for k in range(touched[-1]):
        u = touched[k]
        per_entity[0, u] += weight * total[2, u]
        per_entity[2, u] += total[0, u]
        per_entity[3, u] += max(0.0, total[1, u] - total[0, u] ** 2)
        total[:, u] = 0.0
    touched[-1] = 0


@njit(cache=True, nogil=True)
def compare(
    events: tuple[Ints, Ints, Ints, Bools, Floats],
    blocks: Ints,
    members: tuple[Ints, Ints, Ints],
    learnt: Learnt,
    law: Law,
    limits: tuple[int, int, int],
) -> tuple[Floats, Floats]:
    """Per entity: peer credit expected, known credit, that expected and its variance; per event: exposed, likewise.

    ``events`` are entity, time, group, author and weight, in blocks of one work that begin at ``blocks``; ``members``
    are the people of each group: first row, people, and the place of each entity (-1: in no list).
    """
    entity, time, group, author, weight = events
    begin, people, place = members
    n, most, seed = limits
    when, authored = np.full(n, NEVER), np.zeros(n, dtype=np.bool_)
    per_entity, per_event, total = np.zeros((4, n)), np.zeros((3, len(entity))), np.zeros((4, n))
    room = int(np.diff(learnt[0]).max()) + int(np.diff(blocks).max()) + 1
    found = (np.zeros(room, dtype=np.int64), np.zeros(room), np.zeros(room, dtype=np.bool_))
    touched, risk, state = np.zeros(n + 1, dtype=np.int64), np.zeros(most, dtype=np.int64), np.array([seed])
    for b in range(len(blocks) - 1):
        low, high = blocks[b], blocks[b + 1]
        when[entity[low:high]] = time[low:high]
        authored[entity[low:high]] = author[low:high]
        work = (when, authored, entity[low:high][author[low:high]])
        for e in range(low, high):
            v, at = entity[e], time[e]
            if author[e] or at == NEVER:
                continue
            size = 0
            if place[v] >= 0:
                size = _like(v, at, work, (people, begin[group[e]], begin[group[e] + 1]), risk, state)
            for i in range(-1, size):
                count = _shares(v if i < 0 else risk[i], at, learnt, work, law, found)
                exposed = 1.0 if count > len(work[2]) else 0.0
                per_event[1, e] += exposed / (size + 1.0)
                if i < 0:
                    per_event[0, e] = exposed
                    for k in range(count):
                        per_entity[1, found[0][k]] += found[1][k] if found[2][k] else 0.0
                _add(count, 1.0 / (size + 1.0), found, authored, total, touched)
            per_event[2, e] = per_event[1, e] * (1.0 - per_event[1, e])
            _settle(weight[e], total, touched, per_entity)
        when[entity[low:high]] = NEVER
        authored[entity[low:high]] = False
    return per_entity, per_event
