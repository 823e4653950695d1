"""Silences: is a pause between two groups longer than their own rhythm lets one expect?

The chance that a pause lasts this long is the posterior mean of a Dirichlet process: the pair's own latest twenty
pauses, and twenty more that are spread as pauses of all pairs were around the mean of what each pair had done before
(Kaplan-Meier, since the present pauses are not over). So a quarterly pair is not silent after a month, a weekly one is,
and of a pair that met three times little is claimed.

References
----------
Ferguson, T. S. (1973). A Bayesian analysis of some nonparametric problems. Annals of Statistics 1(2), 209-230.
Kaplan, E. L. & Meier, P. (1958). Nonparametric estimation from incomplete observations. JASA 53, 457-481.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.projection import DAY, Bools, Floats, Index, Ints

RECENT = 20  # pauses that make a pair's rhythm: its latest ones
ENOUGH = 3  # pauses below which a pair has no rhythm
PSEUDO = 20.0  # pauses' worth of what all pairs do; with 5, pauses "of 1 in 100" came 5 times in 100
POOLED = 100  # ended pauses of all pairs below which nothing is learnt from them
SIZES = (ENOUGH, 6, 12)  # pairs with about as many pauses are pooled: few pauses make an uncertain mean


@dataclass(frozen=True)
class Rhythms:
    """Days of contact of pairs of groups, by (a, b); pauses in time order, those of pair i ``start[i]:start[i + 1]``.

    Attributes
    ----------
    a, b : groups, a < b.
    days : days with a contact.
    first, last : time of the first and of the last contact [us].
    pause : between one day of contact and the next [days].
    lately : days with a contact, each half as much per 90 days of age.
    """

    a: Index
    b: Index
    days: Ints
    first: Ints
    last: Ints
    pause: Floats
    start: Ints
    lately: Floats

    def __len__(self) -> int:
        return len(self.a)


def rhythms(time: Ints, one: Index, two: Index, as_of: int) -> Rhythms:
    """Rhythm of each pair of groups.

    Parameters
    ----------
    time : of each contact [us], in any order; later than ``as_of`` it does not count.
    one, two : the groups it was between, in any order; a contact inside a group, or with -1, does not count.
    """
    keep = (one != two) & (one >= 0) & (two >= 0) & (time <= as_of)
    low, high, time = np.minimum(one, two)[keep], np.maximum(one, two)[keep], time[keep]
    order = np.lexsort((time, high, low))
    low, high, time = low[order], high[order], time[order]
    new = _new(low, high)
    day = new | _new(low, high, time // DAY)
    first = np.flatnonzero(new)
    pair = (np.cumsum(new) - 1)[day]
    began = time[day]
    inner = pair[1:] == pair[:-1]
    pauses = np.bincount(pair[1:][inner], minlength=len(first))
    return Rhythms(
        a=low[first].astype(np.int32),
        b=high[first].astype(np.int32),
        days=np.bincount(pair, minlength=len(first)).astype(np.int64),
        first=time[first],
        last=time[np.append(first[1:], len(time)) - 1] if len(first) else time,
        pause=(np.diff(began) / DAY)[inner],
        start=np.concatenate([[0], np.cumsum(pauses)]).astype(np.int64),
        lately=np.bincount(pair, np.exp2((began - as_of) / (90.0 * DAY)), len(first)).astype(np.float64),
    )


def chance(r: Rhythms, as_of: int, length: Floats | None = None) -> Floats:
    """P(a pause lasts at least so long | the pair's pauses); NaN below three pauses.

    Parameters
    ----------
    length : of a pause of each pair [days]; default: the present one, since the last contact.

    Returns
    -------
    float64, shape (pairs,), in (0, 1].
    """
    present = (as_of - r.last) / DAY
    silent = present if length is None else length
    count = np.diff(r.start)
    recent = np.minimum(count, RECENT)
    total = np.concatenate([[0.0], np.cumsum(r.pause)])
    mean = (total[r.start[1:]] - total[r.start[1:] - recent]) / np.maximum(recent, 1)
    longer = _longer(r, recent, silent)
    scale = np.divide(1.0, mean, out=np.zeros(len(r)), where=mean > 0)
    base = _expected(r, count, present * scale, silent * scale)
    out: Floats = (PSEUDO * base + longer) / (PSEUDO + recent)
    return np.where(count >= ENOUGH, out, np.nan)


def survival(length: Floats, ended: Bools, at: Floats) -> Floats:
    """Kaplan-Meier estimate of P(length >= at); where nothing is known so far out, half a case is.

    Examples
    --------
    >>> survival(np.array([1.0, 2.0, 3.0, 4.0]), np.array([True, True, False, True]), np.array([1.0, 2.0, 4.0]))
    array([1.  , 0.75, 0.5 ])
    """
    order = np.lexsort((~ended, length))
    length, ended = length[order], ended[order]
    at_risk = np.arange(len(length), 0, -1)
    alive = np.concatenate([[1.0], np.cumprod(1.0 - ended / at_risk)])
    least = 0.5 / (len(length) + 1)
    out: Floats = np.maximum(alive[np.searchsorted(length, at)], least)
    return out


def _longer(r: Rhythms, recent: Ints, silent: Floats) -> Floats:
    """How many of each pair's latest pauses were at least as long as the present one."""
    pair = np.repeat(np.arange(len(r)), np.diff(r.start))
    place = np.arange(len(r.pause))
    kept = place >= (r.start[1:] - recent)[pair]
    return np.bincount(pair, kept & (r.pause >= silent[pair]), len(r)).astype(np.float64)


def _expected(r: Rhythms, count: Ints, now: Floats, ratio: Floats) -> Floats:
    """P(pause / mean of the pauses before >= ratio), learnt from all pairs with about as many pauses.

    ``now`` are the ratios of the present pauses, which are not over.
    """
    before, times = _ratios(r)
    out = np.ones(len(r))
    for size, limit in zip(SIZES, (*SIZES[1:], np.iinfo(np.int64).max), strict=True):
        mine = (count >= size) & (count < limit)
        past = (before >= size) & (before < limit)
        if int(past.sum()) >= POOLED:
            length = np.concatenate([times[past], now[mine & (now > 0)]])
            ended = np.arange(len(length)) < int(past.sum())
            out[mine] = survival(length, ended, ratio[mine])
        else:  # contact at random times, its rate as uncertain as so few pauses leave it
            n = np.minimum(count[mine], RECENT)
            out[mine] = (1.0 + ratio[mine] / n) ** -n.astype(np.float64)
    return out


def _ratios(r: Rhythms) -> tuple[Ints, Floats]:
    """Of each ended pause: how many the pair had before, and its length over the mean of the latest of these."""
    pair = np.repeat(np.arange(len(r)), np.diff(r.start))
    place = np.arange(len(r.pause))
    before = place - r.start[:-1][pair]
    some = np.flatnonzero(before >= ENOUGH)
    recent = np.minimum(before[some], RECENT)
    total = np.concatenate([[0.0], np.cumsum(r.pause)])
    mean = (total[some] - total[some - recent]) / recent
    known = mean > 0
    return before[some][known], r.pause[some][known] / mean[known]


def _new(*columns: Ints | Index) -> Bools:
    """Where a new combination begins in columns sorted by them."""
    out = np.ones(len(columns[0]), dtype=bool)
    out[1:] = False
    for c in columns:
        out[1:] |= c[1:] != c[:-1]
    return out
