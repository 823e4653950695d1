"""Walk-forward models: at every reference date only what was known then may teach, calibrate or judge.

A Panel holds (row, reference date) with features known at the date and the outcome of the window after it. The model
used at a date R learns from dates whose window had ended by R, recent ones more (base rates drift), and is calibrated
by an affine map of log-odds on the forecasts that earlier models made for dates whose window had ended by R.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers, 61-74.
Kish, L. (1965). Survey Sampling. Wiley, section 8.2 (design effect).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.logistic import Linear, Penalty, fit_affine, fit_logistic
from graphsvc.kernels.metrics import figures, sigmoid
from graphsvc.projection import DAY, Floats, Ints

Z90 = 1.6448536269514722  # half-width of a 90 % interval in standard errors
DATE_SPREAD = 0.4  # [log-odds] by which a whole date is off what was foreseen, before any was seen
BORROWED_DATES = 3.0


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

    ``enough`` is the least number of positive and of negative rows, ``dates`` that of dates; below nothing is learnt.
    """

    signs: NDArray[np.int8]
    ridge: float = 20.0
    drift_days: float = 180.0  # a training row this much older weighs half
    calibrate_dates: int = 9
    calibrate_strength: float = 10.0
    enough: int = 20
    dates: int = 3
    prior: Linear | None = None  # what is assumed before any row is seen
    level: float = 1e-2  # how firmly its intercept is held, as a ridge
    firm_dates: float = 4.0  # with as few dates a prior is held twice as firmly: rows of one date share their luck
    fold_rows: int = 25_000  # rows a fold learns from: a forecast's error hardly falls beyond, its cost does not stop


@dataclass(frozen=True)
class Forecast:
    """What the model of date ``at`` said of its rows: log-odds before calibration, probability after; and the truth.

    ``width`` is half the 90 % interval in log-odds, where it was asked for.
    """

    at: int
    raw: Floats
    p: Floats
    y: Floats
    width: Floats | None = None


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
    penalty = _penalty(recipe, len(past.dates))
    return fit_logistic(past.x, past.y, weight, penalty, clusters=clusters, start=start)


def _penalty(recipe: Recipe, dates: int) -> Penalty:
    if recipe.prior is None:
        return Penalty(recipe.signs, recipe.ridge, level=recipe.level)
    firm = 1.0 + recipe.firm_dates / dates
    return Penalty(recipe.signs, firm * recipe.ridge, recipe.prior, firm * recipe.level)


def calibration(forecasts: list[Forecast], at: int, horizon: int, recipe: Recipe) -> tuple[float, float]:
    """Shift and slope from the last forecasts whose outcome was known at ``at``; (0, 1) without any.

    Whole dates turn out other than foreseen, so that a date says as little as few independent rows: the rows' weight
    is divided by their design effect, and the shift follows lasting misses, not the last one.
    """
    past = [f for f in forecasts if f.at + horizon <= at and len(f.y)][-recipe.calibrate_dates :]
    if not past:
        return 0.0, 1.0
    z, y = np.concatenate([f.raw for f in past]), np.concatenate([f.y for f in past])
    shift, slope = fit_affine(z, y, np.ones(len(z)), recipe.calibrate_strength)
    weight = 1.0 / _design_effect([(sigmoid(shift + slope * f.raw), f.y) for f in past])
    return fit_affine(z, y, np.full(len(z), weight), recipe.calibrate_strength)


def _design_effect(dates: list[tuple[Floats, Floats]]) -> float:
    """Variance of the dates' hits over that of independent rows (Kish), shrunk to ``DATE_SPREAD`` with few dates."""
    missed = np.array([float((y - p).sum()) for p, y in dates])
    information = np.array([float((p * (1.0 - p)).sum()) for p, _ in dates])
    spread = ((missed**2).sum() - information.sum()) / max(float((information**2).sum()), 1e-12)
    few = BORROWED_DATES / (len(dates) + BORROWED_DATES)
    spread = (1.0 - few) * max(spread, 0.0) + few * DATE_SPREAD**2
    return float(1.0 + spread * information.mean())


