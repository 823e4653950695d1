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

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import Floats, Ints

SMALL = 200_000  # multiplications of a matrix product that BLAS does in one thread
MAX_STEPS = 30
TOLERANCE = 1e-5  # of the last step, on standardised coefficients; the error left is about its square
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
        out: Floats = self.intercept + _times(x - self.centre, self.coefficients)
        return out

    def variance(self, x: Floats) -> Floats:
        """Variance of the log-odds of each row."""
        return _quadratic(np.column_stack([np.ones(len(x)), x - self.centre]), self.covariance)

    def variance_of_change(self, moved: Floats) -> Floats:
        """Variance of the change of the log-odds of rows whose features move by ``moved``."""
        return _quadratic(np.ascontiguousarray(moved), self.covariance[1:, 1:])

    def calibrated(self, shift: float, slope: float) -> Linear:
        """The same with log-odds ``shift + slope * z``: an affine map, so that the terms still add up."""
        return Linear(
            shift + slope * self.intercept, slope * self.coefficients, self.centre, slope**2 * self.covariance
        )


@dataclass(frozen=True)
class Penalty:
    """Ridge in units of standard deviations, and signs: 1 where the coefficient must not be negative, 0 elsewhere.

    The ridge draws to ``prior`` (to 0 without one), the intercept to its own with ``level``: a normal prior of variance
    1 / ridge, so that few rows hardly move it and many forget it.
    """

    signs: NDArray[np.int8]
    ridge: float
    prior: Linear | None = None
    level: float = INTERCEPT_RIDGE


def fit_logistic(
    x: Floats,
    y: Floats,
    weight: Floats,
    penalty: Penalty,
    *,
    clusters: Ints | None = None,
    start: Linear | None = None,
) -> Linear:
    """Penalised maximum likelihood with some coefficients held >= 0.

    Parameters
    ----------
    x : features, shape (n, k); standardised inside.
    y : outcomes 0 or 1, shape (n,).
    weight : weight of each row, >= 0.
    penalty : ridge and signs, shape (k,).
    clusters : rows of one cluster share their luck (a reference date); None leaves the covariance 0. The covariance
        is the cluster-robust one and what the ridge leaves open, of coefficients that are not held at zero.
    start : a model of similar data to begin from; saves steps, changes nothing else.
    """
    total = float(weight.sum())
    centre = np.einsum("n,ni->i", weight, x) / total
    z = np.empty((len(x), x.shape[1] + 1))  # made in place: of many rows every copy counts
    z[:, 0], off = 1.0, z[:, 1:]
    np.subtract(x, centre, out=off)
    spread = np.sqrt(np.einsum("n,ni,ni->i", weight, off, off) / total)
    constant = spread < 1e-12
    spread[constant] = 1.0
    off /= spread
    off[:, constant] = 0.0
    ridge = np.full(z.shape[1], penalty.ridge)
    ridge[0] = penalty.level
    drawn_to = np.zeros(z.shape[1]) if penalty.prior is None else _standardised(penalty.prior, centre, spread)
    drawn_to[1:][constant] = 0.0
    problem = _Problem(z, y, weight, ridge, drawn_to, np.append(False, penalty.signs > 0))
    beta, hessian = _solve(problem, None if start is None else _standardised(start, centre, spread))
    beta[1:][constant | (np.abs(beta[1:]) < DUST)] = 0.0
    scale = np.append(1.0, 1.0 / spread)
    covariance = np.zeros((len(beta), len(beta)))
    if clusters is not None:
        residual = weight * (y - sigmoid(_times(z, beta)))
        used = np.flatnonzero(beta != 0)
        between = _between(z[:, used], residual, clusters) + np.diag(ridge[used])
        bread = np.linalg.inv(hessian[np.ix_(used, used)])
        covariance[np.ix_(used, used)] = (bread @ between @ bread) * np.outer(scale[used], scale[used])
    return Linear(float(beta[0]), (beta * scale)[1:], centre, covariance)


def _standardised(model: Linear, centre: Floats, spread: Floats) -> Floats:
    """Intercept and coefficients of a model for features of another centre and spread."""
    moved = model.intercept + float(((centre - model.centre) * model.coefficients).sum())
    return np.append(moved, model.coefficients * spread)


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
        u = _times(self.z, beta)
        ridge = 0.5 * self.penalty @ (beta - self.prior) ** 2
        softplus = np.maximum(u, 0.0) + np.log1p(np.exp(-np.abs(u)))
        return float((self.weight * (softplus - self.y * u)).sum() + ridge)

    def slopes(self, beta: Floats) -> tuple[Floats, Floats]:
        """Falling gradient and Hessian of the loss."""
        mu = sigmoid(_times(self.z, beta))
        v = self.weight * np.maximum(mu * (1.0 - mu), 1e-9)
        pull = np.einsum("ni,n->i", self.z, self.weight * (self.y - mu))
        return pull - self.penalty * (beta - self.prior), _gram(self.z, v) + np.diag(self.penalty)


def _solve(problem: _Problem, start: Floats | None = None) -> tuple[Floats, Floats]:
    """Coefficients of least loss, and the Hessian there; IRLS begins at ``start``, else at the prior."""
    beta: Floats = problem.prior if start is None else start
    beta = np.where(problem.held, np.maximum(beta, 0.0), beta)  # halving a step stays feasible only from there
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


def _times(z: Floats, beta: Floats) -> Floats:
    """``z @ beta`` outside BLAS: its threads, many processes on few cores, made fits here 50 times slower."""
    out: Floats = np.einsum("ni,i->n", z, beta)
    return out


def _blocks(z: Floats, at_once: int = 256) -> Iterator[Floats]:
    """Rows as stacks of blocks so small that BLAS multiplies each in the calling thread; padded with zeros."""
    size = max(1, SMALL // z.shape[1] ** 2)
    for low in range(0, len(z), size * at_once):
        part = z[low : low + size * at_once]
        yield np.pad(part, ((0, -len(part) % size), (0, 0))).reshape(-1, size, z.shape[1])


def _quadratic(z: Floats, inner: Floats) -> Floats:
    """``z inner z'`` of every row, not below 0."""
    parts = [np.einsum("nij,nij->ni", np.matmul(part, inner), part).ravel() for part in _blocks(z)]
    out: Floats = np.maximum(np.concatenate([*parts, np.zeros(0)])[: len(z)], 0.0)
    return out


def _gram(z: Floats, v: Floats, at_once: int = 32) -> Floats:
    """``z' diag(v) z``: stacks of blocks that stay in the processor's cache and, each, in the calling thread."""
    k = z.shape[1]
    size = max(1, SMALL // k**2)
    out, root = np.zeros((k, k)), np.sqrt(v)[:, None]
    whole = len(z) - len(z) % size
    for low in range(0, whole, size * at_once):
        rows = slice(low, min(whole, low + size * at_once))
        part = (z[rows] * root[rows]).reshape(-1, size, k)
        out += np.matmul(part.transpose(0, 2, 1), part).sum(axis=0)
    rest = z[whole:] * root[whole:]
    out += rest.T @ rest
    return out


def _between(z: Floats, residual: Floats, clusters: Ints) -> Floats:
    """How much the pull on the coefficients varies from cluster to cluster: rows of one cluster share their luck."""
    order = np.argsort(clusters, kind="stable")
    start = np.flatnonzero(np.diff(clusters[order], prepend=clusters[order[:1]] - 1))
    pull = np.add.reduceat((z * residual[:, None])[order], start, axis=0)
    out: Floats = pull.T @ pull
    return out
