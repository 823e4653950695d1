"""Times as people and programs write them, to UTC microseconds, a column at a time.

Whole columns of one form (ISO 8601 with or without an offset, epoch numbers) take a fast path; a column of mixed
forms is halved until each part is of one form, so that one odd value among a million costs next to nothing.

A number may be an epoch time or, with 8 digits, a date without dashes. The file decides by a clear majority, not the
value and not its neighbours (:func:`time_habit`); what contradicts the majority is refused, never read the other way.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from graphsvc.model import TIME

Column: TypeAlias = Any  # a pyarrow Array; the library takes and gives more kinds than its stubs know
pc: Any = pyarrow.compute

SECOND = 1_000_000  # [us]
_QUARTER = 900 * SECOND  # [us]; offsets of time zones change at none but whole quarters of an hour
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EARLIEST = -62_135_596_800 * SECOND  # 0001-01-01
_LATEST = 253_402_300_800 * SECOND  # 10000-01-01
_YEARS = (1000, 2999)  # a bare number in this range can only be a year
_DATES = (19_000_101, 21_001_231)  # what looks like a date without dashes, real or not
_NEVER = (0.0, 99_991_231.0, 99_999_999.0)  # what programs write for no date; they tell nothing about the rest
_CLEAR = 0.9  # share of a clear majority
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
_DIGITS = r"^\s*[0-9]+\s*$"
_DECIMAL = r"^\s*[+-]?[0-9]+(?:\.[0-9]*)?\s*$"
_YEAR_FIRST = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?"
)
_YEAR_LAST = r"^\s*([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})(,?[ T].*)?\s*$"
_PROBE = 32  # values tried before a whole column
_SMALL = 256  # values; below this, one by one

Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]


class Numbers(Enum):
    """What the bare numbers of a column are."""

    DATES = "dates"  # 20210131, and 2021 where a year is a time
    EPOCH = "epoch"  # seconds, milliseconds ... since 1970; what looks like a date is none
    COUNT = "count"  # seconds since the log began: small ones are seconds too


@dataclass(frozen=True)
class TimeHabit:
    """How one column writes its times.

    Attributes
    ----------
    numbers : what its bare numbers are; None: nobody looked yet.
    zone : IANA name of the time zone of times without an offset.
    order : whether day or month comes first in 03/05/2024; None: nobody said, and such a text is no time.
    """

    numbers: Numbers | None = None
    zone: str = "UTC"
    order: Literal["dmy", "mdy"] | None = None


PLAIN = TimeHabit()


def parse_times(values: Column, *, years: bool, habit: TimeHabit = PLAIN) -> tuple[Column, Mask]:
    """Times of a column in UTC, and which values are not times.

    Parameters
    ----------
    values : text (ISO 8601; year-first dates with `/`; epoch numbers), timestamps, dates or numbers (epoch seconds,
        milliseconds, microseconds or nanoseconds, told apart by magnitude).
    years : whether a bare year such as 1946 is the first of January of that year; else it is no time.
    habit : how the file writes times; what it leaves open, these values decide.

    Returns
    -------
    The column as :data:`graphsvc.model.TIME`, null where missing or wrong, and the mask of wrong values, shape (n,).

    Examples
    --------
    >>> times, wrong = parse_times(pa.array(["2001-02-03T04:05:06+01:00", "981173106", "soon"]), years=False)
    >>> [t and t.isoformat() for t in times.to_pylist()], wrong.tolist()
    (['2001-02-03T03:05:06+00:00', '2001-02-03T04:05:06+00:00', None], [False, False, True])
    """
    missing = values.is_null().to_numpy(zero_copy_only=False)
    if habit.numbers is None:
        habit = TimeHabit(time_habit(values), habit.zone, habit.order)
    if pa.types.is_temporal(values.type):
        micros, ok = _of_temporal(values, habit)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        micros, ok = _of_numbers(pc.fill_null(values, 0).to_numpy(zero_copy_only=False), years, habit)
    else:
        micros, ok = _of_text(values.cast(pa.string()), years, habit)
    ok &= ~missing & (micros >= _EARLIEST) & (micros < _LATEST)
    return pa.array(micros, mask=~ok).cast(TIME), ~ok & ~missing


def time_habit(values: Column) -> Numbers | None:
    """What the bare numbers of a column are, by a clear majority; None where it has none.

    Examples
    --------
    >>> time_habit(pa.array(["20240305", "20240306", "00000000"])), time_habit(pa.array(["1709600000", "20240305"]))
    (<Numbers.DATES: 'dates'>, <Numbers.EPOCH: 'epoch'>)
    """
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        return _majority(pc.drop_null(values).to_numpy(zero_copy_only=False).astype(np.float64))
    if not (pa.types.is_string(values.type) or pa.types.is_large_string(values.type)):
        return None
    numeric = pc.drop_null(pc.filter(values, pc.match_substring_regex(values, _DECIMAL)))
    return _majority(pc.utf8_trim_whitespace(numeric).cast(pa.float64()).to_numpy(zero_copy_only=False))


def _majority(numbers: NDArray[np.float64]) -> Numbers | None:
    """Chance makes one in 25 small numbers that look like a date a real one; a column of dates has mostly real ones."""
    if not len(numbers):
        return None
    v = numbers[np.isfinite(numbers) & ~np.isin(numbers, _NEVER)]
    month, day = np.floor(v / 100) % 100, v % 100
    like = (v == np.floor(v)) & (v >= _DATES[0]) & (v <= _DATES[1])
    real = like & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    year = (v == np.floor(v)) & (v >= _YEARS[0]) & (v <= _YEARS[1])
    large = np.abs(v) >= 1e8
    small = ~(like | year | large)
    dated = int((like | year).sum())
    if dated >= _CLEAR * (dated + small.sum()) and 2 * (real | year).sum() > dated > 0:
        return Numbers.DATES if dated > large.sum() else Numbers.EPOCH
    return Numbers.EPOCH if len(v) and large.sum() >= _CLEAR * len(v) else Numbers.COUNT


def contradicts(values: Column, wrong: Mask) -> Mask:
    """Of the wrong values, those that are a date or an epoch number, only not as the rest of the column is.

    Examples
    --------
    >>> contradicts(pa.array(["1709600000", "20240305", "20240332"]), np.array([False, True, True])).tolist()
    [False, True, False]
    """
    out = np.zeros(len(values), dtype=bool)
    for i in np.flatnonzero(wrong):
        text = str(values[int(i)].as_py()).strip()
        out[i] = text.isdigit() and (
            len(text) >= 9 or (len(text) == 8 and _of_calendar_number(int(text), False, "UTC"))
        )
    return out


def year_last(values: Column, wrong: Mask) -> Mask:
    """Of the wrong values, those such as 03/05/2024, whose day and month somebody must tell apart."""
    if not wrong.any() or not pa.types.is_string(values.type):
        return np.zeros(len(values), dtype=bool)
    found: Mask = pc.fill_null(pc.match_substring_regex(values, _YEAR_LAST), False).to_numpy(zero_copy_only=False)
    return found & wrong


# -- typed columns -----------------------------------------------------------------------------------------------------


def _of_temporal(values: Column, habit: TimeHabit) -> tuple[Micros, Mask]:
    """Timestamps (naive: of the habit's zone) and dates; a time of day alone is no time."""
    n = len(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        zone = getattr(values.type, "tz", None)
        exact = _micros(values.cast(pa.timestamp("us", tz=zone), safe=False))
        return exact if zone else _from_local(exact, habit.zone), np.ones(n, dtype=bool)
    return np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)


def _of_numbers(values: NDArray[np.generic], years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    """Epoch numbers by magnitude, or dates; what the habit says they are not is none."""
    v = values.astype(np.float64)
    finite = np.isfinite(v) & (np.abs(v) < 1e20)
    v = np.where(finite, v, 0.0)
    whole = v == np.floor(v)
    year, like = whole & (v >= _YEARS[0]) & (v <= _YEARS[1]), whole & (v >= _DATES[0]) & (v <= _DATES[1])
    if habit.numbers is Numbers.DATES:
        dated = finite & whole & ((v >= 1e7) & (v < 1e8) | year)
        return _of_dates(np.where(dated, v, 0.0).astype(np.int64), years, habit.zone)
    if habit.numbers is Numbers.EPOCH:
        finite &= ~(like | year | np.isin(v, _NEVER))
    size = np.abs(v)
    factor = np.select([size < 1e11, size < 1e14, size < 1e17], [1e6, 1e3, 1.0], 1e-3)
    micros = np.rint(v * factor).astype(np.int64)
    if np.issubdtype(values.dtype, np.integer):  # microseconds as whole numbers must not pass through a float
        micros = np.where(factor == 1.0, values.astype(np.int64), micros)
    return micros, finite


def _of_dates(numbers: Micros, years: bool, zone: str) -> tuple[Micros, Mask]:
    distinct, inverse = np.unique(numbers, return_inverse=True)
    each = [_of_calendar_number(n, years, zone) for n in distinct.tolist()]
    ok = np.array([t is not None for t in each], dtype=bool)
    return np.array([t or 0 for t in each], dtype=np.int64)[inverse], ok[inverse]


def _of_calendar_number(number: int, years: bool, zone: str) -> int | None:
    if number <= _YEARS[1]:
        return _since_epoch(dt.datetime(number, 1, 1), zone) if years and number >= _YEARS[0] else None
    try:
        return _since_epoch(dt.datetime(number // 10_000, number // 100 % 100, number % 100), zone)
    except ValueError:
        return None


# -- text --------------------------------------------------------------------------------------------------------------


def _of_text(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    if habit.order is not None:
        text = _year_to_front(text, habit.order)
    if not pc.any(pc.match_substring_regex(text[:_PROBE], _DIGITS)).as_py():
        for form in (_plain_iso, _zoned_iso):
            try:
                form(text[:_PROBE], years, habit)
                return form(text, years, habit)
            except pa.ArrowInvalid:
                continue
    return _of_mixed(text, years, habit)


def _of_mixed(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    for form in (_whole_numbers, _decimals, _plain_iso, _zoned_iso):
        try:
            form(text[:_PROBE], years, habit)  # an error is worded for each value that fails: do not fail on many
            return form(text, years, habit)
        except pa.ArrowInvalid:
            continue
    if len(text) <= _SMALL:
        each = [_one(t.strip(), years, habit) if t else None for t in text.to_pylist()]
        return (
            np.array([0 if t is None else t for t in each], dtype=np.int64),
            np.array([t is not None for t in each], dtype=bool),
        )
    half = len(text) // 2
    parts = [_of_mixed(part, years, habit) for part in (text[:half], text[half:])]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _plain_iso(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    return _of_temporal(text.cast(pa.timestamp("us")), habit)


def _zoned_iso(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    return _of_temporal(text.cast(pa.timestamp("us", tz="UTC")), habit)


def _whole_numbers(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    numbers = pc.fill_null(text.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return _of_numbers(numbers, years, habit)


def _decimals(text: Column, years: bool, habit: TimeHabit) -> tuple[Micros, Mask]:
    """Numbers with a fraction; the library would take "nan" and "1e9" for numbers too."""
    if not pc.all(pc.match_substring_regex(text, _DECIMAL)).as_py():
        raise pa.ArrowInvalid("no numbers")
    numbers = pc.fill_null(pc.utf8_trim_whitespace(text).cast(pa.float64()), 0).to_numpy(zero_copy_only=False)
    return _of_numbers(numbers, years, habit)


def _year_to_front(text: Column, order: str) -> Column:
    """03/05/2024 14:05 as 2024-05-03 14:05 (dmy) or 2024-03-05 14:05 (mdy)."""
    day, month = (r"\1", r"\2") if order == "dmy" else (r"\2", r"\1")
    turned = pc.replace_substring_regex(text, _YEAR_LAST, rf"\3-{month}-{day}\4")
    padded = pc.replace_substring_regex(turned, r"^([0-9]{4})-([0-9])-", r"\1-0\2-")
    padded = pc.replace_substring_regex(padded, r"^([0-9]{4}-[0-9]{2})-([0-9])(\D|$)", r"\1-0\2\3")
    return pc.replace_substring_regex(padded, r"^([0-9]{4}-[0-9]{2}-[0-9]{2}),\s*", r"\1 ")


def _micros(times: Column) -> Micros:
    micros: Micros = pc.fill_null(times.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return micros.copy()


def parse_time(text: str, *, years: bool = False) -> int | None:
    """One time in [us] since the epoch, or None where the text is no time.

    Examples
    --------
    >>> parse_time("1970-01-01T00:00:01.5Z"), parse_time("1946", years=True) == parse_time("1946/1/1"), parse_time("x")
    (1500000, True, None)
    """
    return _one(text.strip(), years, TimeHabit(time_habit(pa.array([text]))))


def _one(text: str, years: bool, habit: TimeHabit) -> int | None:
    if _NUMBER.fullmatch(text):
        whole = np.array([int(text)] if text.lstrip("+-").isdigit() and len(text) < 19 else [float(text)])
        micros, ok = _of_numbers(whole, years, habit)
        return int(micros[0]) if ok[0] else None
    try:
        return _since_epoch(dt.datetime.fromisoformat(_closed_up(text)), habit.zone)
    except (ValueError, OverflowError):
        return _of_year_first(text, habit.zone)


def _closed_up(text: str) -> str:
    """Bring "2001-02-03 04:05:06 +0800" and "... UTC" into the form the standard library reads."""
    text = re.sub(r"\s*(?:UTC|GMT)$", "Z", text, flags=re.IGNORECASE)
    return re.sub(r"(?<=\d)\s+(?=[+-]\d\d:?\d\d$)", "", text).upper()


def _of_year_first(text: str, zone: str) -> int | None:
    found = _YEAR_FIRST.fullmatch(text)
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return _since_epoch(dt.datetime(year, month, day, hour, minute, second), zone)
    except ValueError:
        return None


# -- time zones --------------------------------------------------------------------------------------------------------


def _since_epoch(when: dt.datetime, zone: str) -> int:
    if when.tzinfo is not None:
        return (when - _EPOCH) // dt.timedelta(microseconds=1)
    local = (when.replace(tzinfo=dt.UTC) - _EPOCH) // dt.timedelta(microseconds=1)
    return local - _offset(zone, local // _QUARTER)


def _from_local(local: Micros, zone: str) -> Micros:
    """UTC of local times; of an hour that comes twice the first is meant."""
    if zone == "UTC":
        return local
    quarters, inverse = np.unique(local // _QUARTER, return_inverse=True)
    offsets = np.array([_offset(zone, q) for q in quarters.tolist()], dtype=np.int64)
    return local - (offsets[inverse] if len(offsets) else 0)


@lru_cache(maxsize=1 << 16)
def _offset(zone: str, quarter: int) -> int:
    """What a zone's clocks are ahead of UTC [us], in a quarter of an hour of local time since 1970."""
    if zone == "UTC":
        return 0
    try:
        local = dt.datetime(1970, 1, 1, tzinfo=ZoneInfo(zone)) + dt.timedelta(microseconds=quarter * _QUARTER)
    except OverflowError:
        return 0
    ahead = local.utcoffset()
    return ahead // dt.timedelta(microseconds=1) if ahead else 0
