"""Features of pairs of persons at a moment R, from contacts at or before R only; no loop over pairs.

Every column belongs to a named group and has the sign people expect of it (+1: more of it never lowers the
probability of contact; 0: either way). Columns of the two sides come in twos: (the other side, ours) where the
direction is known, else (the smaller, the larger), so that exchanging the sides changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphsvc.kernels.contacts import Contacts
from graphsvc.kernels.context import Context, People, find_context
from graphsvc.kernels.known import Known
from graphsvc.kernels.rhythm import WINDOW, Lent, lent_at, renewal
from graphsvc.projection import DAY, Bools, Floats, Ints

ROWS = 2**14  # of which features are made at once
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
    whole: Moment | None = None  # of which this one is a part

    def part(self, rows: slice) -> Moment:
        """Some of the rows; figures of pairs and of people are made once for all parts."""
        other = None if self.other is None else self.other[rows]
        return replace(self, rows=self.rows[rows], other=other, whole=self.whole or self)

    @cached_property
    def known(self) -> Known:
        """Figures of all pairs: everybody's contacts make a tie's context."""
        return Known(self.c, self.at) if self.whole is None else self.whole.known

    @cached_property
    def pooled(self) -> Lent:
        """What the gaps of all ties lend to each."""
        return (self.lent or lent_at(self.c, self.at)) if self.whole is None else self.whole.pooled

    @cached_property
    def around(self) -> Context:
        """What everybody does with everybody."""
        return (self.context or find_context(self.c, self.at)) if self.whole is None else self.whole.around

    @property
    def cut(self) -> int:
        """Number of contacts known."""
        return self.known.cut

    @cached_property
    def decayed(self) -> Decayed:
        """Decayed contacts by half-life, per row."""
        return Decayed(self.known.decayed, self.rows)

    @cached_property
    def sides(self) -> tuple[Decayed, Decayed]:
        """Decayed acts of ``a`` and of ``b`` by half-life, per row."""
        one, two = self.known.sides
        return Decayed(one, self.rows), Decayed(two, self.rows)

    @cached_property
    def since(self) -> Floats:
        """Days since the last contact."""
        return self.known.since[self.rows]

    @cached_property
    def since_theirs(self) -> Floats:
        """Days since the other side's last act; a year where there is none."""
        return np.minimum(self.of_other(*(x[self.rows] for x in self.known.since_acts)), SILENT_CAP)

    @cached_property
    def unanswered(self) -> Floats:
        """Acts of ours since the other side's last one."""
        by_a, by_b = (x[self.rows] for x in self.known.unanswered)
        return self.of_other(by_b, by_a)

    def of_other(self, of_a: Floats, of_b: Floats) -> Floats:
        """The other side's figure, of figures per row of ``a`` and of ``b``."""
        if self.other is None:
            raise ValueError("no side of these ties is the other side")
        out: Floats = np.where(self.other, of_a, of_b)
        return out

    @cached_property
    def tenure(self) -> Floats:
        """Days since the first contact."""
        out: Floats = (self.at - self.c.first[self.rows]) / DAY
        return out

    @cached_property
    def days_active(self) -> Floats:
        """Distinct days with a contact."""
        return self.known.days_active[self.rows]

    @cached_property
    def gaps(self) -> tuple[Floats, Floats, Floats]:
        """Number, median and 80th percentile of the days between active days (NaN where there is none)."""
        every, days = self.known.gaps, self.known.gaps.days
        start = every.start[self.rows]
        n = every.start[self.rows + 1] - start
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
    def people(self) -> tuple[People, People]:
        """Figures of ``a`` and of ``b`` of each row."""
        people = self.around.people
        return people.take(self.c.a[self.rows]), people.take(self.c.b[self.rows])

    def two(self, a: Floats, b: Floats) -> tuple[Floats, Floats]:
        """Both persons' figure of each row: (the other side, ours), or (smaller, larger)."""
        if self.other is None:
            return np.minimum(a, b), np.maximum(a, b)
        return np.where(self.other, a, b), np.where(self.other, b, a)

    @cached_property
    def common(self) -> tuple[Floats, Floats]:
        """Common contacts of each row, of a month and of a week."""
        return self.around.living.common(self.c.a[self.rows], self.c.b[self.rows])

    @cached_property
    def renewal(self) -> Floats:
        """Log-odds that the silence ends within 28 days, by the gaps between its active days."""
        return renewal(self.known.gaps, self.rows, self.since, self.pooled.contacts)

    @cached_property
    def renewal_theirs(self) -> Floats:
        """Log-odds that the other side's silence ends within 28 days, by the gaps between its days of acting."""
        one, two = (renewal(gaps, self.rows, self.since_theirs, self.pooled.acts) for gaps in self.known.gaps_by)
        return self.of_other(one, two)


@dataclass(frozen=True)
class Decayed:
    """Decayed counts of some pairs by half-life [days]."""

    every: Mapping[float, Floats]
    rows: Ints

    def __getitem__(self, half_life: float) -> Floats:
        return self.every[half_life][self.rows]


