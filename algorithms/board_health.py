"""Relationship health of many accounts at once: each against its own rhythm, against an earlier date, and its worth.

An account's rhythm is the median gap between the days on which somebody there acted towards us; like a tie's
(:mod:`algorithms.health`), its health is poor where it is far below what that rhythm alone would give,
1 - exp(-28 / gap). What is missing against the rhythm, or against the earlier date, times the account's value orders
the accounts at risk.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from algorithms.health import FAIR
from algorithms.outreach import Basis, OutreachParams, Worth, account_worth
from algorithms.suggest import account_owners
from graphsvc.kernels.rhythm import WINDOW
from graphsvc.kernels.ties import contacts, is_kind, pair_key
from graphsvc.model import MUTUAL_KINDS, Won
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

BINS = 10
FALL = 0.05  # of health, that is worth telling
FEW_GAPS = 3  # fewer gaps make no rhythm


@dataclass(frozen=True)
class Accounts:
    """One row per organization that is no one of ours, ascending; NaN where it is not known.

    ``rhythm`` and ``silent`` are in days and of acts of its people towards us; ``expected`` is the chance of one within
    28 days that the rhythm alone gives; ``last`` is the last contact either way [us], 0: never; ``owner`` is -1 for
    nobody; ``worth`` is dense over entities; ``won`` counts the deals won.
    """

    entity: Index
    owner: Index
    health: Floats
    before: Floats
    warm: Floats
    rhythm: Floats
    silent: Floats
    expected: Floats
    last: Ints
    open_deals: Ints
    won: Ints
    worth: Worth

    def __len__(self) -> int:
        return len(self.entity)

    @property
    def change(self) -> Floats:
        """Of health since the earlier date."""
        return self.health - self.before

    @property
    def poor(self) -> Bools:
        """Health far below what the own rhythm gives."""
        with np.errstate(invalid="ignore"):
            out: Bools = self.health < FAIR * self.expected
        return out

    @property
    def missing(self) -> Floats:
        """How much chance is missing against the rhythm or the earlier date, at least 0; health unknown counts 0."""
        now = np.nan_to_num(self.health)
        against = np.fmax(np.nan_to_num(self.expected), np.nan_to_num(self.before))
        return np.maximum(against - now, 0.0)

    @property
    def amount(self) -> Floats:
        """Open amount, NaN where there is none."""
        w, at = self.worth, self.entity
        return np.where((w.basis[at] == Basis.OPEN) & (w.deals[at] > 0), w.value[at], np.nan)

    def at_risk(self) -> Ints:
        """Rows of accounts with an open deal or a win whose health is poor or fell; most at stake first, then by id."""
        fell = np.nan_to_num(self.change) <= -FALL
        gone = np.isnan(self.health) & np.isfinite(self.before)
        valued = (self.open_deals > 0) | (self.won > 0)
        rows = np.flatnonzero(valued & (self.poor | fell | gone))
        stake = self.worth.value[self.entity] * self.missing
        return rows[np.lexsort((rows, -stake[rows]))]

    def poorest(self) -> Ints:
        """All rows, poorest health first, those not assessed last."""
        return np.lexsort((np.arange(len(self)), self.health)).astype(np.int64)

    def take(self, rows: NDArray[np.generic]) -> Accounts:
        """Some of the rows."""
        columns = {f.name: getattr(self, f.name)[rows] for f in fields(self) if f.name != "worth"}
        return Accounts(worth=self.worth, **columns)


@dataclass(frozen=True)
class TieBoard:
    """Ties of ours and customers with a health: rows of the score, our side, theirs, value now and before (NaN)."""

    rows: Ints
    ours: Index
    theirs: Index
    value: Floats
    before: Floats

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: Bools) -> TieBoard:
        """Some of the ties."""
        return TieBoard(**{f.name: getattr(self, f.name)[keep] for f in fields(self)})

    def distribution(self) -> Ints:
        """Ties per tenth of health, shape (10,); the last tenth holds 1 too."""
        found, _ = np.histogram(self.value, BINS, (0.0, 1.0))
        return found.astype(np.int64)

    def movers(self, count: int) -> Ints:
        """Positions of the ties that changed most, largest change first, then by row."""
        change = np.abs(np.nan_to_num(self.value - self.before))
        order = np.lexsort((self.rows, -change))
        return order[change[order] > 0][:count]


def tie_board(p: Projection, health: Scores, before: Floats) -> TieBoard:
    """Ties between one of ours and a customer that have a health.

    Parameters
    ----------
    health : ``relationship_health`` of ``p``.
    before : its values at an earlier date, by row (:func:`values_before`).
    """
    b = health.a if health.b is None else health.b
    ours = p.entities.internal
    rows = np.flatnonzero((ours[health.a] != ours[b]) & np.isfinite(health.value))
    one, two = health.a[rows], b[rows]
    return TieBoard(
        rows, np.where(ours[one], one, two), np.where(ours[one], two, one), health.value[rows], before[rows]
    )


def values_before(p: Projection, now: Scores, then: Scores, earlier: Projection) -> Floats:
    """The value each row of ``now`` had in ``then``, a score of an earlier graph; NaN where it had none."""
    place, n = earlier.places_in(p), len(p)
    if now.b is None or then.b is None:
        dense = np.full(n + 1, np.nan)  # the last slot takes what is not there any more
        dense[place[then.a]] = then.value
        dense[-1] = np.nan
        return dense[now.a]
    a, b = place[then.a], place[then.b]
    there = np.flatnonzero((a >= 0) & (b >= 0))
    keys = pair_key(np.minimum(a, b)[there], np.maximum(a, b)[there], n)
    order = np.argsort(keys, kind="stable")
    wanted = pair_key(now.a, now.b, n)
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    if not len(keys):
        return np.full(len(now), np.nan)
    return np.where(keys[order[at]] == wanted, then.value[there[order[at]]], np.nan)


def accounts(p: Projection, health: Scores, before: Floats) -> Accounts:
    """All organizations outside with their health, rhythm, owner and worth.

    Parameters
    ----------
    health : ``organization_health`` of ``p``; ``before`` its values at an earlier date, by row.
    """
    deals, n = p.opportunities, len(p)
    entity = p.organizations[~p.entities.internal[p.organizations]]
    rhythm, silent = _rhythms(p)
    won = np.bincount(deals.organization[(deals.won == Won.WON) & (deals.organization >= 0)], minlength=n)
    worth = account_worth(p, np.ones(len(deals), dtype=bool), OutreachParams())
    warm = health.beside.get("warm_ties")
    column = np.full(len(health), np.nan) if warm is None else warm.astype(np.float64)
    dense = [_dense(n, health.a, c)[entity] for c in (health.value, before, column)]
    return Accounts(
        entity=entity,
        owner=account_owners(p)[entity],
        health=dense[0],
        before=dense[1],
        warm=dense[2],
        rhythm=rhythm[entity],
        silent=silent[entity],
        expected=-np.expm1(-WINDOW / np.maximum(rhythm[entity], 0.5)),
        last=_last_contact(p)[entity],
        open_deals=worth.deals[entity],
        won=won[entity],
        worth=worth,
    )


def _dense(n: int, entity: Index, values: Floats) -> Floats:
    out = np.full(n, np.nan)
    out[entity] = values
    return out


def _rhythms(p: Projection) -> tuple[Floats, Floats]:
    """Per entity, for organizations: median gap between days with an act of theirs towards us, days since the last."""
    x, e, n = p.interactions, p.entities, len(p)
    both = is_kind(p, MUTUAL_KINDS)
    real = contacts(p)
    theirs = real & ~e.internal[x.actor] & e.internal[x.target]
    met = real & both & e.internal[x.actor] & ~e.internal[x.target]
    organization = np.concatenate([e.organization[x.actor[theirs]], e.organization[x.target[met]]])
    time = np.concatenate([x.time[theirs], x.time[met]])[organization >= 0]
    organization = organization[organization >= 0]
    silent = np.full(n, np.nan)
    last = np.zeros(n, dtype=np.int64)
    np.maximum.at(last, organization, time)
    silent[last > 0] = p.age_days(last[last > 0])
    width = int(p.as_of // DAY) + 2
    days = np.unique(organization.astype(np.int64) * width + time // DAY)
    owner, gap = days[1:] // width, np.diff(days)
    same = owner == days[:-1] // width
    return _medians(owner[same], gap[same].astype(np.float64), n), silent


def _medians(group: Ints, value: Floats, n: int) -> Floats:
    """Median value of each of ``n`` groups, NaN for those with fewer than ``FEW_GAPS``."""
    order = np.lexsort((value, group))
    group, value = group[order], value[order]
    count = np.bincount(group, minlength=n)
    start = np.concatenate(([0], np.cumsum(count)[:-1]))
    out = np.full(n, np.nan)
    some = np.flatnonzero(count >= FEW_GAPS)
    low, high = start[some] + (count[some] - 1) // 2, start[some] + count[some] // 2
    out[some] = 0.5 * (value[low] + value[high])
    return out


def _last_contact(p: Projection) -> Ints:
    """Per organization: time of the last contact of its people and ours, either way [us]; 0: never."""
    x, e = p.interactions, p.entities
    out = np.zeros(len(p), dtype=np.int64)
    real = contacts(p)
    for us, them in ((x.actor, x.target), (x.target, x.actor)):
        rows = np.flatnonzero(real & e.internal[us] & ~e.internal[them] & (e.organization[them] >= 0))
        np.maximum.at(out, e.organization[them[rows]], x.time[rows])
    return out
