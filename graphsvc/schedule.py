"""When what runs: slots made from what sources and algorithms declare. Pure: time, zone and plans are passed in.

A slot is one period of one entry, named "kind:name:start". Whoever adds a job with that name first has claimed it, so
two schedulers at once start nothing twice. Only the slot that holds now is ever claimed: after a long stop each entry
runs once, not once per period missed.

Periods follow the workspace's clocks. Up to an hour they count in elapsed time from local midnight, so that the day of
25 hours has 25 hourly slots; longer ones are hours of the wall clock: where the clocks leap over that hour the slot
starts right after the leap, and where it comes twice, at its first coming.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.jobs import Kind
from graphsvc.registry import AlgorithmSpec, SourceSpec

SETTING = "schedule"  # the workspace setting that keeps the planned sources
HOUR, DAY = 3600, 86_400  # [s]
SHORTEST = 10  # [s]
_EVERY = re.compile(r"([1-9]\d{0,5})(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": HOUR, "d": DAY, "w": 7 * DAY}
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class Period:
    """How often: every ``seconds``; whole days start at ``at`` [s after midnight], weeks on Monday."""

    seconds: int
    at: int = 0

    def starts(self, day: dt.date, zone: dt.tzinfo) -> list[int]:
        """When periods start on a local day [us], ascending."""
        if self.seconds >= DAY:
            return [instant(day, self.at, zone)] if self._on(day) else []
        if self.seconds <= HOUR:
            begin, end = instant(day, 0, zone), instant(day + dt.timedelta(days=1), 0, zone)
            return list(range(begin, end, self.seconds * 1_000_000))
        return sorted({instant(day, wall, zone) for wall in range(0, DAY, self.seconds)})

    def _on(self, day: dt.date) -> bool:
        days = self.seconds // DAY
        if days % 7 == 0:  # day 1 of the ordinals was a Monday
            return day.weekday() == 0 and (day.toordinal() - 1) % days == 0
        return day.toordinal() % days == 0

    def start(self, now: int, zone: dt.tzinfo) -> int:
        """Start of the period that holds ``now`` [us]."""
        today = _day(now, zone)
        for back in count():
            begun = [s for s in self.starts(today - dt.timedelta(days=back), zone) if s <= now]
            if begun:
                return begun[-1]
        raise AssertionError("unreachable")

    def next(self, now: int, zone: dt.tzinfo) -> int:
        """Start of the first period after ``now`` [us]."""
        today = _day(now, zone)
        for ahead in count():
            coming = [s for s in self.starts(today + dt.timedelta(days=ahead), zone) if s > now]
            if coming:
                return coming[0]
        raise AssertionError("unreachable")


def read_every(text: str) -> Period:
    """A period as people write it: a number and s, m, h, d or w.

    Raises
    ------
    InputError
        ``jobs.bad_every``.

    Examples
    --------
    >>> read_every("5m").seconds
    300
    """
    found = _EVERY.fullmatch(text.strip())
    seconds = int(found[1]) * _SECONDS[found[2]] if found else 0
    if not SHORTEST <= seconds <= 366 * DAY or (seconds > DAY and seconds % DAY):
        raise InputError("jobs.bad_every", text=text)
    return Period(seconds)


@dataclass(frozen=True)
class Planned:
    """A source that runs on schedule, as the workspace keeps it."""

    source: str
    name: str  # of this instance; record keys are unique within it
    every: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One line of the schedule."""

    kind: Kind
    name: str
    period: Period
    args: Mapping[str, Any] = field(default_factory=dict)
    on_change: bool = False  # only where the data changed since it ran last
    after: tuple[Kind, ...] = ()  # waits while a job of these kinds is queued or running

    @property
    def key(self) -> str:
        """Kind and name: what of one slot is the same in the next."""
        return f"{self.kind}:{self.name}"

    def slot(self, now: int, zone: dt.tzinfo) -> str:
        """The slot that holds ``now``.

        Examples
        --------
        >>> Entry("fit", "all", Period(7 * DAY)).slot(0, dt.UTC)
        'fit:all:1969-12-29T00:00:00Z'
        """
        return f"{self.key}:{show_moment(self.period.start(now, zone))}"


