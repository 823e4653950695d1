"""Compiled loops over events in time order: decayed counts for several half-lives at once, and each place's newest."""

from __future__ import annotations

from numba import njit

from graphsvc.projection import Bools, Floats, Index, Ints


@njit(cache=True, nogil=True)
def faded(fading: Floats, where: Ints | Index, weight: Floats, some: Bools, powers: Ints, out: Floats) -> None:
    """Add to each place its events' weights, times powers of a decay.

    Parameters
    ----------
    fading : the longest decay of each event, 0 to 1; its 2^k-th power is that of a 2^k times shorter half-life.
    where : place of each event.
    weight : of each event; empty where all weigh 1.
    some : events counted; empty where all are.
    powers : which k, ascending.
    out : the counts so far, shape (places, powers), changed in place.
    """
    for i in range(len(fading)):
        if len(some) and not some[i]:
            continue
        w, k, place = fading[i], 0, where[i]
        scale = weight[i] if len(weight) else 1.0
        for j in range(len(powers)):
            while k < powers[j]:
                w *= w
                k += 1
            out[place, j] += w * scale


@njit(cache=True, nogil=True)
def mark_newest(time: Ints, where: Ints | Index, some: Bools, out: Ints) -> None:
    """Set each place to the time of its last event; ``time`` ascends, and ``some`` is as in :func:`faded`."""
    for i in range(len(time)):
        if not len(some) or some[i]:
            out[where[i]] = time[i]


@njit(cache=True, nogil=True)
def count_later(time: Ints, where: Ints | Index, some: Bools, since: Ints, out: Floats) -> None:
    """Count the events of each place that are later than a time of its own, among ``some``."""
    for i in range(len(time)):
        if some[i] and time[i] > since[where[i]]:
            out[where[i]] += 1.0
