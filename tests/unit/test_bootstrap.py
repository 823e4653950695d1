"""Weighted figures and the bootstrap over clusters, against plain ones and rows written out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphsvc.kernels.bootstrap import bootstrap, cluster_weights, standard_error
from graphsvc.kernels.metrics import (
    auc,
    average_precision,
    brier,
    calibrated_rows,
    calibration_error,
    log_loss,
    rank,
    worst_gap,
)

ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 5), st.integers(0, 3), st.integers(0, 2)), min_size=1)


def columns(rows):
    y, score, weight, date = (np.array(c) for c in zip(*rows, strict=True))
    return y.astype(float), score / 7 + 0.1, weight.astype(float), date.astype(np.int64)


@settings(deadline=None)
@given(ROWS)
def test_weights_are_rows_written_so_many_times(rows):
    y, p, w, date = columns(rows)
    if not w.sum():
        return
    many = np.repeat(np.arange(len(y)), w.astype(int))
    weighted, precision = rank(y, p).figures(w)
    assert weighted == pytest.approx(auc(y[many], p[many]), nan_ok=True)
    assert precision == pytest.approx(average_precision(y[many], p[many]), nan_ok=True)
    square, loss, _, gap = calibrated_rows(y, p, date).figures(w)
    assert square == pytest.approx(brier(y[many], p[many]))
    assert loss == pytest.approx(log_loss(y[many], p[many]))
    assert gap == pytest.approx(worst_gap(y[many], p[many], date[many]))


def test_calibration_error_with_weights_of_one_is_the_plain_one():
    rng = np.random.default_rng(0)
    p = rng.random(1000)
    y = (rng.random(1000) < p**2).astype(float)
    found = calibrated_rows(y, p, np.zeros(1000, dtype=np.int64)).figures(np.ones(1000))[2]
    assert found == pytest.approx(calibration_error(y, p), abs=1e-12)
    assert found == pytest.approx(1 / 6, abs=0.03), "the integral of p - p^2"


def test_figures_worked_out_by_hand():
    y, p = np.array([1.0, 0.0, 1.0]), np.array([0.8, 0.4, 0.5])
    assert log_loss(y, p) == pytest.approx(-(np.log(0.8) + np.log(0.6) + np.log(0.5)) / 3)
    assert worst_gap(y, p, np.array([0, 0, 1])) == pytest.approx(0.5)
    assert worst_gap(y, p, np.array([1, 1, 1])) == pytest.approx((2 - 1.7) / 3)
    assert rank(y, p).figures(np.array([1.0, 1.0, 3.0])) == pytest.approx((1.0, 1.0))
    assert np.isfinite(log_loss(np.array([1.0]), np.array([0.0]))), "a wrong certainty is dear, not infinite"


def test_a_draw_takes_whole_clusters_as_many_as_there_are():
    cluster = np.array([7, 7, 7, 3, 3, 9])
    for weight in cluster_weights(cluster, 50, 1):
        assert len(set(weight[:3])) == 1 and weight[3] == weight[4]
        assert weight[0] + weight[3] + weight[5] == 3
    assert list(cluster_weights(np.zeros(0), 5, 1)) == []


def test_the_same_seed_draws_the_same_and_progress_is_told():
    cluster, told = np.arange(30) % 7, []
    values = [bootstrap(cluster, lambda w: np.array([w @ np.arange(30)]), 20, 5, told.append) for _ in range(2)]
    assert np.array_equal(*values) and told[:20] == pytest.approx(np.arange(1, 21) / 20)
    assert bootstrap(np.zeros(0), lambda w: w, 20, 5).shape == (0, 0)


def test_rows_that_repeat_each_other_do_not_make_errors_small():
    rng = np.random.default_rng(2)
    y = np.repeat((rng.random(100) < 0.5).astype(float), 50)
    cluster = np.repeat(np.arange(100), 50)

    def mean(w):
        return np.array([w @ y / w.sum()])

    error = standard_error(bootstrap(cluster, mean, 400, 0))[0]
    assert error == pytest.approx(np.sqrt(0.25 / 100), rel=0.15), "of 100 clusters, not of 5,000 rows"


def test_error_of_an_auc_is_hanley_and_mcneils():
    rng = np.random.default_rng(4)
    y = (rng.random(400) < 0.4).astype(float)
    score = rng.normal(size=400) + y
    ranking, area = rank(y, score), auc(y, score)
    error = standard_error(bootstrap(np.arange(400), lambda w: np.array(ranking.figures(w)[:1]), 400, 0))[0]
    n1, n0 = y.sum(), 400 - y.sum()
    q1, q2 = area / (2 - area), 2 * area**2 / (1 + area)
    expected = np.sqrt((area * (1 - area) + (n1 - 1) * (q1 - area**2) + (n0 - 1) * (q2 - area**2)) / (n1 * n0))
    assert error == pytest.approx(expected, rel=0.15)


def test_a_figure_that_most_replicates_cannot_measure_has_no_error():
    values = np.array([[1.0, np.nan, 2.0], [2.0, np.nan, np.nan], [3.0, 1.0, 4.0]])
    assert standard_error(values) == pytest.approx([1.0, np.nan, np.sqrt(2.0)], nan_ok=True)
    assert np.isnan(standard_error(values[:1])).all()
