"""How ties live: each has a rhythm of its own and a fate; from both follow the days on which something is begun.

Steady ties stay. Fading ones grow rarer for 6 to 12 weeks on both sides. One-sided ones end when the contact falls
silent while our side writes on for 4 to 16 weeks, ever more seldom. Bursts live around a deal. Casual ties come and go.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np

from graphsvc.sample.calendar import DAYS, Calendar
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Bools, Floats, Ints

STEADY, FADING, ONE_SIDED, BURST, CASUAL = range(5)
# Shares of the fates per sort of tie (client, inside, across, colleagues); below, those of ties of a slower rhythm.
SHARES = np.array(
    [
        [0.545, 0.16, 0.085, 0.15, 0.06],
        [0.70, 0.15, 0.0, 0.0, 0.15],
        [0.60, 0.15, 0.0, 0.0, 0.25],
        [0.9, 0.0, 0.0, 0.0, 0.1],
    ]
)
SLOW_SHARES = np.array(
    [[0.74, 0.0, 0.0, 0.14, 0.12], [0.70, 0.0, 0.0, 0.0, 0.30], [0.60, 0.0, 0.0, 0.0, 0.40], [0.9, 0.0, 0.0, 0.0, 0.1]]
)
LIVELY = 45.0  # a tie of a shorter rhythm [days] can be seen to fade
RHYTHMS = np.array([2.4, 3.5, 7.0, 14.0, 30.0, 91.0])  # what people agree on: daily business to once a quarter [days]
_SHAPE = np.array([5.0, 5.0, 5.0, 2.0, 1.0])  # of the gamma-distributed gaps per fate: 1 is chance, more is regular
_GROWTH = {FADING: 1.5, ONE_SIDED: 1.25}  # factor from gap to gap in the last weeks
_REVIVES = 0.12  # of the contacts fallen silent that write once more
_ECHO = 0.2  # of the faded ties that have one late message


@dataclass
class Ties:
    """One entry per tie; ``a`` is the side that begins ``ours`` of the interactions, days count from the start."""

    a: Ints
    b: Ints
    sort: Ints
    fate: Ints
    gap: Floats  # rhythm [days]
    start: Floats
    stop: Floats  # the ordinary life ends here
    tail: Floats  # length of the last weeks after it [days]
    revived: Bools  # something comes after the last weeks
    answer: Floats  # chance that the other side answers a message
    ours: Floats
    prefer: Ints  # kind this pair likes best
    silent: Bools  # ``b`` does nothing any more

    def __len__(self) -> int:
        return len(self.a)


def take(ties: Ties, index: Ints) -> Ties:
    """The ties at ``index``, repeats allowed."""
    return Ties(**{f.name: getattr(ties, f.name)[index] for f in fields(Ties)})


def rhythms(rng: np.random.Generator, rate: Floats) -> Floats:
    """Gaps [days] near 1 / rate [per day], drawn to the rhythms people keep."""
    wanted = -np.log(rate.clip(1e-6, 10.0))
    nearest = np.abs(wanted[:, None] - np.log(RHYTHMS)).argmin(axis=1)
    gap: Floats = RHYTHMS[nearest] * rng.lognormal(0.0, 0.12, len(rate))
    return gap


def fates(rng: np.random.Generator, sort: Ints, gap: Floats) -> Ints:
    """A fate per tie, by its sort and whether it is lively."""
    shares = np.where((gap < LIVELY)[:, None], SHARES[sort], SLOW_SHARES[sort])
    fate: Ints = (rng.random(len(sort))[:, None] > np.cumsum(shares, axis=1)[:, :-1]).sum(axis=1)
    return fate


def days_of_life(rng: np.random.Generator, calendar: Calendar, ties: Ties) -> tuple[Ties, Ints]:
    """Everything the ties begin: the tie of each, as it is at that time, and its day."""
    phases = [_ordinary(rng, calendar, ties), _last_weeks(rng, ties), _echoes(rng, ties)]
    index = np.concatenate([np.full(len(day), k) for k, (_, day) in enumerate(phases)])
    events = _joined([e for e, _ in phases])
    day = np.concatenate([day for _, day in phases])
    late = index > 0
    day = np.where(late, calendar.workday(np.minimum(day, DAYS - 1.0)), day).astype(np.int64)
    return events, day


def _joined(parts: list[Ties]) -> Ties:
    return Ties(**{f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Ties)})


def _ordinary(rng: np.random.Generator, calendar: Calendar, ties: Ties) -> tuple[Ties, Floats]:
    """Gap after gap through the working time between start and stop; the phase of the first is chance."""
    count = np.ceil((ties.stop - ties.start) / ties.gap * 1.5).astype(np.int64) + 6
    which = np.repeat(np.arange(len(ties)), count)
    shape = _SHAPE[ties.fate[which]]
    step = rng.gamma(shape) / shape * ties.gap[which]
    first = np.cumsum(count) - count
    step[first] *= rng.random(len(first))
    total = np.cumsum(step)
    passed = total - np.repeat(total[first] - step[first], count)
    axis = np.arange(DAYS + 1, dtype=np.float64)
    pace = calendar.work[-1] / DAYS
    day = (
        np.searchsorted(calendar.work, np.interp(ties.start, axis, calendar.work)[which] + passed * pace, side="right")
        - 1
    )
    keep = np.flatnonzero((day < ties.stop[which]) & (day < DAYS))
    return take(ties, which[keep]), day[keep].astype(np.float64)


def _last_weeks(rng: np.random.Generator, ties: Ties) -> tuple[Ties, Floats]:
    """What comes between the ordinary life and the end: growing gaps, and no word from a contact fallen silent."""
    parts: list[Ties] = []
    days: list[Floats] = []
    for fate, growth in _GROWTH.items():
        mine = take(ties, np.flatnonzero(ties.fate == fate))
        first = mine.gap if fate == FADING else np.minimum(mine.gap, 12.0)
        after = np.outer(first, growth * (growth ** np.arange(1, 13) - 1) / (growth - 1))
        after *= rng.uniform(0.85, 1.15, after.shape)
        row, column = np.nonzero((after <= mine.tail[:, None]) & (mine.stop[:, None] + after < DAYS))
        events = take(mine, row)
        alone = np.full(len(row), fate == ONE_SIDED)
        parts.append(
            replace(events, ours=np.where(alone, 1.0, events.ours), answer=events.answer * (0.6 * ~alone), silent=alone)
        )
        days.append((mine.stop[:, None] + after)[row, column])
    return _joined(parts), np.concatenate(days)


def _echoes(rng: np.random.Generator, ties: Ties) -> tuple[Ties, Floats]:
    """Once more after the end: a contact fallen silent writes, or a faded tie has a late word."""
    late = take(ties, np.flatnonzero(ties.revived))
    day = late.stop + late.tail + rng.uniform(8, 90, len(late))
    keep = np.flatnonzero(day < DAYS)
    late = take(late, keep)
    return replace(late, ours=np.where(late.fate == ONE_SIDED, 0.0, late.ours), answer=late.answer * 0.4), day[keep]


def lifetimes(rng: np.random.Generator, fate: Ints, gap: Floats, deal: Floats) -> tuple[Floats, Floats, Floats, Bools]:
    """Start, stop and length of the last weeks [days] of each tie, and whether anything comes after them.

    Parameters
    ----------
    fate, gap : of the ties.
    deal : a day in the course of a deal of the tie's account, around which a burst lies.
    """
    n = len(fate)
    start = np.where(rng.random(n) < 0.5, 0.0, rng.uniform(0, DAYS - 20, n))
    burst = fate == BURST
    start = np.where(burst, np.clip(deal - rng.uniform(0, 25, n), 0, DAYS - 2), start)
    ended = np.isin(fate, (FADING, ONE_SIDED))
    least = start + np.maximum(60.0, 4 * gap)
    stop = np.where(ended, least + rng.random(n) * np.maximum(DAYS - least, 1.0), float(DAYS))
    stop = np.where(burst, start + rng.uniform(21, 70, n), stop)
    drifts = (fate == CASUAL) & (rng.random(n) < 0.4)
    stop = np.minimum(np.where(drifts, start + 30 + rng.exponential(240, n), stop), float(DAYS))
    tail = np.where(fate == FADING, rng.uniform(42, 84, n), np.where(fate == ONE_SIDED, rng.uniform(28, 112, n), 0.0))
    chance = np.where(fate == FADING, _ECHO, np.where(fate == ONE_SIDED, _REVIVES, 0.0))
    return start, stop, tail, rng.random(n) < chance


def deal_days(rng: np.random.Generator, company: Company, account: Ints) -> Floats:
    """A day within one of the deals of each account; any day where it has none."""
    deals = sorted(company.deals, key=lambda d: d.account)
    of = np.array([d.account for d in deals])
    created = np.array([d.created for d in deals])
    closed = np.minimum([d.closed for d in deals], DAYS - 1.0)
    low, high = np.searchsorted(of, account), np.searchsorted(of, account, side="right")
    chosen = np.minimum(low + (rng.random(len(account)) * (high - low)).astype(np.int64), len(of) - 1)
    inside = created[chosen] + rng.random(len(account)) * (closed[chosen] - created[chosen])
    return np.where(high > low, inside, rng.uniform(0, DAYS - 30, len(account)))
