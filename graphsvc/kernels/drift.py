"""Has a model stopped being true? Calibration on new labels, shifts of what it is applied to, and silent sources.

Rows of ties share people, so that their errors are not independent: every standard error here counts two rows that
have a person in common as dependent (dyadic clusters).

References
----------
Aronow, P. M., Samii, C. & Assenova, V. A. (2015). Cluster-robust variance estimation for dyadic data. Political
Analysis 23(4), 564-577.
Cox, D. R. (1958). Two further applications of a model for binary regression. Biometrika 45, 562-565 (intercept and
slope of outcomes on stated log-odds).
Yurdakul, B. & Naranjo, J. (2020). Statistical properties of the population stability index. Journal of Risk Model
Validation 14(4), 89-100.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.logistic import fit_affine
from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import DAY, Floats, Index, Ints

LEAST = 1e-12  # probabilities this near 0 and 1 are taken as that far from them
FORTNIGHT = 14 * DAY
WINDOWS = 6  # fortnights before a silence that must have been busy
BUSY = 20  # interactions in each of them
FEW = 0.1  # of the least busy of them: silence
FORGOTTEN = 182  # days after which a silence is how things are


@dataclass(frozen=True)
class Calibration:
    """Outcomes against what was said: gap = rate - mean probability, and the slope of outcomes on log-odds."""

    rows: int
    rate: float
    mean: float
    gap_error: float
    slope: float
    slope_error: float

    @property
    def gap(self) -> float:
        """Observed rate minus mean probability."""
        return self.rate - self.mean


def log_loss(y: Floats, p: Floats) -> Floats:
    """Log loss of each row [nats]."""
    p = p.clip(LEAST, 1.0 - LEAST)
    out: Floats = -(y * np.log(p) + (1.0 - y) * np.log1p(-p))
    return out


def dyadic(u: Floats, one: Index, two: Index) -> Floats:
    """Covariance of the column sums of ``u``, rows with a person in common being dependent.

    Parameters
    ----------
    u : float64, shape (n, k); contributions with mean 0.
    one, two : the two ends of each row, as indices; ``two`` is -1 where a row has one end only.

    Returns
    -------
    Shape (k, k). Never less than with the rows of one pair as the only clusters, on the diagonal.

    Examples
    --------
    >>> u = np.array([[1.0], [1.0]])
    >>> nobody = np.array([-1, -1], dtype=np.int32)
    >>> float(dyadic(u, np.array([0, 1], dtype=np.int32), nobody)[0, 0])  # nothing in common: 1 + 1
    2.0
    >>> float(dyadic(u, np.array([0, 0], dtype=np.int32), nobody)[0, 0])  # the same person: (1 + 1) ** 2
    4.0
    """
    both = two >= 0
    wide = int(np.maximum(one, two).max(initial=0)) + 1
    pair = np.minimum(one, two).astype(np.int64) * wide + np.maximum(one, two)
    people = _meat(np.concatenate([u, u[both]]), np.concatenate([one, two[both]]).astype(np.int64))
    out: Floats = people - _meat(u[both], pair[both])  # rows of one pair share two people: counted twice
    alone = _meat(u, np.where(both, pair, -1 - one.astype(np.int64)))
    np.fill_diagonal(out, np.maximum(np.diag(out), np.diag(alone)))
    return out


def _meat(u: Floats, cluster: Ints) -> Floats:
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((int(place.max(initial=-1)) + 1, u.shape[1]))
    np.add.at(sums, place, u)
    out: Floats = np.einsum("ci,cj->ij", sums, sums)
    return out


def paired(y: Floats, p: Floats, q: Floats, one: Index, two: Index) -> tuple[float, float]:
    """Mean log loss of ``q`` minus that of ``p`` on the same rows, and its standard error; above 0 ``p`` is better."""
    difference = log_loss(y, q) - log_loss(y, p)
    mean = float(difference.mean())
    return mean, float(np.sqrt(dyadic((difference - mean)[:, None], one, two)[0, 0])) / len(y)


def calibration(y: Floats, p: Floats, one: Index, two: Index, dates: int = 1, miss: float = 0.0) -> Calibration:
    """Calibration of probabilities, with standard errors.

    Parameters
    ----------
    y, p : outcomes and probabilities, shape (n,), n > 0; both outcomes must occur.
    dates : how many reference dates the rows come from.
    miss : how far whole dates are usually off [log-odds, root mean square]: no row can foresee it, so that it is part
        of the error of the gap.
    """
    p = p.clip(LEAST, 1.0 - LEAST)
    z = np.log(p) - np.log1p(-p)
    shared = miss * float((p * (1.0 - p)).mean()) / np.sqrt(dates)
    own = np.sqrt(dyadic((y - p)[:, None], one, two)[0, 0]) / len(y)
    shift, slope = fit_affine(z, y, np.ones(len(y)), 1e-3)
    said = sigmoid(shift + slope * z)
    design = np.column_stack([np.ones(len(z)), z])
    bread = np.linalg.pinv(np.einsum("ni,n,nj->ij", design, said * (1.0 - said), design))
    spread = bread @ dyadic(design * (y - said)[:, None], one, two) @ bread
    return Calibration(
        len(y),
        float(y.mean()),
        float(p.mean()),
        float(np.hypot(own, shared)),
        slope,
        float(np.sqrt(max(spread[1, 1], 0.0))),
    )


def edges_of(values: Floats, bins: int = 10) -> list[float]:
    """Inner edges of bins of equal mass; fewer where values repeat.

    Examples
    --------
    >>> edges_of(np.arange(4.0), 2)
    [1.5]
    """
    if not len(values):
        return []
    return [float(f"{e:.9g}") for e in np.unique(np.quantile(values, np.arange(1, bins) / bins))]


def counts_in(values: Floats, edges: list[float]) -> list[int]:
    """How many values fall between the edges; one more than there are edges."""
    place = np.searchsorted(np.array(edges, dtype=np.float64), values, side="left")
    return [int(n) for n in np.bincount(place, minlength=len(edges) + 1)]


def stability(then: list[int], now: list[int]) -> tuple[float, float]:
    """Population stability index of two histograms, and the value that chance exceeds once in a thousand.

    Half a row is added to each bin. Without any shift the index is about (1/n + 1/m) times a chi-squared of bins - 1
    degrees of freedom.

    Examples
    --------
    >>> stability([50, 50], [50, 50])[0]
    0.0
    >>> round(stability([500, 500], [900, 100])[0], 2)
    0.88
    """
    a, b = np.array(then, dtype=np.float64) + 0.5, np.array(now, dtype=np.float64) + 0.5
    if len(a) < 2 or not (sum(then) and sum(now)):
        return 0.0, float("inf")
    share, other = a / a.sum(), b / b.sum()
    index = float(((other - share) * np.log(other / share)).sum())
    return index, (1.0 / sum(then) + 1.0 / sum(now)) * _chi_squared(len(a) - 1)


def _chi_squared(degrees: int, normal: float = 3.0902) -> float:
    """The 99.9 % point, by Wilson and Hilferty's cube (within 2 %; scipy.stats takes half a second to import)."""
    part = 2.0 / (9.0 * degrees)
    return float(degrees * (1.0 - part + normal * np.sqrt(part)) ** 3)


def silent_since(time: Ints, at: int) -> int | None:
    """When a steady stream of events fell silent, None where it has not.

    Steady: at least ``BUSY`` events in each of the six fortnights before. Silent: at least a fortnight, up to half a
    year, with less than a tenth of what the least busy of those gives. A few stray events do not end a silence.

    Parameters
    ----------
    time : ascending [us].
    at : the moment asked about [us]; later events are not looked at.
    """
    time = time[: int(np.searchsorted(time, at, side="right"))]
    for days in range(14, FORGOTTEN + 1):
        begin = at - days * DAY
        windows = np.searchsorted(time, [begin - k * FORTNIGHT for k in range(WINDOWS, -1, -1)], side="right")
        least = int(np.diff(windows).min())
        if least >= BUSY and len(time) - windows[-1] <= FEW * least * days / 14:
            return int(time[windows[-1] - 1])
    return None
