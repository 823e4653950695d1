"""When people work: weekdays, office hours, holidays; turns uniform draws into plausible moments."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import numpy as np

from graphsvc.sample.draw import Floats, Ints

DAY = 86_400
DAYS = 731  # two years, both ends included

# First day of the lunar year; the week around it is quiet in China.
LUNAR_NEW_YEAR = [
    dt.date(2019, 2, 5), dt.date(2020, 1, 25), dt.date(2021, 2, 12), dt.date(2022, 2, 1), dt.date(2023, 1, 22),
    dt.date(2024, 2, 10), dt.date(2025, 1, 29), dt.date(2026, 2, 17), dt.date(2027, 2, 6), dt.date(2028, 1, 26),
    dt.date(2029, 2, 13), dt.date(2030, 2, 3), dt.date(2031, 1, 23), dt.date(2032, 2, 11),
]  # fmt: skip


def _day_weight(day: dt.date) -> float:
    weight = (1.0, 1.05, 1.1, 1.05, 0.95, 0.1, 0.05)[day.weekday()]
    if any(-2 <= (day - lunar).days <= 6 for lunar in LUNAR_NEW_YEAR):
        return weight * 0.08
    if (day.month == 10 and day.day <= 7) or (day.month == 5 and day.day <= 4):
        return weight * 0.2
    return weight * (0.55 if (day.month, day.day) >= (12, 24) or (day.month, day.day) <= (1, 2) else 1.0)


@dataclass(frozen=True)
class Calendar:
    """The two years of the sample; days are counted from ``start`` = 0 to ``last`` = 730, times are [s] since 1970."""

    end: dt.date
    start: dt.date = field(init=False)
    zero: int = field(init=False)  # midnight UTC of ``start`` [s]
    limit: int = field(init=False)  # last second that may occur [s]
    work: Floats = field(init=False, repr=False)  # working time passed before each day, shape (DAYS + 1,)

    def __post_init__(self) -> None:
        start = self.end - dt.timedelta(days=DAYS - 1)
        zero = int(dt.datetime(start.year, start.month, start.day, tzinfo=dt.UTC).timestamp())
        weights = [_day_weight(start + dt.timedelta(days=i)) for i in range(DAYS)]
        for name, value in (("start", start), ("zero", zero), ("limit", zero + DAYS * DAY - 1)):
            object.__setattr__(self, name, value)
        object.__setattr__(self, "work", np.r_[0.0, np.cumsum(weights)])

    @property
    def last(self) -> int:
        """Number of the last day."""
        return DAYS - 1

    def days(self, u: Floats, start: Floats, stop: Floats) -> Ints:
        """Days at the fractions ``u`` of the working time between ``start`` and ``stop`` [days]."""
        axis = np.arange(DAYS + 1, dtype=np.float64)
        low, high = np.interp(start, axis, self.work), np.interp(stop, axis, self.work)
        day = np.searchsorted(self.work, low + u * (high - low), side="right") - 1
        return np.clip(day, 0, DAYS - 1).astype(np.int64)

    def workday(self, day: Floats) -> Ints:
        """The weekday at or before each day; the first weekday for a weekend at the very start."""
        whole = np.floor(day).astype(np.int64)
        weekday = (self.start.weekday() + whole) % 7
        out: Ints = whole - np.maximum(weekday - 4, 0)
        return np.where(out < 0, 7 - self.start.weekday(), out)

    def moments(self, rng: np.random.Generator, day: Ints, offset: Ints) -> Ints:
        """Moments [s] in the office hours of each day, where ``offset`` [h] is the local lead over UTC."""
        n = len(day)
        hour = np.where(rng.random(n) < 0.55, rng.normal(10.4, 1.1, n), rng.normal(15.6, 1.6, n))
        local = np.clip(hour, 7.5, 21.5) * 3600 - offset * 3600
        out: Ints = (self.zero + day * DAY + local).astype(np.int64) + rng.integers(0, 60, n)
        return out

    def iso(self, day: float) -> str:
        """A day (and its fraction) as ISO 8601 in UTC."""
        moment = dt.datetime.fromtimestamp(self.zero + int(day * DAY), dt.UTC)
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
