"""Times as people and programs write them, to UTC microseconds, a column at a time.

Whole columns of one form (ISO 8601 with or without an offset, epoch numbers) take a fast path; a column of mixed
forms is halved until each part is of one form, so that one odd value among a million costs next to nothing.

A number may be an epoch time or, with 8 digits, a date without dashes. The column decides, not the value: only where
every number in it makes a date (or a year) are they dates; among epoch seconds some look like dates by chance.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from graphsvc.model import TIME

Column: TypeAlias = Any  # a pyarrow Array; the library takes and gives more kinds than its stubs know
pc: Any = pyarrow.compute

SECOND = 1_000_000  # [us]
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_EARLIEST = -62_135_596_800 * SECOND  # 0001-01-01
_LATEST = 253_402_300_800 * SECOND  # 10000-01-01
_YEARS = (1000, 2999)  # a bare number in this range can only be a year
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?")
_DIGITS = r"^\s*[0-9]+\s*$"
_YEAR_FIRST = re.compile(
    r"(\d{4})\s?[-/.年]\s?(\d{1,2})\s?[-/.月]\s?(\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:\.\d+)?)?)?"
)
_PROBE = 32  # values tried before a whole column
_SMALL = 256  # values; below this, one by one

Micros = NDArray[np.int64]
Mask = NDArray[np.bool_]


def parse_times(values: Column, *, years: bool) -> tuple[Column, Mask]:
    """Times of a column in UTC, and which values are not times.

    Parameters
    ----------
    values : text (ISO 8601, naive means UTC; year-first dates with `/`; epoch numbers), timestamps, dates or numbers
        (epoch seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude).
    years : whether a bare year such as 1946 is the first of January of that year; else it is no time.

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
    if pa.types.is_temporal(values.type):
        micros, ok = _of_temporal(values)
    elif pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        numbers = pc.fill_null(values, 0).to_numpy(zero_copy_only=False)
        micros, ok = _of_numbers(numbers, years, dates=_all_dates(numbers[~missing]))
    else:
        micros, ok = _of_text(values.cast(pa.string()), years)
    ok &= ~missing & (micros >= _EARLIEST) & (micros < _LATEST)
    return pa.array(micros, mask=~ok).cast(TIME), ~ok & ~missing


def _of_temporal(values: Column) -> tuple[Micros, Mask]:
    """Timestamps (naive: UTC) and dates; a time of day alone is no time."""
    n = len(values)
    if pa.types.is_timestamp(values.type) or pa.types.is_date(values.type):
        exact = values.cast(pa.timestamp("us", tz=getattr(values.type, "tz", None)), safe=False)
        return _micros(exact), np.ones(n, dtype=bool)
    return np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)


def _all_dates(numbers: NDArray[np.generic]) -> bool:
    """Does every number make a date without dashes (20210131), or a year?"""
    v = numbers.astype(np.float64)
    month, day = np.floor(v / 100) % 100, v % 100
    whole = (v >= 19000101) & (v <= 21001231) & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    return bool((whole | ((v >= _YEARS[0]) & (v <= _YEARS[1]))).all())


def _of_numbers(values: NDArray[np.generic], years: bool, *, dates: bool) -> tuple[Micros, Mask]:
    """Epoch numbers by magnitude; with ``dates`` 8 digits are a date (20210131) and 4 digits a year."""
    v = values.astype(np.float64)
    finite = np.isfinite(v) & (np.abs(v) < 1e20)
    v = np.where(finite, v, 0.0)
    size = np.abs(v)
    factor = np.select([size < 1e11, size < 1e14, size < 1e17], [1e6, 1e3, 1.0], 1e-3)
    exact = values.astype(np.int64) if np.issubdtype(values.dtype, np.integer) else None
    micros = np.rint(v * factor).astype(np.int64)
    if exact is not None:  # microseconds as whole numbers must not pass through a float
        micros = np.where(factor == 1.0, exact, micros)
    calendar = (v == np.floor(v)) & ((v >= 19000101) & (v <= 21001231) | (v >= _YEARS[0]) & (v <= _YEARS[1]))
    for i in np.flatnonzero(calendar & finite) if dates else ():
        when = _of_calendar_number(int(v[i]), years)
        finite[i] &= when is not None or v[i] > _YEARS[1]
        micros[i] = micros[i] if when is None else when
    return micros, finite


