"""Moments: reading them from people, and the default T of the design.

All moments are int64 microseconds since the epoch, UTC.
"""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable

from graphsvc.errors import InputError

Clock = Callable[[], int]
DAY = 86_400_000_000  # [us]
STALE = 7 * DAY
_MONDAY = 4 * DAY  # 1970-01-05 was a Monday
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def now() -> int:
    """The present moment [us]."""
    return time.time_ns() // 1000


def read_moment(text: str) -> int:
    """A moment from ISO 8601; a bare date is its first instant, a time without zone is UTC.

    Raises
    ------
    InputError
        Saying which forms are understood.

    Examples
    --------
    >>> read_moment("1970-01-02")
    86400000000
    """
    try:
        moment = dt.datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise InputError("errors.bad_moment", text=text) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def show_moment(moment: int) -> str:
    """ISO 8601 in UTC, e.g. ``2001-06-01T00:00:00Z``."""
    shown = _EPOCH + dt.timedelta(microseconds=moment)
    return shown.isoformat().replace("+00:00", "Z")


def week_start(moment: int) -> int:
    """Monday 00:00 UTC at or before a moment; the moment models are fitted at."""
    return (moment - _MONDAY) // (7 * DAY) * (7 * DAY) + _MONDAY


def iso_week(moment: int) -> str:
    """ISO week of a moment, e.g. ``2026-W47``."""
    year, week, _ = (_EPOCH + dt.timedelta(microseconds=moment)).isocalendar()
    return f"{year}-W{week:02d}"


def week_end(week: str) -> int:
    """Last instant of an ISO week [us].

    Raises
    ------
    InputError
        When it is not of the form 2026-W47.
    """
    try:
        monday = dt.datetime.strptime(f"{week}-1", "%G-W%V-%u").replace(tzinfo=dt.UTC)
    except ValueError as error:
        raise InputError("errors.bad_week", text=week) from error
    return (monday - _EPOCH) // dt.timedelta(microseconds=1) + 7 * DAY - 1


def day_end(moment: int, zone: dt.tzinfo) -> int:
    """Last instant of the day a moment falls in, in a time zone [us]."""
    local = (_EPOCH + dt.timedelta(microseconds=moment)).astimezone(zone)
    tomorrow = (local + dt.timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return (tomorrow - _EPOCH) // dt.timedelta(microseconds=1) - 1
