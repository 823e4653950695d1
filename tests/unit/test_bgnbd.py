"""BG/NBD: the likelihood against its definition as an integral, published figures, and planted customers."""

import numpy as np
import pytest
from scipy import stats

from graphsvc.kernels.bgnbd import BgNbd, Histories, fit_bgnbd, log_likelihood

CDNOW = BgNbd(0.243, 4.414, 0.793, 2.426)  # Fader, Hardie & Lee (2005), table 2; time in weeks

# Gauss-Legendre nodes of (rate, drop-out probability) over (0, 30) x (0, 1)
NODES, WEIGHTS = np.polynomial.legendre.leggauss(300)
RATE, DROP = 15 * (NODES[:, None] + 1), (NODES[None, :] + 1) / 2
WEIGHT = 15 * WEIGHTS[:, None] * WEIGHTS[None, :] / 2


def histories(*rows):
    x, last, watched = (np.array(column, dtype=float) for column in zip(*rows, strict=True))
    return Histories(x, last, watched)


def theta(m):
    return np.log([m.r, m.alpha, m.a, m.b])


def naive(m, x, last, watched, horizon=None):
    """Likelihood of a history as the double integral over rate and drop-out probability.

    With a horizon: of the history, being alive after it, and at least one purchase within the horizon.
    """

    alive = (1 - DROP) ** x * RATE**x * np.exp(-RATE * watched)
    gone = DROP * (1 - DROP) ** (x - 1) * RATE**x * np.exp(-RATE * last) if x > 0 else 0.0
    one = alive + gone if horizon is None else alive * -np.expm1(-RATE * horizon)
    prior = stats.gamma.pdf(RATE, m.r, scale=1 / m.alpha) * stats.beta.pdf(DROP, m.a, m.b)
    return float((one * prior * WEIGHT).sum())


# parameters without a pole at 0, so that the sum is exact enough; one history each of: none, early, late, at once
SMOOTH = BgNbd(2.0, 3.0, 1.5, 2.5)
ROWS = [(0, 0, 5), (1, 0.5, 6), (3, 5.9, 6), (2, 4, 4)]


@pytest.mark.parametrize("row", ROWS)
def test_likelihood_is_the_integral_over_rates_and_drop_out(row):
    value, _ = log_likelihood(histories(row), theta(SMOOTH))
    assert np.exp(value) == pytest.approx(naive(SMOOTH, *row), rel=1e-5)


@pytest.mark.parametrize("row", ROWS)
def test_probability_of_a_purchase_is_the_ratio_of_the_integrals(row):
    said = SMOOTH.any_within(histories(row), 2.5)[0]
    assert said == pytest.approx(naive(SMOOTH, *row, horizon=2.5) / naive(SMOOTH, *row), rel=1e-5)


def test_likelihood_worked_out_by_hand():
    ones = np.zeros(4)  # r = alpha = a = b = 1
    assert log_likelihood(histories((0, 0, 3)), ones)[0] == pytest.approx(np.log(1 / 4))
    # (6): G(2)/G(1) . G(2)G(2)/(G(1)G(3)) . (1/(1+3)^2 + 1/1 . 1/(1+1)^2) = 1/2 . (1/16 + 1/4)
    assert log_likelihood(histories((1, 1, 3)), ones)[0] == pytest.approx(np.log(0.5 * (1 / 16 + 1 / 4)))
    both = histories((0, 0, 3), (1, 1, 3))
    assert log_likelihood(both, ones)[0] == pytest.approx(np.log(1 / 4) + np.log(5 / 32))


def test_gradient_is_the_slope_of_the_likelihood():
    h, at = histories(*ROWS), theta(CDNOW)
    _, slope = log_likelihood(h, at)
    for i in range(4):
        step = np.eye(4)[i] * 1e-6
        numeric = (log_likelihood(h, at + step)[0] - log_likelihood(h, at - step)[0]) / 2e-6
        assert slope[i] == pytest.approx(numeric, rel=1e-5, abs=1e-7)


def test_published_expectations_of_cdnow_customers():
    """Hardie's spreadsheet note: 1.226 in 39 weeks; BTYD's vignette: 25.76 in 52 weeks, alive 0.9689."""
    h = histories((2, 30.43, 38.86), (26, 30.86, 31))
    assert CDNOW.expected(h, 39.0)[0] == pytest.approx(1.226, abs=5e-4)
    assert CDNOW.expected(h, 52.0)[1] == pytest.approx(25.758, abs=5e-3)
    assert CDNOW.alive(h) == pytest.approx([0.7266, 0.9689], abs=5e-5)
    # with lambda ~ Gamma(r + 2, alpha + 38.86) given alive
    shape, rate = CDNOW.r + 2, CDNOW.alpha + 38.86
    assert CDNOW.any_within(h, 39.0)[0] == pytest.approx(
        CDNOW.alive(h)[0] * (1 - (rate / (rate + 39)) ** shape), rel=1e-12
    )


def planted(m, n, seed):
    """Customers simulated by the story: a rate of one's own, and a coin of one's own after every purchase."""
    rng = np.random.default_rng(seed)
    out, later = [], []
    for lam, p, watched in zip(
        rng.gamma(m.r, 1 / m.alpha, n), rng.beta(m.a, m.b, n), rng.uniform(20, 80, n), strict=True
    ):
        time, x, last, after = 0.0, 0, 0.0, 0
        while (time := time + rng.exponential(1 / lam)) < watched + 10:
            if time <= watched:
                x, last = x + 1, time
            else:
                after = 1
            if rng.random() < p:
                break
        out.append((x, last, watched))
        later.append(after)
    return histories(*out), np.array(later)


def test_parameters_and_probabilities_of_planted_customers_are_found():
    true = BgNbd(0.6, 5.0, 1.2, 3.0)
    h, later = planted(true, 6000, 3)
    found = fit_bgnbd(h)
    assert [found.r, found.alpha] == pytest.approx([true.r, true.alpha], rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(true.a / (true.a + true.b), rel=0.15)
    assert log_likelihood(h, theta(found))[0] >= log_likelihood(h, theta(true))[0]
    assert np.abs(log_likelihood(h, theta(found))[1]).max() < 1.0, "not a maximum"
    said = found.any_within(h, 10.0)
    for part in np.array_split(np.argsort(said), 5):
        assert said[part].mean() == pytest.approx(later[part].mean(), abs=0.035)
    again = fit_bgnbd(h, found)
    assert again.r == pytest.approx(found.r, rel=1e-2), "where it begins must not matter"


def test_what_more_contact_and_more_silence_say():
    m = CDNOW
    silence = m.any_within(histories((5, 30, 30), (5, 30, 40), (5, 30, 80)), 4.0)
    assert (np.diff(silence) < 0).all()
    h = histories((0, 0, 10), (3, 8, 10))
    assert m.alive(h)[0] == 1.0 and 0 < m.alive(h)[1] < 1
    assert (m.any_within(h, 0.0) == 0).all() and (m.any_within(h, 1e9) <= m.alive(h)).all()


def test_nothing_to_fit_is_no_model_and_equal_customers_stay_finite():
    assert fit_bgnbd(Histories(np.zeros(0), np.zeros(0), np.zeros(0))) is None
    assert fit_bgnbd(histories((0, 0, 0))) is None
    for rows in ([(0, 0, 9)] * 5, [(4, 8, 9)] * 5, [(1000, 9, 9)] * 3):
        m = fit_bgnbd(histories(*rows))
        said = m.any_within(histories(*rows), 4.0)
        assert np.isfinite([m.r, m.alpha, m.a, m.b]).all() and ((said >= 0) & (said <= 1)).all()
