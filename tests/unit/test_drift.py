"""The numbers by which a model is said to have drifted: errors that know shared people, calibration, shift, silence."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphsvc.kernels.drift import (
    calibration,
    counts_in,
    dyadic,
    edges_of,
    log_loss,
    paired,
    silent_since,
    stability,
)
from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import DAY


def naive_dyadic(u, one, two):
    """Sum of u_i u_j over all pairs of rows that have a person in common."""
    ends = [{int(a), int(b)} - {-1} for a, b in zip(one, two, strict=True)]
    total = sum(u[i] * u[j] for i in range(len(u)) for j in range(len(u)) if ends[i] & ends[j])
    pairs = sum(u[i] * u[j] for i in range(len(u)) for j in range(len(u)) if ends[i] == ends[j])
    return max(total, pairs)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(6, 9), st.integers(-3, 3)), min_size=1, max_size=25))
def test_errors_of_ties_count_every_two_rows_with_a_person_in_common(rows):
    one, two = (np.array([r[k] for r in rows], dtype=np.int32) for k in (0, 1))
    u = np.array([float(r[2]) for r in rows])
    assert dyadic(u[:, None], one, two)[0, 0] == pytest.approx(naive_dyadic(u, one, two))
    nobody = np.full(len(rows), -1, dtype=np.int32)
    assert dyadic(u[:, None], one, nobody)[0, 0] == pytest.approx(naive_dyadic(u, one, nobody))


def drawn(n=4000, seed=3, slope=1.0, shift=0.0):
    """Probabilities, and outcomes whose log-odds are an affine map of theirs."""
    rng = np.random.default_rng(seed)
    z = rng.normal(size=n)
    y = (rng.random(n) < sigmoid(shift + slope * z)).astype(float)
    return y, sigmoid(z), np.arange(n, dtype=np.int32), np.full(n, -1, dtype=np.int32)


def test_true_probabilities_are_calibrated_and_others_are_told_by_gap_or_slope():
    fine = calibration(*drawn())
    assert abs(fine.gap) < 3 * fine.gap_error and abs(fine.slope - 1) < 3 * fine.slope_error
    off = calibration(*drawn(shift=0.7))
    assert off.gap > 0.1 and off.gap > 3 * off.gap_error
    flat = calibration(*drawn(slope=0.4))
    assert flat.slope == pytest.approx(0.4, abs=0.1) and 1 - flat.slope > 3 * flat.slope_error
    assert fine.slope_error == pytest.approx(1 / np.sqrt(4000 * 0.18), rel=0.3), "the textbook error of a slope"


def test_what_whole_dates_are_usually_off_widens_the_error_and_more_dates_narrow_it():
    y, p, one, two = drawn()
    errors = [calibration(y, p, one, two, dates, miss).gap_error for dates, miss in ((1, 0.0), (4, 0.5), (1, 0.5))]
    assert errors[0] < errors[1] < errors[2]
    assert errors[2] == pytest.approx(np.hypot(errors[0], 0.5 * (p * (1 - p)).mean()))


def test_the_better_of_two_is_told_on_the_same_rows():
    y, p, one, two = drawn()
    worse = sigmoid(0.3 * np.log(p / (1 - p)))
    difference, error = paired(y, p, worse, one, two)
    assert difference == pytest.approx(float((log_loss(y, worse) - log_loss(y, p)).mean()))
    assert difference > 3 * error > 0
    assert paired(y, p, p, one, two) == (0.0, 0.0)
    assert np.isfinite(log_loss(np.array([0.0, 1.0]), np.array([1.0, 0.0]))).all(), "a certain error is finite"


def test_stability_knows_chance_from_shift():
    rng = np.random.default_rng(0)
    values = rng.normal(size=2000)
    edges = edges_of(values)
    then = counts_in(values, edges)
    same, chance = stability(then, counts_in(rng.normal(size=2000), edges))
    assert sum(then) == 2000 and max(then) - min(then) <= 1
    assert same < chance < 0.05
    moved, _ = stability(then, counts_in(rng.normal(1.0, size=2000), edges))
    assert moved > 0.25
    few, wide = stability(then, counts_in(rng.normal(size=25), edges))
    assert few < wide and wide > 0.5, "of 25 rows chance alone gives much"


def test_histograms_of_nothing_or_of_one_value_show_no_shift():
    assert edges_of(np.zeros(0)) == [] and counts_in(np.zeros(0), []) == [0]
    assert stability([5], [7]) == (0.0, float("inf"))
    assert edges_of(np.ones(9)) == [1.0] and counts_in(np.ones(9), [1.0]) == [9, 0]
    assert stability([9, 0], [9, 0])[0] == 0.0


def steady(days, per_day=5):
    return (np.arange(days * per_day) * DAY // per_day).astype(np.int64)


def test_a_steady_stream_that_ends_is_silent_until_it_is_forgotten():
    time = steady(150)
    last = int(time[-1])
    assert silent_since(time, last + 5 * DAY) is None, "five days are no silence"
    assert silent_since(time, last + 20 * DAY) == last
    assert silent_since(time, last + 150 * DAY) == last
    assert silent_since(time, last + 400 * DAY) is None, "so long a silence is how things are"


def test_stray_events_do_not_end_a_silence_and_a_clock_that_jumps_shows_as_one():
    time = steady(150)
    last = int(time[-1])
    stray = np.append(time, [last + 30 * DAY, last + 40 * DAY])
    assert silent_since(stray, last + 40 * DAY) == last
    assert silent_since(stray, last + 10**6) is None, "later events are not looked at"


def test_bursts_and_trickles_are_no_steady_streams():
    bursts = np.sort(np.concatenate([q * 91 * DAY + np.arange(300) for q in range(8)])).astype(np.int64)
    assert silent_since(bursts, int(bursts[-1]) + 30 * DAY) is None
    assert silent_since(steady(150, 1)[::2], 180 * DAY) is None
    assert silent_since(np.zeros(0, dtype=np.int64), 0) is None
