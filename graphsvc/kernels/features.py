"""Features of pairs of persons at a moment R, from contacts at or before R only; no loop over pairs.

Every column belongs to a named group and has the sign people expect of it (+1: more of it never lowers the
probability of contact; 0: either way). Columns of the two sides come in twos: (the other side, ours) where the
direction is known, else (the smaller, the larger), so that exchanging the sides changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphsvc.kernels.contacts import Contacts
from graphsvc.kernels.context import Context, People, find_context, per_person
from graphsvc.kernels.fading import decays, latest
from graphsvc.kernels.rhythm import WINDOW, Lent, active_windows, lent_at, renewal
from graphsvc.projection import DAY, Bools, Floats, Index, Ints

SILENT_CAP = 365.0  # silence of a person is told up to a year [days]
OVERDUE = 2.5  # usual gaps after which a silence is beyond the tie's rhythm


@dataclass(frozen=True)
class Column:
    """One feature: its name, the group it belongs to, and its sign (+1, or 0 for either)."""

    name: str
    group: str
    sign: int = 1


def _spec(group: str, names: str, sign: int = 1) -> tuple[Column, ...]:
    return tuple(Column(name, group, sign) for name in names.split())


# In the order in which the builders below give them.
_BASE = (
    *_spec("frequency", "count_448 count_112 count_28 count_7 count_3 weighted_112 weighted_28"),
    *_spec("recency", "since near_3 near_10 near_30 near_90"),
    *_spec("rhythm", "usual_gap over_usual over_long overdue in_time windows_3 windows_6 days_active"),
    *_spec("rhythm", "burst_7 burst_28", 0),
    *_spec("rhythm", "weeks_4 weeks_13 renewal"),
    *_spec("reciprocity", "both_28 both_112 balance_28 balance_112"),
    *_spec("tenure", "tenure young", 0),
    *_spec("activity", "share_one share_two contacts_one contacts_two acts_one acts_two"),
    *_spec("leaving", "week_one week_two month_one month_two ties_one ties_two"),
    *_spec("leaving", "silent_one silent_two absent_one absent_two gone_one gone_two"),
    *_spec("common_contacts", "common common_share common_now together_28 together_112 together_since"),
)
_THEIRS = (
    *_spec("reciprocity", "theirs_112 theirs_28 theirs_7"),
    *_spec("recency", "theirs_since"),
    *_spec("rhythm", "theirs_over"),
    *_spec("reciprocity", "answered"),
    *_spec("rhythm", "theirs_renewal"),
)


def columns(*, directed: bool) -> tuple[Column, ...]:
    """The features, in the order of the matrix; ``directed`` adds what the other side did."""
    return _BASE + _THEIRS if directed else _BASE


@dataclass(frozen=True)
class Moment:
    """What is known of some pairs at ``at``: contacts with a later time are never touched.

    ``rows`` are the pairs looked at; ``other`` says per row whether ``a`` (True) or ``b`` is the other side, None
    where there is no such thing. ``lent`` is what the gaps of all ties lend to each, ``context`` what all of their
    contacts say of people at ``at``; by default ``c`` is all contacts, and says both.
    """

    c: Contacts
    at: int
    rows: Ints
    other: Bools | None = None
    lent: Lent | None = None
    context: Context | None = None

    @cached_property
    def pooled(self) -> Lent:
        """What the gaps of all ties lend to each."""
        return self.lent or lent_at(self.c, self.at)

    @cached_property
    def around(self) -> Context:
        """What everybody does with everybody."""
        return self.context or find_context(self.c, self.at)

    @cached_property
    def cut(self) -> int:
        """Number of contacts known."""
        return self.c.cut(self.at)

    @cached_property
    def count(self) -> Floats:
        """Known contacts per pair; figures per pair are of all pairs: everybody's contacts make a tie's context."""
        return np.bincount(self.c.pair[: self.cut], minlength=len(self.c.a)).astype(np.float64)

    @cached_property
    def decayed(self) -> dict[float, Floats]:
        """Decayed contacts per pair and half-life."""
        return decays(self.c.time[: self.cut], self.at, self.c.pair[: self.cut], len(self.c.a))

    @cached_property
    def weighted(self) -> dict[float, Floats]:
        """The same, a contact shared with others counting its part only."""
        cut = self.cut
        times, pairs = self.c.time[:cut], self.c.pair[:cut]
        return decays(times, self.at, pairs, len(self.c.a), self.c.spread[:cut], (112.0, 28.0))

    def acts(self, first: bool) -> Ints:
        """Known contacts in which ``a`` (or ``b``) of the pair acted."""
        return np.flatnonzero((self.c.by_a if first else self.c.by_b)[: self.cut])

    @cached_property
    def sides(self) -> tuple[dict[float, Floats], dict[float, Floats]]:
        """Decayed acts of ``a`` and of ``b`` per pair."""
        acts = [self.acts(True), self.acts(False)]
        size, halves = len(self.c.a), (448.0, 112.0, 28.0, 7.0)
        one, two = (decays(self.c.time[i], self.at, self.c.pair[i], size, halves=halves) for i in acts)
        return one, two

    @cached_property
    def since(self) -> Floats:
        """Days since the last contact, per row."""
        cut = self.cut
        return latest(self.c.time[:cut], self.at, self.c.pair[:cut], len(self.c.a))[self.rows]

    @cached_property
    def since_theirs(self) -> Floats:
        """Days since the other side's last act, per row; a year where there is none."""
        acts = self.acts(True), self.acts(False)
        one, two = (latest(self.c.time[i], self.at, self.c.pair[i], len(self.c.a))[self.rows] for i in acts)
        return np.minimum(self.of_other(one, two), SILENT_CAP)

    @cached_property
    def unanswered(self) -> Floats:
        """Acts of ours since the other side's last one, per row."""
        one, two = self.acts(True), self.acts(False)
        newest = [np.full(len(self.c.a), np.iinfo(np.int64).min) for _ in range(2)]
        for last, acts in zip(newest, (one, two), strict=True):
            last[self.c.pair[acts]] = self.c.time[acts]
        after = [
            acts[self.c.time[acts] > last[self.c.pair[acts]]]
            for acts, last in zip((one, two), newest[::-1], strict=True)
        ]
        by_a, by_b = (np.bincount(self.c.pair[i], minlength=len(self.c.a))[self.rows].astype(np.float64) for i in after)
        return self.of_other(by_b, by_a)

    def of_other(self, of_a: Floats, of_b: Floats) -> Floats:
        """The other side's figure per row, of figures of ``a`` and of ``b``."""
        if self.other is None:
            raise ValueError("no side of these ties is the other side")
        out: Floats = np.where(self.other, of_a, of_b)
        return out

    @cached_property
    def tenure(self) -> Floats:
        """Days since the first contact, per row."""
        out: Floats = (self.at - self.c.first[self.rows]) / DAY
        return out

    @cached_property
    def days_active(self) -> Floats:
        """Distinct days with a contact, per row."""
        known = self.c.active_time <= self.at
        return np.bincount(self.c.active_pair[known], minlength=len(self.c.a))[self.rows].astype(np.float64)

    @cached_property
    def gaps(self) -> tuple[Floats, Floats, Floats]:
        """Number, median and 80th percentile of the days between active days, per row (NaN where there is none)."""
        known = self.c.gaps.end <= self.at
        pair, days = self.c.gaps.pair[known], self.c.gaps.days[known]
        every = np.bincount(pair, minlength=len(self.c.a))
        start = (np.cumsum(every) - every)[self.rows]
        n = every[self.rows]
        has = n > 0
        median, long = np.full(len(n), np.nan), np.full(len(n), np.nan)
        middle = start[has] + (n[has] - 1) // 2, start[has] + n[has] // 2
        median[has] = 0.5 * (days[middle[0]] + days[middle[1]])
        long[has] = days[start[has] + np.minimum(n[has] * 8 // 10, n[has] - 1)]
        return n.astype(np.float64), median, long

    @cached_property
    def usual_gap(self) -> Floats:
        """The tie's own rhythm [days]: the median gap, drawn to tenure / active days while gaps are few."""
        n, median, _ = self.gaps
        even = np.maximum(self.tenure / np.maximum(self.days_active, 1.0), 1.0)
        known = np.maximum(np.where(n > 0, median, even), 0.5)
        out: Floats = np.exp((n * np.log(known) + 2.0 * np.log(even)) / (n + 2.0))
        return out

    @cached_property
    def _who(self) -> Index:
        out = np.zeros(self.c.n, dtype=bool)
        out[self.c.a[self.rows]] = out[self.c.b[self.rows]] = True
        return np.flatnonzero(out).astype(np.int32)

    @cached_property
    def ends(self) -> tuple[Index, Index]:
        """Both persons of each row, as numbered in ``people``."""
        place = np.zeros(self.c.n, dtype=np.int32)
        place[self._who] = np.arange(len(self._who), dtype=np.int32)
        return place[self.c.a[self.rows]], place[self.c.b[self.rows]]

    @cached_property
    def people(self) -> People:
        """Figures of the people of these rows, numbered as in ``ends``: often few of very many."""
        return self.around.people.take(self._who)

    def two(self, per_person: Floats, minus: Floats | float = 0.0) -> tuple[Floats, Floats]:
        """Both persons' figure of each row, of figures of ``people``: (the other side, ours), or (smaller, larger)."""
        one, two = self.ends
        a, b = per_person[one] - minus, per_person[two] - minus
        if self.other is None:
            return np.minimum(a, b), np.maximum(a, b)
        return np.where(self.other, a, b), np.where(self.other, b, a)

    def per_person(self, per_pair: Floats) -> Floats:
        """Sum of a figure over each person's pairs."""
        return per_person(self.c, per_pair)

    @cached_property
    def alive(self) -> Floats:
        """Per pair how alive it is, 0 to 1: decayed contacts of a month, at most 1."""
        return np.minimum(1.0, self.decayed[28.0])

    @cached_property
    def common(self) -> tuple[Floats, Floats]:
        """Common contacts of each row, of a month and of a week."""
        return self.around.living.common(self.c.a[self.rows], self.c.b[self.rows])

    def windows(self, count: int, days: float) -> Floats:
        """Per row and each of the last windows, newest first: was there a contact?"""
        oldest = int(np.searchsorted(self.c.time, self.at - int(count * days * DAY), side="right"))
        recent = slice(oldest, self.cut)
        age = (self.at - self.c.time[recent]) / DAY
        return active_windows(self.c.pair[recent], age, self.rows, (len(self.c.a), count, days))

    @cached_property
    def renewal(self) -> Floats:
        """Log-odds that the silence ends within 28 days, by the gaps between its active days."""
        return renewal(self.c.gaps, self.at, self.rows, self.since, self.pooled.contacts)

    @cached_property
    def renewal_theirs(self) -> Floats:
        """Log-odds that the other side's silence ends within 28 days, by the gaps between its days of acting."""
        lent, silence = self.pooled.acts, self.since_theirs
        one, two = (renewal(gaps, self.at, self.rows, silence, lent) for gaps in self.c.gaps_by)
        return self.of_other(one, two)


def feature_matrix(m: Moment) -> Floats:
    """The features of a moment, shape (rows, columns), in the order of :func:`columns`."""
    groups = [_frequency, _recency, _rhythm, _reciprocity, _tenure, _activity, _leaving, _common]
    groups += [_theirs] if m.other is not None else []
    out = np.empty((len(m.rows), len(columns(directed=m.other is not None))))
    place = 0
    for group in groups if len(m.rows) else ():  # one after the other: all columns at once are twice the matrix
        for column in group(m):
            out[:, place] = column
            place += 1
    return out


def _frequency(m: Moment) -> list[Floats]:
    plain = [np.log1p(m.decayed[h][m.rows]) for h in (448.0, 112.0, 28.0, 7.0, 3.5)]
    return plain + [np.log1p(4.0 * m.weighted[h][m.rows]) for h in (112.0, 28.0)]


def _recency(m: Moment) -> list[Floats]:
    return [-np.log1p(m.since)] + [np.exp(-m.since / days) for days in (3.0, 10.0, 30.0, 90.0)]


def _rhythm(m: Moment) -> list[Floats]:
    long = np.maximum(np.nan_to_num(m.gaps[2], nan=60.0), 1.0)
    windows, weeks = m.windows(6, WINDOW), m.windows(13, 7.0)
    burst = [np.log1p(4.0 * m.decayed[h][m.rows]) - np.log1p(m.decayed[4.0 * h][m.rows]) for h in (7.0, 28.0)]
    return [
        -np.log(m.usual_gap),
        -np.log1p(m.since / m.usual_gap),
        -np.log1p(m.since / long),
        *_overdue(m.since if m.other is None else m.since_theirs, m.usual_gap),
        windows[:, :3].sum(axis=1),
        windows.sum(axis=1),
        np.log1p(m.days_active),
        *burst,
        weeks[:, :4].sum(axis=1),
        weeks.sum(axis=1),
        m.renewal,
    ]


def _overdue(silence: Floats, usual_gap: Floats) -> list[Floats]:
    """How far a silence (the other side's, where there is one) is beyond the tie's rhythm, and whether it is within it.

    A logarithm alone says that one gap more is always the same; within the usual rhythm a gap says nothing yet.
    """
    times = np.maximum(silence, 1e-3) / (OVERDUE * usual_gap)
    return [-np.maximum(0.0, np.log(times)), (times < 1.0).astype(np.float64)]


def _reciprocity(m: Moment) -> list[Floats]:
    both = {h: np.minimum(m.sides[0][h], m.sides[1][h])[m.rows] for h in (28.0, 112.0)}
    balance = [2.0 * x / (m.decayed[h][m.rows] + 0.5) for h, x in both.items()]
    return [np.log1p(x) for x in both.values()] + balance


def _tenure(m: Moment) -> list[Floats]:
    return [np.log1p(m.tenure), np.exp(-m.tenure / 45.0)]


def _activity(m: Moment) -> list[Floats]:
    """How busy each side is with others, and which part of it this tie is."""
    mine, people = m.decayed[112.0][m.rows], m.people
    shares = [np.log1p(20.0 * mine / (x + mine + 1.0)) for x in m.two(people.total, mine)[::-1]]
    if m.other is not None:
        shares.reverse()  # (other side, ours); without direction the smaller share belongs to the larger total
    with_others = m.two(people.alive, m.alive[m.rows])
    return [*shares, *(np.log1p(np.maximum(x, 0.0)) for x in with_others), *(np.log1p(x) for x in m.two(people.sent))]


def _leaving(m: Moment) -> list[Floats]:
    """Is a side's activity falling, has it gone silent? All signed so that more is better."""
    p = m.people
    week = np.log((4.0 * p.took_7 + 1.0) / (p.took_28 + 1.0))
    month = np.log((4.0 * p.took_28 + 1.0) / (p.took_112 + 1.0))
    ties = np.log((p.alive + 1.0) / (p.quarter + 1.0))
    silent, absent = np.minimum(p.silent, SILENT_CAP), np.minimum(p.absent, SILENT_CAP)
    gone: Floats = -(absent > 21.0).astype(np.float64)
    figures: list[Floats] = [week, month, ties, -np.log1p(silent), -np.log1p(absent), gone]
    return [side for x in figures for side in m.two(x)]


def _theirs(m: Moment) -> list[Floats]:
    """What the other side did towards us."""
    theirs = {h: m.of_other(m.sides[0][h][m.rows], m.sides[1][h][m.rows]) for h in (112.0, 28.0, 7.0)}
    over = -np.log1p(m.since_theirs / m.usual_gap)
    answered = -np.log1p(m.unanswered)
    return [*(np.log1p(x) for x in theirs.values()), -np.log1p(m.since_theirs), over, answered, m.renewal_theirs]


def _common(m: Moment) -> list[Floats]:
    """Contacts both sides are in touch with now (summed geometric means of the two ties), and joint appearances."""
    common, now = m.common
    fewer = np.minimum(*m.two(m.people.alive))
    seen = m.c.together.until(m.at)
    together = decays(seen.time, m.at, seen.pair, len(m.c.a), seen.weight, (112.0, 28.0))
    since = np.minimum(latest(seen.time, m.at, seen.pair, len(m.c.a)), SILENT_CAP)
    return [
        np.log1p(common),
        common / (1.0 + fewer),
        np.log1p(now),
        *(np.log1p(4.0 * together[h][m.rows]) for h in (28.0, 112.0)),
        -np.log1p(since[m.rows]),
    ]
