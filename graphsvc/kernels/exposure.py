"""Adoptions still to come: who is at risk of taking up which work, and how likely within a horizon.

A pair (follower, work) is at risk when the follower has not adopted the work and somebody it could learn from, or
somebody of its own group, has (in very large graphs only the former). A discrete-time logistic hazard on what the
pair has seen so far is fitted on past reference dates, whose outcome is known, and applied today.

References
----------
Valente, T. W. (1996). Social network thresholds in the diffusion of innovations. Social Networks 18(1), 69-89.
Allison, P. D. (1982). Discrete-time methods for the analysis of event histories. Sociological Methodology 13, 61-98.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.credit import UNDATED, Adoptions, Sources
from graphsvc.kernels.joins import Rows, join, lookup
from graphsvc.kernels.logistic import Penalty, fit_logistic
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.projection import DAY, Bools, Floats, Index, Ints

FEATURES = ("sources", "saturation", "momentum", "habit")
MIN_ADOPTIONS = 20  # labels of each kind needed before the hazard is fitted
RIDGE = 1.0  # pull of slopes towards 0, per standard deviation
MAX_PAIRS = 5_000_000  # beyond it, only what a follower's own sources have puts it at risk
TICKS = 3  # of the calendar of adoption dates, the shortest horizon


@dataclass(frozen=True)
class AtRisk:
    """Pairs of a follower and a work it has not adopted at a reference time, and what it had seen by then.

    ``x``: float64, shape (pairs, len(FEATURES)): log of the number of own sources that have the work, share of the
    group that has it, share of the group that took it up in the last horizon, log of the works the follower took up
    before. More of each should make adoption likelier, so that no slope is allowed below 0.
    """

    follower: Index
    work: Index
    x: Floats

    def __len__(self) -> int:
        return len(self.follower)


def horizon_days(events: Adoptions, wanted: float) -> float:
    """The horizon, but at least three ticks of the calendar of adoption dates (years, in a survey) [days]."""
    dates = np.unique(events.time[~events.author & (events.time != UNDATED)])
    tick = float(np.diff(dates).min()) / DAY if len(dates) > 1 else 0.0
    return max(wanted, TICKS * tick)


def at_risk(events: Adoptions, known: Sources, group: Index | Ints, at: int, horizon: float) -> AtRisk:
    """The pairs at risk at a moment and their features, from events up to that moment only.

    Parameters
    ----------
    group : group of each entity (organization or community).
    at : reference time [us].
    horizon : [days]; also the time scale of the features.
    """
    n = len(group)
    past = np.flatnonzero((events.time <= at) | events.author)
    now = (known.since <= at) & (at < known.until)
    who, of = known.who[now], known.of[now]
    has = np.sort(pair_key(events.entity[past], events.work[past], n))
    seen = _seen(events, past, who, of, n)
    mates = _group_works(events, past, group, np.unique(who), n)
    pairs = np.unique(np.concatenate([seen, mates]))
    pairs = pairs[~lookup(pairs, has)[1]]
    follower, work = split_key(pairs, n)
    place, found = lookup(seen, pairs)
    sources = np.bincount(place[found], minlength=len(pairs))
    recent = past[events.time[past] > at - int(horizon * DAY)]
    size = np.bincount(group, minlength=n)[group[follower]]
    columns = [
        np.log1p(sources),
        _counts(group[events.entity[past]], events.work[past], group[follower], work, n) / size,
        _counts(group[events.entity[recent]], events.work[recent], group[follower], work, n) / size,
        np.log1p(np.bincount(events.entity[past[~events.author[past]]], minlength=n)[follower]),
    ]
    return AtRisk(follower, work, np.column_stack(columns))


def outcome(events: Adoptions, rows: AtRisk, at: int, horizon: float, n: int) -> Bools:
    """Per pair at risk: did the follower adopt the work within the horizon after the reference?"""
    inside = ~events.author & (events.time > at) & (events.time <= at + int(horizon * DAY))
    took = np.sort(pair_key(events.entity[inside], events.work[inside], n))
    return lookup(pair_key(rows.follower, rows.work, n), took)[1]


def fit_hazard(x: Floats, y: Bools, reference: Ints) -> Floats:
    """Intercept and slopes of the hazard, slopes >= 0.

    Adoption comes in waves, so that base rates differ between references: slopes are fitted with an intercept of
    each reference, and one intercept then reproduces the overall rate. Both outcomes must occur.
    """
    from scipy.optimize import brentq

    waves = (reference[:, None] == np.unique(reference)[None, 1:]).astype(np.float64)
    signs = np.repeat(np.array([1, 0], dtype=np.int8), [x.shape[1], waves.shape[1]])
    fitted = fit_logistic(np.hstack([x, waves]), y.astype(np.float64), np.ones(len(y)), Penalty(signs, RIDGE))
    slopes = fitted.coefficients[: x.shape[1]]
    z = x @ slopes

    def excess(intercept: float) -> float:
        return float(sigmoid(intercept + z).sum() - y.sum())

    intercept = brentq(excess, -50.0 - z.max(), 50.0 - z.min(), xtol=1e-12)
    return np.concatenate([[float(intercept)], slopes])


def probability(beta: Floats, x: Floats) -> Floats:
    """Probability of adoption within the horizon by intercept and slopes ``beta``."""
    return sigmoid(beta[0] + x @ beta[1:])


def _seen(events: Adoptions, past: Rows, who: Index, of: Index, n: int) -> Ints:
    """(follower, work) keys, one per source that has the work."""
    by_entity = past[np.argsort(events.entity[past], kind="stable")]
    i, j = join(of, events.entity[by_entity])
    rows = by_entity[j]
    key = pair_key(who[i], events.work[rows], n)
    once: Ints = np.unique(np.column_stack([key, rows]), axis=0)[:, 0]  # followed and tied: one source
    return once


def _group_works(events: Adoptions, past: Rows, group: Index | Ints, followers: Index, n: int) -> Ints:
    """(follower, work) keys of works that somebody of the follower's group has; none where that would be too many."""
    groups, works = split_key(np.unique(pair_key(group[events.entity[past]], events.work[past], n)), n)
    if (np.bincount(groups, minlength=n) * np.bincount(group[followers], minlength=n)).sum() > MAX_PAIRS:
        return np.zeros(0, dtype=np.int64)
    i, j = join(group[followers], groups)
    return pair_key(followers[i], works[j], n)


def _counts(group: Ints | Index, work: Index, of_group: Ints | Index, of_work: Index, n: int) -> Floats:
    """How many events each wanted (group, work) has."""
    keys, count = np.unique(pair_key(group, work, n), return_counts=True)
    place, found = lookup(pair_key(of_group, of_work, n), keys)
    out = np.zeros(len(of_work))
    out[found] = count[place[found]]
    return out