LIVE = Period(600)  # how often scores of changed ties are computed again, at most
FIT = Period(7 * DAY, at=3 * HOUR + HOUR // 2)  # Monday 03:30, when the week it learns from is over
DAILY = Period(DAY, at=4 * HOUR + HOUR // 2)
WEEKLY = Period(7 * DAY, at=6 * HOUR)  # Monday 06:00, before people come in
DELIVER = Period(300)  # at most so often; each receiver has an own weekday and hour, in an own zone


def entries(
    planned: Iterable[Planned], algorithms: Iterable[AlgorithmSpec], *, delivering: bool = False
) -> list[Entry]:
    """The whole schedule: planned sources, what the algorithms declare, the weekly lists, and delivering them."""
    specs = list(algorithms)
    out = [
        Entry("sync", p.name, read_every(p.every), {"source": p.source, "name": p.name, "options": dict(p.options)})
        for p in planned
    ]
    if any(s.fit is not None for s in specs):
        out.append(Entry("fit", "all", FIT))
    if specs:
        out.append(Entry("score", "all", DAILY, after=("fit",)))
    live = [s.name for s in specs if s.schedule == "live"]
    if live:
        out.append(
            Entry("score", "live", LIVE, {"name": "live", "names": live}, on_change=True, after=("fit", "score"))
        )
    out.append(Entry("weekly", "lists", WEEKLY, after=("fit", "score")))
    return [*out, Entry("deliver", "lists", DELIVER, after=("fit", "score", "weekly"))] if delivering else out


# -- what the workspace keeps -----------------------------------------------------------------------------------------


def read_planned(setting: str | None) -> list[Planned]:
    """The planned sources in the workspace's setting, by name."""
    return [Planned(**item) for item in json.loads(setting or "[]")]


def write_planned(planned: Sequence[Planned]) -> str:
    """The setting's text."""
    return json.dumps([asdict(p) for p in sorted(planned, key=lambda p: p.name)], sort_keys=True, ensure_ascii=False)


def with_planned(
    setting: str | None, spec: SourceSpec, name: str, every: str | None, options: Mapping[str, Any]
) -> str:
    """The setting with one source more; one of the same name is replaced.

    Raises
    ------
    InputError
        ``jobs.bad_every``, or ``jobs.needs_every`` where neither the caller nor the source says how often.
    """
    chosen = every or spec.every
    if chosen is None:
        raise InputError("jobs.needs_every", source=spec.name)
    read_every(chosen)
    others = [p for p in read_planned(setting) if p.name != name]
    return write_planned([*others, Planned(spec.name, name, chosen, options)])


def without_planned(setting: str | None, name: str) -> str | None:
    """The setting without one source; None when it was not there."""
    planned = read_planned(setting)
    kept = [p for p in planned if p.name != name]
    return None if len(kept) == len(planned) else write_planned(kept)


def zone_of(setting: str | None) -> ZoneInfo:
    """The workspace's time zone; UTC where none is set."""
    return ZoneInfo(setting or "UTC")


def instant(day: dt.date, wall: int, zone: dt.tzinfo) -> int:
    """The instant [us] at which the clocks of a zone show ``wall`` seconds after midnight.

    An hour that is leapt over is taken as if the clocks had not leapt: half an hour into it is half an hour after the
    leap. Of an hour that comes twice it is the first.
    """
    local = dt.datetime.combine(day, dt.time()) + dt.timedelta(seconds=wall)
    return (local.replace(tzinfo=zone, fold=0) - _EPOCH) // dt.timedelta(microseconds=1)


def _day(now: int, zone: dt.tzinfo) -> dt.date:
    return (_EPOCH + dt.timedelta(microseconds=now)).astimezone(zone).date()
