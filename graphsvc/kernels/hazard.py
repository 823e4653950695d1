"""How likely each pair at risk is to end in adoption: a discrete-time hazard that never does worse than its own rate.

Slopes are fitted with an intercept of each reference date (adoption comes in waves; a slope must tell people of one
date apart), held to the sign people expect, and drawn to 0. How far they are trusted is decided on dates after those
they were fitted on: all slopes are multiplied by the one factor that would have forecast best, and by 0 where the gain
over one rate for everybody is within its error. The level follows the latest dates. A longer horizon is that many
windows of the same hazard.

References
----------
Allison, P. D. (1982). Discrete-time methods for the analysis of event histories. Sociological Methodology 13, 61-98.
Breiman, L. (1996). Stacked regressions. Machine Learning 24(1), 49-64 (shrinkage by what was left out).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.logistic import Penalty, fit_logistic
from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import Bools, Floats

RIDGE = 5.0  # pull of slopes towards 0, per standard deviation
TRUST = (0.0, 0.25, 0.5, 0.75, 1.0)  # factors of the slopes that are tried
MIN_ADOPTIONS = 20  # outcomes of each kind needed before slopes are fitted
FOLDS = 5  # latest dates that the trust in slopes is judged on
LEVEL_MEMORY = 2.0  # dates after which a date counts half for the level


@dataclass(frozen=True)
class Dated:
    """Pairs at risk at one reference date: features, whether adoption came within the window, pairs each stands for."""

    x: Floats
    y: Bools
    weight: Floats


@dataclass(frozen=True)
class Hazard:
    """Log-odds of adoption within one window = ``intercept`` + x . ``slopes``."""

    intercept: float
    slopes: Floats

    def log_odds(self, x: Floats) -> Floats:
        """Log-odds of adoption within one window."""
        out: Floats = self.intercept + np.einsum("ni,i->n", x, self.slopes)
        return out

    def probability(self, x: Floats, windows: float = 1.0) -> Floats:
        """Probability of adoption within so many windows."""
        z = self.log_odds(x)
        out: Floats = -np.expm1(-windows * np.logaddexp(0.0, z))  # 1 - (1 - p)^windows
        return out


def fit_hazard(past: Sequence[Dated], keep: float = 1.0) -> Hazard:
    """The hazard of dates in order, oldest first; one rate for everybody where too little is known.

    Parameters
    ----------
    keep : part of the slopes that is kept, below 1 for a horizon so long that what is known of people goes stale.

    Examples
    --------
    >>> import numpy as np
    >>> fit_hazard([Dated(np.zeros((4, 1)), np.array([True, False, False, False]), np.ones(4))]).slopes.tolist()
    [0.0]
    """
    if not enough(past):
        return constant(past)
    slopes = keep * trust(past) * _slopes(past)
    return Hazard(_level(past, slopes), slopes)


def constant(past: Sequence[Dated]) -> Hazard:
    """One rate for everybody: that of the dates, later ones counting more."""
    slopes = np.zeros(past[0].x.shape[1] if past else 0)
    return Hazard(_level(past, slopes), slopes)


def enough(past: Sequence[Dated]) -> bool:
    """Are there outcomes of both kinds to learn from?"""
    came = sum(int(d.y.sum()) for d in past)
    return min(came, sum(len(d.y) for d in past) - came) >= MIN_ADOPTIONS


def trust(past: Sequence[Dated]) -> float:
    """The factor of the slopes that forecast best on later dates; 0 unless it gained more than its standard error.

    Each date's level is fitted to the date, so that only the telling apart of people is judged.
    """
    gains = []
    for k in range(max(1, len(past) - FOLDS), len(past)):
        if len(past[k].y) and enough(past[:k]):
            z = np.einsum("ni,i->n", past[k].x, _slopes(past[:k]))
            losses = np.stack([_loss(factor * z, past[k]) for factor in TRUST])
            gains.append(losses[0] - losses)
    if not gains:
        return 0.0
    gain = np.concatenate(gains, axis=1)
    best = int(np.argmax(gain.sum(axis=1)))
    error = float(np.std(gain[best])) * gain.shape[1] ** 0.5
    return TRUST[best] if float(gain[best].sum()) > error else 0.0


def _slopes(past: Sequence[Dated]) -> Floats:
    x, y = np.concatenate([d.x for d in past]), np.concatenate([d.y for d in past])
    date = np.repeat(np.arange(len(past)), [len(d.y) for d in past])
    waves = (date[:, None] == np.arange(1, len(past))[None, :]).astype(np.float64)
    signs = np.repeat(np.array([1, 0], dtype=np.int8), [x.shape[1], waves.shape[1]])
    weight = np.concatenate([d.weight for d in past])
    fitted = fit_logistic(np.hstack([x, waves]), y.astype(np.float64), weight, Penalty(signs, RIDGE))
    return fitted.coefficients[: x.shape[1]]


def _loss(z: Floats, date: Dated) -> Floats:
    """Weighted loss of each row at the level that fits the date."""
    z = z + _shift(z, date.weight, float(date.weight @ date.y))
    out: Floats = date.weight * (np.logaddexp(0.0, z) - date.y * z)
    return out


def _level(past: Sequence[Dated], slopes: Floats) -> float:
    """Intercept that gives the adoptions of the dates, later ones counting more, and half of one in two beside."""
    if not past:
        return 0.0
    memory = 2.0 ** ((np.arange(len(past)) + 1 - len(past)) / LEVEL_MEMORY)
    weight = np.repeat(memory, [len(d.y) for d in past]) * np.concatenate([d.weight for d in past])
    z = np.concatenate([np.einsum("ni,i->n", d.x, slopes) for d in past])
    y = np.concatenate([d.y for d in past])
    return _shift(z, weight, float(weight @ y))


def _shift(z: Floats, weight: Floats, total: float) -> float:
    """What added to log-odds makes the weighted sum of probabilities ``total``, half a row of each outcome added."""
    from scipy.optimize import brentq

    if not len(z):
        return 0.0

    def excess(shift: float) -> float:
        return float(weight @ sigmoid(shift + z)) + float(sigmoid(np.array([shift + z.mean()]))[0]) - total - 0.5

    return float(brentq(excess, -60.0 - z.max(), 60.0 - z.min(), xtol=1e-10))
