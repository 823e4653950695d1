"""The numbers under walk-forward models: logistic regression, calibration, metrics."""

import numpy as np
import pytest

from graphsvc.kernels.logistic import Linear, Penalty, _gram, fit_affine, fit_logistic
from graphsvc.kernels.metrics import auc, average_precision, brier, calibration_error, sigmoid
from graphsvc.kernels.walkforward import (
    DATE_SPREAD,
    Forecast,
    Panel,
    Recipe,
    calibration,
    coverage,
    judge,
    miss,
    walk,
)
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
    assert miss([]) == DATE_SPREAD, "before any date was seen"
    assert miss([true]) < DATE_SPREAD and miss([true] * 99) == 0.1
    off = Forecast(1, half, half, np.repeat([0.0, 1.0], [90, 10]))
    assert miss([true, off]) > 1.0 and miss([off]) < miss([off] * 9), "one date is drawn to what is usual"


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


def test_a_prior_holds_where_rows_are_few_and_is_forgotten_where_they_are_many():
    rng = np.random.default_rng(5)
    known = Linear(-1.0, np.array([2.0]), np.array([0.5]), np.zeros((2, 2)))
    gaps = []
    for n in (4, 40_000):
        x = rng.normal(size=(n, 1))
        y = (rng.random(n) < 0.5).astype(float)
        model = fit_logistic(x, y, np.ones(n), Penalty(np.ones(1, dtype=np.int8), 20.0, known, 1.0))
        gaps.append((abs(model.coefficients[0] - 2.0), abs(model.coefficients[0])))
    assert gaps[0][0] < 0.5 and gaps[1][1] < 0.1
    nothing = Penalty(np.ones(1, dtype=np.int8), 1e9, known, 1e9)
    held = fit_logistic(x[:50], y[:50], np.ones(50), nothing)
    np.testing.assert_allclose(held.log_odds(x), known.log_odds(x), atol=1e-4)


def test_a_whole_date_that_was_off_says_little_of_the_next():
    def dates(*rates, n=5_000):
        half = np.full(n, 0.0)
        return [Forecast(i, half, half + 0.5, (np.arange(n) < r * n).astype(float)) for i, r in enumerate(rates)]

    how = Recipe(signs=np.zeros(1, dtype=np.int8))
    steady, wild = (calibration(dates(*r), 99, 1, how)[0] for r in ((0.6, 0.6, 0.6, 0.6), (0.95, 0.1, 0.95, 0.4)))
    assert steady > 0.2, "a lasting miss must be followed"
    assert abs(wild) < 0.5 * np.log(0.6 / 0.4), "misses that come and go must not"


def test_intervals_cover_what_they_say():
    rng = np.random.default_rng(6)
    n, dates = 300, 40
    at = np.repeat(np.arange(dates) * 28 * DAY, n)
    x, shock = rng.normal(size=(len(at), 1)), np.repeat(rng.normal(size=dates) * 0.4, n)
    y = (rng.random(len(at)) < sigmoid(x[:, 0] + shock)).astype(float)
    panel = Panel(x, y, at, 28 * DAY)
    made = walk(panel, panel.dates, Recipe(signs=np.ones(1, dtype=np.int8)), intervals=True)
    assert 0.82 < coverage(made[5:]) < 0.97
    assert np.isnan(coverage(walk(panel, panel.dates[:5], Recipe(signs=np.ones(1, dtype=np.int8))))), (
        "none were asked for"
    )
    narrow = [Forecast(f.at, f.raw, f.p, f.y, np.zeros(n)) for f in made]
    assert coverage(narrow) < coverage(made) - 0.1


def test_the_covariance_is_of_the_refits_over_dates():
    rng = np.random.default_rng(7)
    found, said = [], []
    for _ in range(60):
        group = np.repeat(np.arange(15), 60)
        x = rng.normal(size=(900, 1)) + rng.normal(size=15)[group][:, None]
        y = (rng.random(900) < sigmoid(x[:, 0] + 0.4 * rng.normal(size=15)[group])).astype(float)
        model = fit_logistic(x, y, np.ones(900), Penalty(np.zeros(1, dtype=np.int8), 0.1), clusters=group)
        found.append(model.coefficients[0])
        said.append(model.variance_of_change(np.ones((1, 1)))[0])
    assert 0.6 < np.sqrt(np.mean(said)) / np.std(found) < 1.4
