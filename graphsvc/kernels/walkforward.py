"""Walk-forward models: at every reference date only what was known then may teach, calibrate or judge.

A Panel holds (row, reference date) with features known at the date and the outcome of the window after it. The model
used at a date R learns from dates whose window had ended by R, recent ones more (base rates drift), and is calibrated
by an affine map of log-odds on the forecasts that earlier models made for dates whose window had ended by R.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 61-74.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.logistic import Linear, Penalty, fit_affine, fit_logistic
from graphsvc.kernels.metrics import figures, sigmoid
from graphsvc.projection import DAY, Floats, Ints


@dataclass(frozen=True)
class Panel:
    """Rows of all reference dates, by ascending date: features (n, k), outcomes, dates [us]."""

    x: Floats
    y: Floats
    at: Ints
    horizon: int  # length of the outcome window [us]

    def __len__(self) -> int:
        return len(self.y)

    def known(self, at: int) -> Panel:
        """The rows whose outcome was known at ``at``."""
        cut = int(np.searchsorted(self.at, at - self.horizon, side="right"))
        return replace(self, x=self.x[:cut], y=self.y[:cut], at=self.at[:cut])

    def thinned(self, step: int) -> Panel:
        """Every ``step``-th row."""
        return replace(self, x=self.x[::step], y=self.y[::step], at=self.at[::step])

    def rows(self, at: int) -> slice:
        """The rows of one reference date."""
        return slice(int(np.searchsorted(self.at, at)), int(np.searchsorted(self.at, at, side="right")))

    @property
    def dates(self) -> list[int]:
        """The reference dates that have rows."""
        return [int(t) for t in np.unique(self.at)]


@dataclass(frozen=True)
class Recipe:
    """How to learn. Chosen by log loss on walk-forward folds of several sets; flat around these values.

    ``enough`` is the least number of positive and of negative rows; below it nothing is learnt.
    """

    signs: NDArray[np.int8]
    ridge: float = 10.0
    drift_days: float = 180.0  # a training row this much older weighs half
    calibrate_dates: int = 9
    calibrate_strength: float = 10.0
    enough: int = 20
    dates: int = 3
    fold_rows: int = 25_000  # rows a fold learns from: a forecast's error hardly falls beyond, its cost does not stop


@dataclass(frozen=True)
class Forecast:
    """What the model of date ``at`` said of its rows: log-odds before calibration, probability after; and the truth."""

    at: int
    raw: Floats
    p: Floats
    y: Floats


def learn(
    panel: Panel,
    at: int,
    recipe: Recipe,
    *,
    covariance: bool = False,
    start: Linear | None = None,
    most: int | None = None,
) -> Linear | None:
    """Fit on what was known at ``at``, beginning at ``start``; None when that is too little.

    Above ``most`` rows every second, third ... of them is taken.
    """
    past = panel.known(at)
    if most is not None and len(past) > most:
        past = past.thinned(-(-len(past) // most))
    hits = float(past.y.sum())
    if min(hits, len(past) - hits) < recipe.enough or len(past.dates) < recipe.dates:
        return None
    weight = np.exp2((past.at - at) / (DAY * recipe.drift_days))
    clusters = past.at if covariance else None
    penalty = Penalty(recipe.signs, recipe.ridge)
    return fit_logistic(past.x, past.y, weight, penalty, clusters=clusters, start=start)


def calibration(forecasts: list[Forecast], at: int, horizon: int, recipe: Recipe) -> tuple[float, float]:
    """Shift and slope from the last forecasts whose outcome was known at ``at``; (0, 1) without any."""
    past = [f for f in forecasts if f.at + horizon <= at][-recipe.calibrate_dates :]
    if not past:
        return 0.0, 1.0
    z, y = np.concatenate([f.raw for f in past]), np.concatenate([f.y for f in past])
    return fit_affine(z, y, np.ones(len(z)), recipe.calibrate_strength)


def walk(panel: Panel, dates: list[int], recipe: Recipe, every: int = 1) -> list[Forecast]:
    """Forecast every date with the model and the calibration of that date; dates with too little past are skipped.

    With ``every`` > 1 only every so many dates learn anew, those between use the model before.
    """
    out: list[Forecast] = []
    model: Linear | None = None
    for at in dates:
        if model is None or len(out) % every == 0:
            model = learn(panel, at, recipe, start=model, most=recipe.fold_rows) or model
        if model is None:
            continue
        shift, slope = calibration(out, at, panel.horizon, recipe)
        rows = panel.rows(at)
        raw = model.log_odds(panel.x[rows])
        out.append(Forecast(at, raw, sigmoid(shift + slope * raw), panel.y[rows]))
    return out


def judge(forecasts: list[Forecast]) -> dict[str, float]:
    """Pooled AUC, average precision, Brier and calibration error of forecasts; empty without any."""
    if not forecasts:
        return {}
    y, p = np.concatenate([f.y for f in forecasts]), np.concatenate([f.p for f in forecasts])
    return {**figures(y, p), "rows": float(len(y)), "dates": float(len(forecasts)), "rate": float(y.mean())}


def miss(forecasts: list[Forecast], floor: float = 0.1) -> float:
    """Root mean square of the dates' misses, log-odds of the rate minus of the mean forecast, half a row added each.

    It is how much whole dates turn out other than foreseen (holidays, a reorganisation), which no row can tell.
    """
    if not forecasts:
        return floor
    n = np.array([len(f.y) for f in forecasts], dtype=np.float64)
    hits, said = (np.array([float(v.sum()) for v in vs]) for vs in ([f.y for f in forecasts], [f.p for f in forecasts]))
    off = np.log((hits + 0.5) / (n - hits + 0.5)) - np.log((said + 0.5) / (n - said + 0.5))
    return max(floor, float(np.sqrt(np.average(off**2, weights=n))))
