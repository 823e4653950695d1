"""Columns in few bytes hold the values that were given, whatever they are."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphsvc import narrow as small
from graphsvc import toy
from graphsvc.projection import narrowed, take

NUMBERS = st.lists(st.integers(-(2**63), 2**63 - 1) | st.integers(-200, 200), max_size=30)


@given(NUMBERS, st.sampled_from([1, 2, 4]))
def test_values_stay_and_the_type_is_the_smallest_that_holds_them(values: list[int], least: int) -> None:
    column = small.narrow(np.array(values, dtype=np.int64), least)
    assert column.tolist() == values
    if values:
        fits = [
            b for b in (1, 2, 4, 8) if b >= least and all(-(2 ** (8 * b - 1)) <= v < 2 ** (8 * b - 1) for v in values)
        ]
        assert column.itemsize == fits[0]
        assert small.is_repeated(column) == (len(set(values)) == 1)


@pytest.mark.parametrize("values", [[np.nan] * 3, [1.0, 1.0], [np.nan, 1.0, np.nan], [1.0, np.nan, 1.0], []])
def test_a_column_of_numbers_missing_everywhere_is_one_value(values: list[float]) -> None:
    column = small.narrow(np.array(values, dtype=np.float32))
    np.testing.assert_array_equal(column, np.array(values, dtype=np.float32))
    same = len(values) > 0 and (all(np.isnan(values)) or len(set(values)) == 1)
    assert small.is_repeated(column) == same
    assert small.held(column) == (4 if same else 4 * len(values))


@given(st.lists(st.integers(-1, 3), max_size=20))
def test_a_look_up_in_parts_is_one_at_once(codes: list[int]) -> None:
    table, given_ = np.array([5, 6, 7, 8, -9]), np.array(codes, dtype=np.int8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small, "CHUNK", 3)
        assert small.looked_up(table, given_).tolist() == [int(table[c]) for c in codes]
        assert small.looked_up(table, small.narrow(given_)).tolist() == [int(table[c]) for c in codes]
        used = np.zeros(5, dtype=bool)
        small.mark(used, small.narrow(given_))
    assert set(np.flatnonzero(used)) == {c % 5 for c in codes}


def test_a_code_that_no_table_holds_is_an_error() -> None:
    with pytest.raises(IndexError):
        small.looked_up(np.arange(3), np.array([3], dtype=np.int8))


def test_interactions_take_28_bytes_a_row_where_few_columns_differ_and_42_at_most() -> None:
    rng, n = np.random.default_rng(5), 5_000
    rows = [{"time": i, "from": f"p{i % 7}", "to": f"q{i % 11}"} for i in range(3)]
    x = take(toy.build(interactions=rows, as_of=9).interactions, np.arange(n) % 3)
    x = narrowed(x)
    plain = {"time": 8, "key": 4, "actor": 4, "target": 4}
    assert sum(small.held(getattr(x, c)) for c in plain) == 20 * n
    assert all(small.held(getattr(x, c)) < 10 for c in ("role", "topic", "object", "weight", "relevance"))
    every = {f.name: rng.integers(0, 100, n).astype(getattr(x, f.name).dtype) for f in fields(x)}
    full = narrowed(replace(x, **every))
    assert sum(small.held(getattr(full, f.name)) for f in fields(x)) <= 42 * n


def test_the_digest_is_that_of_the_values_not_of_their_types() -> None:
    p = toy.build(interactions=[{"time": i, "from": "a", "to": "b"} for i in range(4)], as_of=9)
    wide = {}
    for f in fields(p.interactions):
        column = getattr(p.interactions, f.name)
        wide[f.name] = np.array(column, dtype=np.int64) if column.dtype.kind == "i" else np.array(column)
    assert replace(p, interactions=replace(p.interactions, **wide)).digest == p.digest
    wide["kind"] = wide["kind"] + 1
    assert replace(p, interactions=replace(p.interactions, **wide)).digest != p.digest
