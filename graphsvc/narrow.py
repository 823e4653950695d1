"""Columns in as few bytes as their values need.

A Projection of ten million rows is read by every process that answers, so a code takes one byte and not four, and a
column that says the same of every row takes none.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Column = NDArray[Any]
T = TypeVar("T", bound=np.generic)

_SIGNED = tuple(np.dtype(f"int{bits}") for bits in (8, 16, 32, 64))
CHUNK = 2**20  # rows that a look-up widens at a time


def narrow(column: Column, least: int = 1) -> Column:
    """The same values in the smallest signed integer type; floats stay what they are, one value for all takes no room.

    Parameters
    ----------
    column : any numbers.
    least : bytes that an integer takes at least.

    Examples
    --------
    >>> narrow(np.array([3, -1, 120])).dtype
    dtype('int8')
    >>> narrow(np.array([7, 7, 7])).strides
    (0,)
    """
    only = one_value(column)
    if only is not None:
        return repeated(only.astype(_smallest(only, least)), len(column))
    return column.astype(_smallest(column, least), copy=False)


def one_value(column: Column) -> Column | None:
    """The value that all rows have (NaN equals NaN), as an array of one; None where they differ or there is no row."""
    if not len(column):
        return None
    first = column[:1]
    if is_repeated(column):
        return first
    if column[-1] != first[0] and not (column.dtype.kind == "f" and np.isnan(column[-1]) and np.isnan(first[0])):
        return None  # the common case of a column that differs, without reading it
    same = np.isnan(column).all() if column.dtype.kind == "f" and np.isnan(first[0]) else (column == first[0]).all()
    return first if same else None


def repeated(one: NDArray[T], rows: int) -> NDArray[T]:
    """A read-only column that holds one value once, whatever its length."""
    return np.broadcast_to(one.reshape(-1)[:1].copy(), rows)


def is_repeated(column: Column) -> bool:
    """Whether a column holds one value once."""
    return len(column) > 0 and column.strides == (0,)


def held(column: Column) -> int:
    """Bytes of memory that a column really holds."""
    return column.itemsize if is_repeated(column) else column.nbytes


def looked_up(table: Column, codes: Column) -> Column:
    """``table[codes]``, where -1 means the last slot, without widening all codes at a time.

    Examples
    --------
    >>> looked_up(np.array([5, 6, -1], dtype=np.int8), np.array([1, -1, 0], dtype=np.int8)).tolist()
    [6, -1, 5]
    """
    if is_repeated(codes):
        return repeated(table[codes[:1]], len(codes))
    out = np.empty(len(codes), dtype=table.dtype)
    for start in range(0, len(codes), CHUNK):
        np.take(table, codes[start : start + CHUNK], out=out[start : start + CHUNK])
    return out


def mark(used: NDArray[np.bool_], codes: Column) -> None:
    """Set the slots of all codes; -1 means the last slot."""
    if is_repeated(codes):
        codes = codes[:1]
    for start in range(0, len(codes), CHUNK):
        used[codes[start : start + CHUNK]] = True


def room(column: Column, values: Column) -> np.dtype[Any]:
    """The type that holds what a column holds and some more values."""
    if values.dtype.kind != "i" or not len(values):
        return column.dtype
    return np.promote_types(column.dtype, _smallest(values, 1))


def _smallest(column: Column, least: int) -> np.dtype[Any]:
    if column.dtype.kind != "i" or not len(column):
        return column.dtype
    low, high = int(column.min()), int(column.max())
    for dtype in _SIGNED:
        info = np.iinfo(dtype)
        if dtype.itemsize >= least and info.min <= low and high <= info.max:
            return dtype
    raise AssertionError("every signed integer fits 64 bits")