def parts(m: Moment) -> Iterator[tuple[slice, Moment]]:
    """The rows of a moment, some at a time: so few that their features stay in the processor's cache."""
    for low in range(0, len(m.rows), ROWS):
        rows = slice(low, min(low + ROWS, len(m.rows)))
        yield rows, m.part(rows)


def feature_matrix(m: Moment) -> Floats:
    """The features of a moment, shape (rows, columns), in the order of :func:`columns`."""
    out = np.empty((len(m.rows), len(columns(directed=m.other is not None))))
    for rows, part in parts(m):
        _fill(out[rows], part)
    return out


def _fill(out: Floats, m: Moment) -> None:
    groups = [_frequency, _recency, _rhythm, _reciprocity, _tenure, _activity, _leaving, _common]
    groups += [_theirs] if m.other is not None else []
    place = 0
    for group in groups:
        for column in group(m):
            out[:, place] = column
            place += 1


def _frequency(m: Moment) -> list[Floats]:
    plain = [np.log1p(m.decayed[h]) for h in (448.0, 112.0, 28.0, 7.0, 3.5)]
    return plain + [np.log1p(4.0 * m.known.weighted[h][m.rows]) for h in (112.0, 28.0)]


def _recency(m: Moment) -> list[Floats]:
    return [-np.log1p(m.since)] + [np.exp(-m.since / days) for days in (3.0, 10.0, 30.0, 90.0)]


def _rhythm(m: Moment) -> list[Floats]:
    long = np.maximum(np.nan_to_num(m.gaps[2], nan=60.0), 1.0)
    windows, weeks = (m.known.windows(*kind)[m.rows].astype(np.float64) for kind in ((6, WINDOW), (13, 7.0)))
    burst = [np.log1p(4.0 * m.decayed[h]) - np.log1p(m.decayed[4.0 * h]) for h in (7.0, 28.0)]
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
    both = {h: np.minimum(m.sides[0][h], m.sides[1][h]) for h in (28.0, 112.0)}
    balance = [2.0 * x / (m.decayed[h] + 0.5) for h, x in both.items()]
    return [np.log1p(x) for x in both.values()] + balance


def _tenure(m: Moment) -> list[Floats]:
    return [np.log1p(m.tenure), np.exp(-m.tenure / 45.0)]


def _activity(m: Moment) -> list[Floats]:
    """How busy each side is with others, and which part of it this tie is."""
    mine, alive, (a, b) = m.decayed[112.0], m.known.alive[m.rows], m.people
    shares = [np.log1p(20.0 * mine / (x + mine + 1.0)) for x in m.two(a.total - mine, b.total - mine)[::-1]]
    if m.other is not None:
        shares.reverse()  # (other side, ours); without direction the smaller share belongs to the larger total
    with_others = m.two(a.alive - alive, b.alive - alive)
    sent = m.two(a.sent, b.sent)
    return [*shares, *(np.log1p(np.maximum(x, 0.0)) for x in with_others), *(np.log1p(x) for x in sent)]


def _leaving(m: Moment) -> list[Floats]:
    """Is a side's activity falling, has it gone silent? All signed so that more is better."""
    figures = zip(*map(_fading_away, m.people), strict=True)
    return [side for a, b in figures for side in m.two(a, b)]


def _fading_away(p: People) -> list[Floats]:
    week = np.log((4.0 * p.took_7 + 1.0) / (p.took_28 + 1.0))
    month = np.log((4.0 * p.took_28 + 1.0) / (p.took_112 + 1.0))
    ties = np.log((p.alive + 1.0) / (p.quarter + 1.0))
    silent, absent = np.minimum(p.silent, SILENT_CAP), np.minimum(p.absent, SILENT_CAP)
    gone: Floats = -(absent > 21.0).astype(np.float64)
    return [week, month, ties, -np.log1p(silent), -np.log1p(absent), gone]


def _theirs(m: Moment) -> list[Floats]:
    """What the other side did towards us."""
    theirs = [m.of_other(*(side[h] for side in m.sides)) for h in (112.0, 28.0, 7.0)]
    over = -np.log1p(m.since_theirs / m.usual_gap)
    answered = -np.log1p(m.unanswered)
    return [*(np.log1p(x) for x in theirs), -np.log1p(m.since_theirs), over, answered, m.renewal_theirs]


def _common(m: Moment) -> list[Floats]:
    """Contacts both sides are in touch with now (summed geometric means of the two ties), and joint appearances."""
    common, now = m.common
    fewer = np.minimum(*(side.alive for side in m.people))
    together = [np.log1p(4.0 * m.known.together[h][m.rows]) for h in (28.0, 112.0)]
    since = np.minimum(m.known.since_together[m.rows], SILENT_CAP)
    return [np.log1p(common), common / (1.0 + fewer), np.log1p(now), *together, -np.log1p(since)]