def _of_calendar_number(number: int, years: bool) -> int | None:
    if number <= _YEARS[1]:
        return _since_epoch(dt.datetime(number, 1, 1, tzinfo=dt.UTC)) if years else None
    try:
        return _since_epoch(dt.datetime(number // 10_000, number // 100 % 100, number % 100, tzinfo=dt.UTC))
    except ValueError:
        return None


def _of_text(text: Column, years: bool) -> tuple[Micros, Mask]:
    if not pc.any(pc.match_substring_regex(text[:_PROBE], _DIGITS)).as_py():
        for form in (_plain_iso, _zoned_iso):
            try:
                form(text[:_PROBE], years, True)
                return form(text, years, True)
            except pa.ArrowInvalid:
                continue
    numeric = pc.drop_null(pc.filter(text, pc.match_substring_regex(text, _DIGITS)))
    numbers = pc.utf8_trim_whitespace(numeric).cast(pa.float64()).to_numpy(zero_copy_only=False)
    return _of_mixed(text, years, _all_dates(numbers))


def _of_mixed(text: Column, years: bool, dates: bool) -> tuple[Micros, Mask]:
    for form in (_plain_iso, _zoned_iso, _whole_numbers) if dates else (_whole_numbers, _dashed_iso, _zoned_iso):
        try:
            form(text[:_PROBE], years, dates)  # an error is worded for each value that fails: do not fail on many
            return form(text, years, dates)
        except pa.ArrowInvalid:
            continue
    if len(text) <= _SMALL:
        each = [_one(t.strip(), years, dates) if t else None for t in text.to_pylist()]
        return (
            np.array([0 if t is None else t for t in each], dtype=np.int64),
            np.array([t is not None for t in each], dtype=bool),
        )
    half = len(text) // 2
    parts = [_of_mixed(part, years, dates) for part in (text[:half], text[half:])]
    return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _plain_iso(text: Column, years: bool, dates: bool) -> tuple[Micros, Mask]:
    return _of_temporal(text.cast(pa.timestamp("us")))


def _dashed_iso(text: Column, years: bool, dates: bool) -> tuple[Micros, Mask]:
    """ISO 8601, but no bare digits, which the library would read as dates."""
    if pc.any(pc.match_substring_regex(text, _DIGITS)).as_py():
        raise pa.ArrowInvalid("bare digits")
    return _plain_iso(text, years, dates)


def _zoned_iso(text: Column, years: bool, dates: bool) -> tuple[Micros, Mask]:
    return _of_temporal(text.cast(pa.timestamp("us", tz="UTC")))


def _whole_numbers(text: Column, years: bool, dates: bool) -> tuple[Micros, Mask]:
    numbers = pc.fill_null(text.cast(pa.int64()), 0).to_numpy(zero_copy_only=False)
    return _of_numbers(numbers, years, dates=dates)


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
    return _one(text.strip(), years, dates=True)


def _one(text: str, years: bool, dates: bool) -> int | None:
    if _NUMBER.fullmatch(text):
        whole = np.array([int(text)] if text.lstrip("+-").isdigit() and len(text) < 19 else [float(text)])
        micros, ok = _of_numbers(whole, years, dates=dates)
        return int(micros[0]) if ok[0] else None
    try:
        return _since_epoch(dt.datetime.fromisoformat(_closed_up(text)))
    except (ValueError, OverflowError):
        return _of_year_first(text)


def _closed_up(text: str) -> str:
    """Bring "2001-02-03 04:05:06 +0800" and "... UTC" into the form the standard library reads."""
    text = re.sub(r"\s*(?:UTC|GMT)$", "Z", text, flags=re.IGNORECASE)
    return re.sub(r"(?<=\d)\s+(?=[+-]\d\d:?\d\d$)", "", text).upper()


def _of_year_first(text: str) -> int | None:
    found = _YEAR_FIRST.fullmatch(text)
    if not found:
        return None
    try:
        year, month, day, hour, minute, second = (int(part or 0) for part in found.groups())
        return _since_epoch(dt.datetime(year, month, day, hour, minute, second, tzinfo=dt.UTC))
    except ValueError:
        return None


def _since_epoch(when: dt.datetime) -> int:
    aware = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return (aware - _EPOCH) // dt.timedelta(microseconds=1)