def walk(panel: Panel, dates: list[int], recipe: Recipe, every: int = 1, *, intervals: bool = False) -> list[Forecast]:
    """Forecast every date with the model and the calibration of that date; dates with too little past are skipped.

    With ``every`` > 1 only every so many dates learn anew, those between use the model before. ``intervals`` asks for
    the widths too.
    """
    out: list[Forecast] = []
    model: Linear | None = None
    for at in dates:
        if model is None or len(out) % every == 0:
            model = learn(panel, at, recipe, start=model, most=recipe.fold_rows, covariance=intervals) or model
        if model is None:
            continue
        shift, slope = calibration(out, at, panel.horizon, recipe)
        x = panel.x[panel.rows(at)]
        raw = model.log_odds(x)
        known = [f for f in out if f.at + panel.horizon <= at][-recipe.calibrate_dates :]
        width = half_width(slope**2 * model.variance(x), miss(known)) if intervals else None
        out.append(Forecast(at, raw, sigmoid(shift + slope * raw), panel.y[panel.rows(at)], width))
    return out


def half_width(variance: Floats, missed: float) -> Floats:
    """Half the 90 % interval [log-odds]: what the coefficients leave open, and what whole dates may be off."""
    out: Floats = Z90 * np.sqrt(variance + missed**2)
    return out


def judge(forecasts: list[Forecast]) -> dict[str, float]:
    """Pooled AUC, average precision, Brier and calibration error of forecasts; empty without any."""
    if not forecasts:
        return {}
    y, p = np.concatenate([f.y for f in forecasts]), np.concatenate([f.p for f in forecasts])
    return {**figures(y, p), "rows": float(len(y)), "dates": float(len(forecasts)), "rate": float(y.mean())}


def miss(forecasts: list[Forecast], floor: float = 0.1) -> float:
    """Root mean square of the dates' misses, log-odds of the rate minus of the mean forecast, half a row added each.

    It is how much whole dates turn out other than foreseen (holidays, a reorganisation), which no row can tell; with
    few dates it is drawn to ``DATE_SPREAD``.
    """
    forecasts = [f for f in forecasts if len(f.y)]
    n = np.array([len(f.y) for f in forecasts], dtype=np.float64)
    hits, said = (np.array([float(v.sum()) for v in vs]) for vs in ([f.y for f in forecasts], [f.p for f in forecasts]))
    off = np.log((hits + 0.5) / (n - hits + 0.5)) - np.log((said + 0.5) / (n - said + 0.5))
    known = len(forecasts) / (len(forecasts) + BORROWED_DATES)
    seen = float(np.average(off**2, weights=n)) if forecasts else 0.0
    return max(floor, float(np.sqrt(known * seen + (1.0 - known) * DATE_SPREAD**2)))


def coverage(forecasts: list[Forecast], parts: int = 5) -> float:
    """Share of groups whose rate fell into their 90 % interval; NaN without intervals.

    A group is a fifth of a date's rows by probability. A rate is a count, so that the chance of independent rows is
    added to the interval of the probability.
    """
    inside: list[bool] = []
    for f in forecasts:
        if f.width is None or not len(f.y):
            continue
        z = np.log(f.p / (1.0 - f.p))
        spread = (sigmoid(z + f.width) - sigmoid(z - f.width)) / (2.0 * Z90)
        for i in np.array_split(np.argsort(f.p, kind="stable"), min(parts, len(f.y))):
            chance = float((f.p[i] * (1.0 - f.p[i])).sum()) / len(i) ** 2
            off = abs(float(f.y[i].mean() - f.p[i].mean()))
            inside.append(off <= Z90 * np.sqrt(float(spread[i].mean()) ** 2 + chance))
    return float(np.mean(inside)) if inside else float("nan")
