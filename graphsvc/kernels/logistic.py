"""Logistic regression by iteratively reweighted least squares, with a ridge and with signs that are given.

A coefficient whose sign people expect is held non-negative: each IRLS step is then a non-negative least squares
problem of the size of the number of features (Lawson & Hanson). Zero is a common answer; it leaves a feature out.

References
----------
McCullagh, P. & Nelder, J. A. (1989). Generalized Linear Models, 2nd ed. Chapman & Hall.
Lawson, C. L. & Hanson, R. J. (1974). Solving Least Squares Problems. Prentice-Hall, chapter 23.
Liang, K.-Y. & Zeger, S. L. (1986). Longitudinal data analysis using generalized linear models. Biometrika 73(1), 13-22.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import Floats, Ints

MAX_STEPS = 30
TOLERANCE = 1e-7  # on standardised coefficients
DUST = 1e-9  # a standardised coefficient below it is rounding
INTERCEPT_RIDGE = 1e-2  # keeps the intercept finite when all outcomes are equal


@dataclass(frozen=True)
class Linear:
    """Log-odds = intercept + (x - centre) . coefficients; ``covariance`` is of (intercept, coefficients)."""

    intercept: float
    coefficients: Floats
    centre: Floats
    covariance: Floats

    def log_odds(self, x: Floats) -> Floats:
        """Log-odds of the rows of a feature matrix."""
        out: Floats = self.intercept + (x - self.centre) @ self.coefficients
        return out

    def variance(self, x: Floats) -> Floats:
        """Variance of the log-odds of each row."""
        d = np.column_stack([np.ones(len(x)), x - self.centre])
        out: Floats = np.maximum(np.einsum("ij,ij->i", d @ self.covariance, d), 0.0)
        return out

    def calibrated(self, shift: float, slope: float) -> Linear:
        """The same with log-odds ``shift + slope * z``: an affine map, so that the terms still add up."""
        return Linear(
            shift + slope * self.intercept, slope * self.coefficients, self.centre, slope**2 * self.covariance
        )


def fit_logistic(
    x: Floats, y: Floats, weight: Floats, signs: NDArray[np.int8], *, ridge: float, clusters: Ints | None = None
) -> Linear:
    """Penalised maximum likelihood with some coefficients held >= 0.

    Parameters
    ----------
    x : features, shape (n, k); standardised inside, so that ``ridge`` is in units of standard deviations.
    y : outcomes 0 or 1, shape (n,).
    weight : weight of each row, >= 0.
    signs : 1 where the coefficient must not be negative, 0 elsewhere, shape (k,).
    clusters : rows of one cluster share their luck (a reference date); None leaves the covariance 0.
    """
    total = float(weight.sum())
    centre = weight @ x / total
    spread = np.sqrt(weight @ (x - centre) ** 2 / total)
    constant = spread < 1e-12
    spread[constant] = 1.0
    z = np.empty((len(x), x.shape[1] + 1))
    z[:, 0], z[:, 1:] = 1.0, np.where(constant, 0.0, (x - centre) / spread)
    penalty = np.full(z.shape[1], ridge)
    penalty[0] = INTERCEPT_RIDGE
    beta, hessian = _solve(_Problem(z, y, weight, penalty, np.zeros(z.shape[1]), np.append(False, signs > 0)))
    beta[1:][constant | (np.abs(beta[1:]) < DUST)] = 0.0
    scale = np.append(1.0, 1.0 / spread)
    covariance = np.zeros((len(beta), len(beta)))
    if clusters is not None:
        covariance = _sandwich(z, weight * (y - sigmoid(z @ beta)), hessian, beta, clusters) * np.outer(scale, scale)
    return Linear(float(beta[0]), (beta * scale)[1:], centre, covariance)


def fit_affine(z: Floats, y: Floats, weight: Floats, strength: float) -> tuple[float, float]:
    """Shift and slope of an affine map of log-odds (Platt scaling), drawn to (0, 1) with a ridge of ``strength``."""
    design, start = np.column_stack([np.ones(len(z)), z]), np.array([0.0, 1.0])
    beta, _ = _solve(_Problem(design, y, weight, np.full(2, strength), start, np.array([False, True])))
    return float(beta[0]), float(beta[1])


@dataclass(frozen=True)
class _Problem:
    """Weighted log loss + half the ridge ``penalty`` on the distance to ``prior``; ``held`` entries are >= 0."""

    z: Floats
    y: Floats
    weight: Floats
    penalty: Floats
    prior: Floats
    held: NDArray[np.bool_]

    def loss(self, beta: Floats) -> float:
        u = self.z @ beta
        ridge = 0.5 * self.penalty @ (beta - self.prior) ** 2
        return float(self.weight @ (np.logaddexp(0.0, u) - self.y * u) + ridge)

    def slopes(self, beta: Floats) -> tuple[Floats, Floats]:
        """Falling gradient and Hessian of the loss."""
        mu = sigmoid(self.z @ beta)
        v = self.weight * np.maximum(mu * (1.0 - mu), 1e-9)
        gradient = self.z.T @ (self.weight * (self.y - mu)) - self.penalty * (beta - self.prior)
        return gradient, (self.z * v[:, None]).T @ self.z + np.diag(self.penalty)


def _solve(problem: _Problem) -> tuple[Floats, Floats]:
    """Coefficients of least loss, and the Hessian there."""
    beta: Floats = problem.prior.copy()
    loss, moved = problem.loss(beta), np.inf
    gradient, hessian = problem.slopes(beta)
    for _ in range(MAX_STEPS):
        step = _minimise(hessian, hessian @ beta + gradient, problem.held) - beta
        beta, loss, moved = _line(problem, beta, step, loss)
        if moved < TOLERANCE:
            break
        gradient, hessian = problem.slopes(beta)
    return beta, hessian


def _line(problem: _Problem, beta: Floats, step: Floats, loss: float) -> tuple[Floats, float, float]:
    """Go along ``step``, halving it while the loss does not fall; the constraint set is convex, so it holds."""
    for _ in range(20):
        value = problem.loss(beta + step)
        if value <= loss + 1e-12 * abs(loss):
            return beta + step, value, float(np.abs(step).max())
        step = 0.5 * step
    return beta, loss, 0.0


def _minimise(hessian: Floats, right: Floats, held: NDArray[np.bool_]) -> Floats:
    """Least point of 1/2 b'Hb - r'b with ``held`` entries >= 0; a free entry is the difference of two held ones."""
    from scipy.linalg import solve_triangular
    from scipy.optimize import nnls

    root = np.linalg.cholesky(hessian).T
    target = solve_triangular(root, right, trans="T")
    free = ~held
    both, _ = nnls(np.column_stack([root, -root[:, free]]), target, maxiter=50 * len(right))
    out: Floats = both[: len(right)].copy()
    out[free] -= both[len(right) :]
    return out


def _sandwich(z: Floats, residual: Floats, hessian: Floats, beta: Floats, clusters: Ints) -> Floats:
    """Cluster-robust covariance of the coefficients that are not held at zero."""
    used = np.flatnonzero(beta != 0)
    _, group = np.unique(clusters, return_inverse=True)
    scores = np.zeros((int(group.max()) + 1, len(used)))
    np.add.at(scores, group, z[:, used] * residual[:, None])
    bread = np.linalg.inv(hessian[np.ix_(used, used)])
    out = np.zeros_like(hessian)
    out[np.ix_(used, used)] = bread @ (scores.T @ scores) @ bread
    return out
