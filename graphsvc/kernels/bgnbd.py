"""BG/NBD: customers who buy at a rate of their own and may drop out after any purchase.

While alive a customer buys as a Poisson process of rate lambda ~ Gamma(r, alpha); after each repeat purchase they drop
out for good with probability p ~ Beta(a, b). A history is (x, t_x, T): repeat purchases, the time of the last of them,
and the time watched, all since the first purchase.

References
----------
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). "Counting your customers" the easy way: an alternative to the
Pareto/NBD model. Marketing Science 24(2), 275-284; equation numbers are of this paper.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.projection import Floats

FURTHEST = 9.0  # |log| of a parameter; where nobody drops out the likelihood has no maximum and ends here
START = (0.0, 0.0, 0.0, 0.0)  # logarithms of r, alpha, a and b
MAX_STEPS = 200


@dataclass(frozen=True)
class Histories:
    """Repeat purchases ``x``, time of the last one ``last`` (0 without any) and time watched ``watched`` >= last."""

    x: Floats
    last: Floats
    watched: Floats

    def __len__(self) -> int:
        return len(self.x)

    def every(self, step: int) -> Histories:
        """Every ``step``-th customer."""
        return Histories(self.x[::step], self.last[::step], self.watched[::step])


@dataclass(frozen=True)
class BgNbd:
    """Fitted parameters; ``alpha`` is in the time unit of the histories."""

    r: float
    alpha: float
    a: float
    b: float

    def alive(self, h: Histories) -> Floats:
        """Probability that a customer has not dropped out by the end of the time watched; 1 before any repeat."""
        gone = np.log(self.a / (self.b + np.maximum(h.x, 1.0) - 1.0)) + (self.r + h.x) * np.log(
            (self.alpha + h.watched) / (self.alpha + h.last)
        )
        out: Floats = np.where(h.x > 0, 0.5 * (1.0 - np.tanh(0.5 * gone)), 1.0)
        return out

    def any_within(self, h: Histories, horizon: float) -> Floats:
        """Probability of at least one purchase within ``horizon`` after the time watched.

        Given that a customer is alive, lambda ~ Gamma(r + x, alpha + T), so that the probability of none is
        ((alpha + T) / (alpha + T + horizon))^(r + x).
        """
        none = -(self.r + h.x) * np.log1p(horizon / (self.alpha + h.watched))
        return self.alive(h) * -np.expm1(none)

    def expected(self, h: Histories, horizon: float) -> Floats:
        """Expected number of purchases within ``horizon`` after the time watched (10)."""
        from scipy.special import hyp2f1

        r, alpha, a, b = self.r + h.x, self.alpha + h.watched, self.a, self.b + h.x
        more = hyp2f1(r, b, a + b - 1.0, horizon / (alpha + horizon)) * (alpha / (alpha + horizon)) ** r
        out: Floats = (a + b - 1.0) / (a - 1.0) * (1.0 - more) * self.alive(h)
        return out


def log_likelihood(h: Histories, theta: Floats) -> tuple[float, Floats]:
    """Log-likelihood of histories (6), and its gradient.

    Parameters
    ----------
    theta : logarithms of r, alpha, a and b, shape (4,).
    """
    from scipy.special import digamma, gammaln

    r, alpha, a, b = np.exp(theta)
    x, one = h.x, h.x > 0
    log_t, log_x = np.log(alpha + h.watched), np.log(alpha + h.last)
    survived = -(r + x) * log_t
    left = np.where(one, np.log(a / (b + np.maximum(x, 1.0) - 1.0)) - (r + x) * log_x, -np.inf)
    both = np.logaddexp(survived, left)
    total = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + both
    total = total + gammaln(a + b) - gammaln(b) + gammaln(b + x) - gammaln(a + b + x)
    gone = np.exp(left - both)
    rate = -(1.0 - gone) * log_t - gone * log_x
    pace = (1.0 - gone) / (alpha + h.watched) + gone / (alpha + h.last)
    drop = digamma(a + b) - digamma(a + b + x)
    gradient = (
        digamma(r + x) - digamma(r) + np.log(alpha) + rate,
        r / alpha - (r + x) * pace,
        drop + gone / a,
        drop + digamma(b + x) - digamma(b) - gone / (b + np.maximum(x, 1.0) - 1.0),
    )
    slope = np.array([float(g.sum()) for g in gradient]) * np.exp(theta)
    return float(total.sum()), slope


def fit_bgnbd(h: Histories, start: BgNbd | None = None) -> BgNbd | None:
    """Maximum likelihood; None of no customers or where nobody was watched for any time.

    Parameters
    ----------
    h : histories of a cohort.
    start : parameters of similar data to begin from; saves steps.
    """
    from scipy.optimize import minimize

    if not len(h) or float(h.watched.max()) <= 0:
        return None
    begin = np.array(START) if start is None else np.log([start.r, start.alpha, start.a, start.b])

    def loss(theta: Floats) -> tuple[float, Floats]:
        value, slope = log_likelihood(h, theta)
        return -value / len(h), -slope / len(h)

    bounds = [(-FURTHEST, FURTHEST)] * 4
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": MAX_STEPS})
    r, alpha, a, b = np.exp(found.x).tolist()
    return BgNbd(r, alpha, a, b)
