"""Compiled loops over contacts: the days on which a pair had one and the gaps between, and who did what."""

from __future__ import annotations

import numpy as np
from numba import njit

from graphsvc.projection import DAY, Bools, Floats, Index, Ints

MANY = 48  # gaps of one pair above which they are sorted by merging


@njit(cache=True, nogil=True)
def active_days(pair: Ints, time: Ints, order: Ints) -> tuple[Bools, Ints, Floats, Ints]:
    """First contacts of a day, and the gaps between the active days of each pair.

    Parameters
    ----------
    pair, time : of contacts in time order; time in [us].
    order : places of the contacts looked at, by (pair, time).

    Returns
    -------
    Per contact whether it was its pair's first of that day; then, by (pair, days), the pair of each gap, the days
    between, and when the later day began to be [us].
    """
    seen, most = np.zeros(len(pair), dtype=np.bool_), len(order)
    owner, days, end = np.empty(most, np.int64), np.empty(most, np.float64), np.empty(most, np.int64)
    at = begin = 0
    last_pair, last_day = np.int64(-1), np.int64(0)
    for i in order:
        today = time[i] // DAY
        if pair[i] != last_pair:
            _by_days(days, end, begin, at)
            begin, last_pair, seen[i] = at, pair[i], True
        elif today != last_day:
            owner[at], days[at], end[at], seen[i] = last_pair, today - last_day, time[i], True
            at += 1
        last_day = today
    _by_days(days, end, begin, at)
    return seen, owner[:at].copy(), days[:at].copy(), end[:at].copy()


@njit(cache=True, nogil=True)
def _by_days(days: Floats, end: Ints, begin: int, stop: int) -> None:
    """Sort the gaps of one pair by their days, in place and stably."""
    if stop - begin > MANY:
        order = np.argsort(days[begin:stop], kind="mergesort")
        days[begin:stop], end[begin:stop] = days[begin:stop][order], end[begin:stop][order]
        return
    for i in range(begin + 1, stop):
        length, when, j = days[i], end[i], i
        while j > begin and days[j - 1] > length:
            days[j], end[j] = days[j - 1], end[j - 1]
            j -= 1
        days[j], end[j] = length, when


@njit(cache=True, nogil=True)
def took(time: Ints, number: Ints, actor: Index, target: Index, both: Bools) -> tuple[Ints, Index]:
    """Distinct (interaction, person), by interaction and person: when, and who.

    Parameters
    ----------
    time, number : of rows by interaction; rows of one interaction have one number.
    both : did the target of a row do something, too?
    """
    rows = len(time)
    count = rows + int(both.sum())
    when, who = np.empty(count, dtype=np.int64), np.empty(count, dtype=np.int32)
    at = begin = 0
    while begin < rows:
        stop, first = begin, at
        while stop < rows and number[stop] == number[begin]:
            who[at] = actor[stop]
            at += 1
            if both[stop]:
                who[at] = target[stop]
                at += 1
            stop += 1
        at = _distinct(who, first, at)
        when[first:at] = time[begin]
        begin = stop
    return when[:at], who[:at]


@njit(cache=True, nogil=True)
def _distinct(who: Index, begin: int, stop: int) -> int:
    """Sort a part in place, drop repeats, and give its new end."""
    if stop - begin == 2:
        if who[begin] > who[begin + 1]:
            who[begin], who[begin + 1] = who[begin + 1], who[begin]
    else:
        who[begin:stop].sort()
    at = begin
    for i in range(begin, stop):
        if i == begin or who[i] != who[at - 1]:
            who[at] = who[i]
            at += 1
    return at
