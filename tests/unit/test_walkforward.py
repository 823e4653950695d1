"""The numbers under walk-forward models: logistic regression, calibration, metrics."""

import numpy as np
import pytest

from graphsvc.kernels.logistic import Linear, Penalty, _gram, fit_affine, fit_logistic
from graphsvc.kernels.metrics import auc, average_precision, brier, calibration_error, sigmoid
from graphsvc.kernels.walkforward import Forecast, Panel, Recipe, calibration, judge, miss, walk
from graphsvc.projection import DAY


def flat(dates, rate, n=200, horizon=28):
    """One feature that says nothing, outcomes of a given rate per date."""
    rng = np.random.default_rng(0)
    at = np.repeat(np.arange(dates) * 28 * DAY, n)
    y = (rng.random(len(at)) < np.repeat(rate, n)).astype(float)
    return Panel(rng.normal(size=(len(at), 1)), y, at, horizon * DAY)


def test_dates_before_anything_could_be_learnt_are_skipped():
    panel = flat(8, np.full(8, 0.3))
    made = walk(panel, panel.dates, Recipe(signs=np.zeros(1, dtype=np.int8)))
    assert [f.at for f in made] == panel.dates[3:], "three dates must be known"
    assert abs(judge(made)["auc"] - 0.5) < 0.06 and judge([]) == {}


def test_recent_outcomes_weigh_more_when_rates_drift():
    panel = flat(20, np.linspace(0.6, 0.2, 20))
    said = [
        walk(panel, panel.dates[-1:], Recipe(np.zeros(1, dtype=np.int8), drift_days=d))[0].p.mean() for d in (90, 9e9)
    ]
    assert said[0] < said[1] - 0.05


def test_without_past_forecasts_nothing_is_calibrated():
    f = Forecast(0, np.array([3.0, 3.0]), np.array([0.95, 0.95]), np.array([0.0, 0.0]))
    how = Recipe(signs=np.zeros(1, dtype=np.int8), calibrate_strength=0.1)
    assert calibration([f], 27 * DAY, 28 * DAY, how) == (0.0, 1.0)
    shift, slope = calibration([f], 28 * DAY, 28 * DAY, how)
    assert shift + 3 * slope < 2


def test_dates_that_turn_out_otherwise_widen_the_interval():
    half = np.full(100, 0.5)
    true = Forecast(0, half, half, np.tile([0.0, 1.0], 50))
    assert miss([true]) == 0.1 and miss([]) == 0.1
    assert miss([true, Forecast(1, half, half, np.repeat([0.0, 1.0], [90, 10]))]) > 1.0


def test_logistic_finds_the_least_loss_and_holds_signs():
    from scipy.optimize import minimize

    rng = np.random.default_rng(1)
    x = rng.normal(size=(600, 4)) * [1, 5, 0.1, 1] + 3
    y = (rng.random(600) < sigmoid(x[:, 0] - 0.3 * x[:, 1] - 2)).astype(float)
    w = rng.uniform(0.2, 1, 600)
    free = fit_logistic(x, y, w, Penalty(np.zeros(4, dtype=np.int8), 2.0))
    z = np.column_stack(
        [np.ones(600), (x - free.centre) / np.sqrt(np.average((x - free.centre) ** 2, axis=0, weights=w))]
    )
    ridge = np.array([1e-2, 2, 2, 2, 2])

    def loss(b):
        u = z @ b
        return w @ (np.logaddexp(0, u) - y * u) + 0.5 * ridge @ b**2

    best = minimize(loss, np.zeros(5), method="BFGS", options={"gtol": 1e-9})
    np.testing.assert_allclose(free.log_odds(x), z @ best.x, atol=1e-5)
    held = fit_logistic(x, y, w, Penalty(np.ones(4, dtype=np.int8), 2.0))
    bounded = minimize(loss, np.zeros(5), method="L-BFGS-B", bounds=[(None, None)] + [(0, None)] * 4, tol=1e-12)
    assert held.coefficients[1] == 0 and (held.coefficients >= 0).all()
    np.testing.assert_allclose(held.log_odds(x), z @ bounded.x, atol=1e-3)
    warm = fit_logistic(x, y, w, Penalty(np.ones(4, dtype=np.int8), 2.0), start=free)
    np.testing.assert_allclose(warm.log_odds(x), held.log_odds(x), atol=1e-8)


def test_logistic_of_equal_outcomes_and_constant_features_stays_finite():
    x = np.ones((50, 3))
    model = fit_logistic(x, np.zeros(50), np.ones(50), Penalty(np.ones(3, dtype=np.int8), 10.0))
    assert np.isfinite(model.intercept) and model.intercept < -4 and (model.coefficients == 0).all()


def test_clusters_that_share_their_luck_widen_the_interval():
    rng = np.random.default_rng(2)
    group = np.repeat(np.arange(20), 50)
    x, shock = rng.normal(size=(1000, 1)), rng.normal(size=20)[group]
    y = (rng.random(1000) < sigmoid(x[:, 0] + shock)).astype(float)
    penalty = Penalty(np.ones(1, dtype=np.int8), 1.0)
    alone = fit_logistic(x, y, np.ones(1000), penalty, clusters=np.arange(1000)).variance(x).mean()
    assert fit_logistic(x, y, np.ones(1000), penalty, clusters=group).variance(x).mean() > 3 * alone


def test_block_products_equal_plain_ones():
    rng = np.random.default_rng(3)
    for n in (0, 1, 400, 30_000):
        z, v = rng.normal(size=(n, 40)), rng.random(n)
        np.testing.assert_allclose(_gram(z, v), (z * v[:, None]).T @ z, rtol=1e-9, atol=1e-9)
    model = Linear(0.0, np.zeros(3), np.zeros(3), np.diag([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_allclose(model.variance(np.array([[1.0, 1.0, 0.0]])), [6.0])
    assert model.variance(np.zeros((0, 3))).shape == (0,)


def test_affine_calibration_undoes_a_distortion():
    rng = np.random.default_rng(4)
    z = rng.normal(size=20_000)
    y = (rng.random(20_000) < sigmoid(0.5 * z - 1)).astype(float)
    assert fit_affine(z, y, np.ones(20_000), 10.0) == pytest.approx((-1.0, 0.5), abs=0.05)


def test_metrics_on_numbers_worked_out_by_hand():
    y, p = np.array([1.0, 0.0, 1.0, 0.0]), np.array([0.9, 0.5, 0.5, 0.1])
    assert auc(y, p) == pytest.approx(3.5 / 4)
    assert average_precision(y, p) == pytest.approx((1 / 1 + 2 / 3) / 2)
    assert brier(y, p) == pytest.approx((0.01 + 0.25 + 0.25 + 0.01) / 4)
    assert calibration_error(y, p, bins=2) == pytest.approx((abs(0 - 0.3) + abs(1 - 0.7)) / 2)
    assert np.isnan(auc(np.ones(3), np.arange(3.0))) and np.isnan(average_precision(np.zeros(2), np.zeros(2)))
