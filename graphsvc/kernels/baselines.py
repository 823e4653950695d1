"""Public formulas for the health of a tie, as figures per row of a :class:`~graphsvc.kernels.features.Moment`.

They are what a fitted model must beat. Each ranks by its own figure; none is fitted but the half-life and BG/NBD.

References
----------
Breadbox: 30 recency + 25 frequency in 90 days + 15 two-way + 15 depth (meeting over mail) + 15 seniority.
Pega Sales Automation Implementation Guide 8.6, "Configuring relationship intelligence": mails, meetings and phone
calls of the last 90 days, each kind with a weight from 0 to 10 set by an administrator; no default is published.
Fader, Hardie & Lee (2005): see :mod:`graphsvc.kernels.bgnbd`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.bgnbd import BgNbd, Histories, fit_bgnbd
from graphsvc.kernels.contacts import Contacts
from graphsvc.kernels.fading import HALVES
from graphsvc.kernels.features import Moment
from graphsvc.kernels.metrics import auc
from graphsvc.model import Level
from graphsvc.projection import DAY, Bools, Floats, Ints, Projection

DAYS = 90.0  # the window of the formulas that have one
WEEK = 7.0  # [days]
FEW = 20.0  # contacts in 90 days that give full points of frequency
PEGA_KINDS = frozenset({"mail", "reply", "meeting", "visit", "call"})
FIT_ON = 20_000  # histories BG/NBD is fitted on: four parameters do not need more
LOOK_BACK = 9  # past dates by which the half-life is chosen


def recency(m: Moment) -> Floats:
    """Days since the last contact, negative."""
    out: Floats = -m.since
    return out


def frequency(m: Moment) -> Floats:
    """Contacts of the last 90 days."""
    return _recent(m, np.ones(m.cut, dtype=bool))


def half_life(m: Moment, days: float = DAYS) -> Floats:
    """Contacts, each counting half as much for every ``days`` of its age."""
    age = (m.at - m.c.time[: m.cut]) / DAY
    out: Floats = np.bincount(m.c.pair[: m.cut], np.exp2(-age / days), len(m.c.a)).astype(np.float64)[m.rows]
    return out


def breadbox(p: Projection, m: Moment) -> Floats:
    """Points 0-100; what is not recorded (a level, meetings) gives none."""
    by_a, by_b = m.c.by_a[: m.cut], m.c.by_b[: m.cut]
    count, one, two = frequency(m), _recent(m, by_a), _recent(m, by_b)
    two_way = np.minimum(one, two) / np.maximum(np.maximum(one, two), 1.0)
    meetings = _recent(m, by_a & by_b) / np.maximum(count, 1.0)  # both act in meetings, calls and visits
    a, b = m.c.a[m.rows], m.c.b[m.rows]
    senior = np.maximum(0, np.maximum(p.entities.level[a], p.entities.level[b])) / float(max(Level))
    near = np.maximum(0.0, 1.0 - m.since / DAYS)
    out: Floats = 30 * near + 25 * np.minimum(1.0, count / FEW) + 15 * (two_way + meetings + senior)
    return out


def pega(p: Projection, m: Moment) -> Floats:
    """Mails, meetings and calls of the last 90 days with equal weights; a contact of no stated kind is a mail."""
    table = np.array([word in PEGA_KINDS for word in p.words] + [True])  # the last one serves code -1
    return _recent(m, table[p.interactions.kind[m.c.source[: m.cut]]])


def _recent(m: Moment, which: Bools) -> Floats:
    """Contacts of the last 90 days among ``which``, per row."""
    some = np.flatnonzero(which & (m.c.time[: m.cut] > m.at - DAYS * DAY))
    out: Floats = np.bincount(m.c.pair[some], minlength=len(m.c.a)).astype(np.float64)[m.rows]
    return out


def decayed(m: Moment) -> Floats:
    """Decayed contacts for every half-life of ``HALVES``, shape (rows, half-lives)."""
    return np.column_stack([m.decayed[h] for h in HALVES])


def best_half_life(parts: Sequence[tuple[int, Floats, Floats]], at: int, horizon: int) -> int:
    """Which of ``HALVES`` ranked best at the last dates whose outcomes were known at ``at``.

    Parameters
    ----------
    parts : per date, ascending: date [us], decayed contacts (rows, half-lives), outcomes (rows,).
    at, horizon : the date and the length of the outcome window [us].

    Returns
    -------
    The half-life of most mean AUC, dates weighted by rows; that of 112 days while none is known.
    """
    total = np.zeros(len(HALVES))
    for _, x, y in [p for p in parts if p[0] + horizon <= at][-LOOK_BACK:]:
        found = np.array([auc(y, column) for column in x.T])
        total += len(y) * np.nan_to_num(found, nan=0.5)
    return int(total.argmax()) if total.any() else HALVES.index(112.0)


@dataclass(frozen=True)
class Visits:
    """Distinct (pair, day) on which an act that counts happened, after the day of the pair's first contact.

    The first contact opens a history, as a first purchase does, whoever made it; days, since acts come in bursts.
    """

    first: Ints  # per pair [us]
    pair: Ints
    time: Ints

    def histories(self, at: int, pairs: Ints) -> Histories:
        """What BG/NBD knows of some pairs at a date, in weeks."""
        known = self.time <= at
        pair, time = self.pair[known], self.time[known]
        count = np.bincount(pair, minlength=len(self.first)).astype(np.float64)
        last = self.first.copy()
        last[pair] = time  # time ascends: the newest stays
        unit = WEEK * DAY
        return Histories(count[pairs], (last - self.first)[pairs] / unit, (at - self.first)[pairs] / unit)


def visits(c: Contacts, other: Bools | None) -> Visits:
    """Days on which the pair was in contact or, where ``other`` says who it is, the other side acted."""
    pair, time = c.active_pair, c.active_time
    if other is not None:
        acts = np.flatnonzero(np.where(other[c.pair], c.by_a, c.by_b))
        _, start = np.unique(np.column_stack([c.pair[acts], c.time[acts] // DAY]), axis=0, return_index=True)
        acts = acts[np.sort(start)]
        pair, time = c.pair[acts].astype(np.int64), c.time[acts]
    later = time // DAY > c.first[pair] // DAY
    return Visits(c.first, pair[later], time[later])


def bgnbd_figure(
    v: Visits, at: int, cohort: Ints, rows: Ints, horizon_days: float, start: BgNbd | None
) -> tuple[Floats, BgNbd | None]:
    """P(at least one day of contact within the horizon) per row, by a model fitted on what was known at ``at``.

    Parameters
    ----------
    cohort : pairs the model is of; those already met are fitted on, long silent ones too.
    rows : pairs to tell of, all met.
    start : the fit of an earlier date.

    Returns
    -------
    Probabilities of the rows (0 where nothing could be fitted), and the fit.
    """
    met = cohort[v.first[cohort] <= at]
    model = fit_bgnbd(v.histories(at, met).every(-(-len(met) // FIT_ON) or 1), start)
    if model is None:
        return np.zeros(len(rows)), start
    return model.any_within(v.histories(at, rows), horizon_days / WEEK), model
