"""Is a change of health more than chance? How much ties of a like rhythm change over four weeks anyway.

Contacts come at random moments, so that the probability of a tie that goes on as ever still moves. How much is measured
on the workspace's own past: most ties do not change for good from one reference date to the next, and the middle of
their changes (not their tails) is what chance does. It is kept with the model, by the tie's usual gap.

References
----------
Efron, B. (2004). Large-scale simultaneous hypothesis testing: the choice of a null hypothesis. JASA 99, 96-104 (the
null distribution is estimated from the middle of the cases).
Rousseeuw, P. J. & Croux, C. (1993). Alternatives to the median absolute deviation. JASA 88, 1273-1283.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from algorithms.health_model import HealthParams, Ties, linear_of, log_odds_of
from graphsvc.kernels.features import Moment, columns, feature_matrix
from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import DAY, Floats, Ints
from graphsvc.scores import Model, significant

TREND_DAYS = 28
EDGES = (3.5, 7.0, 14.0, 28.0, 56.0)  # usual gaps that part the classes [days]
DATES = 3  # pairs of reference dates looked at, newest first
MOST_ROWS = 20_000  # changes per pair of dates
ASSUMED = 1.0  # spread of a change [log-odds] before any was seen
BORROWED = 20.0  # changes that the spread of all classes counts for
MAD = 1.4826  # standard deviations per median absolute deviation of a normal distribution


@dataclass(frozen=True)
class Trend:
    """Change of the probability over four weeks, and what it may be by chance (one standard error); NaN if unknown."""

    change: Floats
    error: Floats

    @classmethod
    def of(cls, parts: Sequence[Trend]) -> Trend:
        """The changes of some ties after another, at least one."""
        return cls(np.concatenate([t.change for t in parts]), np.concatenate([t.error for t in parts]))

    @property
    def z(self) -> Floats:
        """Change in standard errors."""
        out: Floats = self.change / self.error
        return out


def before(at: int) -> int:
    """Four weeks before a date [us]."""
    return at - int(TREND_DAYS * DAY)


def with_chance(model: Model, ties: Ties, dates: Sequence[int], params: HealthParams) -> Model:
    """A fitted model that knows the spread of the changes at the newest reference dates."""
    gaps, changes = [np.zeros(0)], [np.zeros(0)]
    for at in dates[-DATES:]:
        rows = _before(ties, at, ties.eligible(at, params.min_contacts, params.window_days), params)
        rows = rows[:: max(1, -(-len(rows) // MOST_ROWS))]
        moment = ties.moment(at, rows)
        changes.append(_moved(model, ties, feature_matrix(moment), _matrix_before(ties, at, rows)))
        gaps.append(moment.usual_gap)
    spread = chance_spread(np.concatenate(gaps), np.concatenate(changes))
    return replace(model, content={**model.content, "chance": significant(spread).tolist()})


def chance_spread(gap: Floats, change: Floats) -> Floats:
    """Spread of changes [log-odds] per class of usual gap, shape (len(EDGES) + 1,); few changes borrow from all."""
    every = _spread(change, ASSUMED)
    which = np.digitize(gap, EDGES)
    return np.array([_spread(change[which == k], every) for k in range(len(EDGES) + 1)])


def _spread(change: Floats, borrowed: float) -> float:
    own = MAD * float(np.median(np.abs(change))) if len(change) else 0.0
    return float(np.sqrt((len(change) * own**2 + BORROWED * borrowed**2) / (len(change) + BORROWED)))


def trend(model: Model, now: Moment, x: Floats, then: Moment) -> Trend:
    """What changed of a moment's ties, with features ``x``, in four weeks; NaN where nothing could be said then.

    Parameters
    ----------
    now : the ties asked about, ascending.
    then : :func:`moment_before` of all ties that ``now`` is a part of.
    """
    change, error = np.full(len(x), np.nan), np.full(len(x), np.nan)
    earlier = then.part(_within(then.rows, now.rows))
    if len(earlier.rows):
        here = np.searchsorted(now.rows, earlier.rows)
        cols, both = columns(directed=now.other is not None), (x[here], feature_matrix(earlier))
        one, two = (log_odds_of(model, cols, part) for part in both)
        change[here] = sigmoid(one) - sigmoid(two)
        chance = _chance(model.content, now.usual_gap[here])
        learnt = linear_of(model, cols).variance_of_change(both[0] - both[1])
        error[here] = _slope(one, two) * np.sqrt(chance**2 + learnt)
    return Trend(change, error)


def moment_before(ties: Ties, at: int, rows: Ints, params: HealthParams) -> Moment:
    """Four weeks before a date, those of some ties that could be assessed then, too."""
    return ties.moment(before(at), _before(ties, at, rows, params))


def _within(every: Ints, some: Ints) -> slice:
    """Where the numbers from the least to the largest of ``some`` are; both ascend."""
    if not len(some):
        return slice(0, 0)
    return slice(*np.searchsorted(every, [some[0], some[-1] + 1]).tolist())


def _slope(one: Floats, two: Floats) -> Floats:
    """Probability per log-odds between two log-odds."""
    middle = sigmoid(0.5 * (one + two))
    far = np.abs(one - two) > 1e-6
    out: Floats = np.where(far, (sigmoid(one) - sigmoid(two)) / np.where(far, one - two, 1.0), middle * (1.0 - middle))
    return out


def _chance(content: Mapping[str, object], gap: Floats) -> Floats:
    spread = np.asarray(content.get("chance", [ASSUMED] * (len(EDGES) + 1)), dtype=np.float64)
    out: Floats = spread[np.digitize(gap, EDGES)]
    return out


def _before(ties: Ties, at: int, rows: Ints, params: HealthParams) -> Ints:
    """Those of some ties, ascending, that could be assessed four weeks before, too."""
    return np.intersect1d(rows, ties.eligible(before(at), params.min_contacts), assume_unique=True)


def _matrix_before(ties: Ties, at: int, rows: Ints) -> Floats:
    return feature_matrix(ties.moment(before(at), rows))


def _moved(model: Model, ties: Ties, now: Floats, then: Floats) -> Floats:
    cols = columns(directed=ties.directed)
    return log_odds_of(model, cols, now) - log_odds_of(model, cols, then)
