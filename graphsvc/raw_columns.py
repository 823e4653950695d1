"""Columns as a file has them: in one piece, as valid text, without what stands for no value."""

from __future__ import annotations

import pyarrow as pa

from graphsvc.times import Column, Mask, pc

MISSING = pa.array(["", "NULL", "\\N", "#N/A", "<NA>"])
NOT_A_VALUE = pa.array(
    ["NA", "N/A", "n/a", "na", "null", "None", "none", "-", "--", "—", "无"]
)  # not in names and keys


def whole(column: Column) -> Column:
    """A column in one piece, a dictionary written out."""
    one = column.combine_chunks()
    array = one.chunk(0) if isinstance(one, pa.ChunkedArray) and one.num_chunks else one
    if isinstance(array, pa.ChunkedArray):
        return pa.nulls(0, column.type)
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def is_missing(values: Column) -> Mask:
    """Where a column has no value, shape (n,)."""
    mask: Mask = values.is_null().to_numpy(zero_copy_only=False)
    return mask


def is_true(values: Column) -> Mask:
    """Where a column of flags is true, shape (n,); null is not."""
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return mask


def decoded(values: Column) -> Column:
    """Valid text, whatever the column was; bytes that are no UTF-8 become U+FFFD."""
    if pa.types.is_floating(values.type) and not is_true(pc.not_equal(pc.round(values), values)).any():
        values = values.cast(pa.int64(), safe=False)  # keys that went through a spreadsheet: 12.0 is key 12
    if not (is_text(values) or pa.types.is_binary(values.type)):
        return values.cast(pa.string())
    try:
        text = values.cast(pa.string())
        text.validate(full=True)
    except pa.ArrowInvalid:
        return pa.array([v and v.decode("utf-8", "replace") for v in values.cast(pa.binary()).to_pylist()], pa.string())
    return text


def is_text(values: Column) -> bool:
    """Whether a column is text."""
    return bool(pa.types.is_string(values.type) or pa.types.is_large_string(values.type))


def bare(values: Column) -> Column:
    """Values of a column that is not text: empty and "not a value" are null."""
    if not (is_text(values) or pa.types.is_binary(values.type)):
        return values
    values = pc.utf8_trim_whitespace(decoded(values))
    missing = pc.or_(pc.is_in(values, MISSING), pc.is_in(values, NOT_A_VALUE))
    return pc.if_else(missing, pa.scalar(None, pa.string()), values)
