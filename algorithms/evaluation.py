"""Does health come true? A walk-forward test on the user's own past, beside the formulas others use.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from algorithms.health_model import HealthParams, Ties, find_ties, make_panel, recipe, reference_dates
from graphsvc.errors import InputError
from graphsvc.kernels.features import Moment, columns
from graphsvc.kernels.metrics import figures
from graphsvc.kernels.walkforward import Forecast, Panel, Recipe, judge, walk
from graphsvc.model import Level
from graphsvc.phrases import phrase
from graphsvc.projection import DAY, Bools, Floats, Projection

HISTORY_DAYS = 180.0  # before the first reference date, as long as a row's last contact may lie back; at most a quarter
ALL = 2**62
MOST_DATES = 156  # reference dates looked at, newest first: twelve years of four weeks
TAIL = 0.005  # part of the interactions that may lie before the default start (wrong dates, a trickle)
LEAST_DATES = 2
Progress = Callable[[str, float], None]


@dataclass(frozen=True)
class _Trial:
    """What is tested: rows of all dates, row by row beside them the raw figure of every baseline."""

    ties: Ties
    start: int
    history_days: float
    dates: list[int]
    panel: Panel
    baselines: Mapping[str, Floats]

    def forecasts(self, panel: Panel, how: Recipe) -> list[Forecast]:
        """Forecasts of the second half of the dates; some before are made too, to calibrate the first of them."""
        half = len(self.dates) // 2
        made = walk(panel, self.dates[max(0, half - how.calibrate_dates - 1) :], how)
        return [f for f in made if f.at in self.dates[half:] and len(f.y)]


def evaluate_health(
    p: Projection, horizon_days: float = 28, start: int | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Walk-forward test of ``relationship_health`` (of ``active`` where nobody said who ours are).

    Parameters
    ----------
    p : interactions actor -> target; times in [us] since the epoch.
    horizon_days : window of the outcome [days], > 0.
    start : earlier interactions are ignored [us]; default: the time that 99.5 % of the interactions follow.
    progress : called with what is being done and the fraction done.

    Returns
    -------
    ``score``, ``horizon_days``, ``protocol``, ``start``, ``test_rows``, ``alive_rate``, ``model`` (auc, ap, brier,
    ece), ``baselines`` by name with the same figures, ``by_reference`` (date, rows, rate, mean, auc). A figure that
    cannot be told (one class only) is None.

    Raises
    ------
    InputError
        The horizon is not positive, or there is too little past to test on.
    """
    if not (np.isfinite(horizon_days) and horizon_days > 0):
        raise InputError("health.bad_horizon", days=horizon_days)
    tell = progress or (lambda _what, _part: None)
    tell("features", 0.0)
    trial = _trial(p, horizon_days, default_start(p) if start is None else start)
    tell("model", 0.4)
    forecasts = trial.forecasts(trial.panel, recipe(columns(directed=trial.ties.directed)))
    if len(forecasts) < LEAST_DATES:
        raise InputError("health.too_little_to_test", dates=len(forecasts), needed=LEAST_DATES)
    tell("baselines", 0.8)
    baselines = {name: _baseline(trial, figure) for name, figure in trial.baselines.items()}
    total = judge(forecasts)
    tell("done", 1.0)
    return {
        "score": "relationship_health" if trial.ties.directed else "active",
        "horizon_days": horizon_days,
        "protocol": _protocol(trial, p, horizon_days, len(forecasts)),
        "start": _day(trial.start),
        "test_rows": int(total["rows"]),
        "alive_rate": total["rate"],
        "model": _plain({k: total[k] for k in ("auc", "ap", "brier", "ece")}),
        "baselines": baselines,
        "by_reference": [_date(f) for f in forecasts],
    }


def default_start(p: Projection) -> int:
    """The time that 99.5 % of the interactions follow: a few wrongly dated ones must not make decades of silence."""
    time = p.interactions.time
    return int(time[int(TAIL * len(time))]) if len(time) else p.as_of


def _trial(p: Projection, horizon_days: float, start: int) -> _Trial:
    ties = find_ties(p, directed=p.own_known, since=start)
    span = (p.as_of - int(ties.contacts.time[0])) / DAY if len(ties.contacts) else 0.0
    history = min(HISTORY_DAYS, span / 4.0)
    params = HealthParams(
        horizon_days=horizon_days, min_history_days=max(history, 1.0), max_dates=MOST_DATES, max_rows=ALL
    )
    dates = reference_dates(ties.contacts, p.as_of, params)
    panel = make_panel(ties, dates, params)
    figures_of: dict[str, list[Floats]] = {name: [np.zeros(0)] for name in _FIGURES}
    for at in dates:
        m = ties.moment(at, ties.eligible(at, params.min_contacts, params.window_days))
        for name, figure in _FIGURES.items():
            figures_of[name].append(figure(p, m))
    baselines = {name: np.concatenate(parts) for name, parts in figures_of.items()}
    return _Trial(ties, start, history, dates, panel, baselines)


def _protocol(trial: _Trial, p: Projection, horizon_days: float, tested: int) -> str:
    said = phrase(
        "health.protocol",
        start=_day(trial.start),
        end=_day(p.as_of),
        dates=len(trial.dates),
        history=round(trial.history_days),
        tested=tested,
        outcome=phrase("health.outcome_other" if trial.ties.directed else "health.outcome_any").text(),
        horizon=horizon_days,
    )
    return said.text()


def _recency(_: Projection, m: Moment) -> Floats:
    return -m.since


def _frequency(_: Projection, m: Moment) -> Floats:
    return _recent(m, np.ones(m.cut, dtype=bool))


def _half_life(_: Projection, m: Moment) -> Floats:
    age = (m.at - m.c.time[: m.cut]) / DAY
    out: Floats = np.bincount(m.c.pair[: m.cut], np.exp2(-age / 90.0), len(m.c.a)).astype(np.float64)[m.rows]
    return out


def _breadbox(p: Projection, m: Moment) -> Floats:
    by_a, by_b = m.c.by_a[: m.cut], m.c.by_b[: m.cut]
    count, one, two = _frequency(p, m), _recent(m, by_a), _recent(m, by_b)
    two_way = np.minimum(one, two) / np.maximum(np.maximum(one, two), 1.0)
    meetings = _recent(m, by_a & by_b) / np.maximum(count, 1.0)  # both act in meetings, calls and visits
    a, b = m.c.a[m.rows], m.c.b[m.rows]
    senior = np.maximum(p.entities.level[a], p.entities.level[b]) / float(max(Level))
    near = np.maximum(0.0, 1.0 - m.since / 90.0)
    out: Floats = 30 * near + 25 * np.minimum(1.0, count / 20.0) + 15 * (two_way + meetings + senior)
    return out


def _recent(m: Moment, which: Bools) -> Floats:
    """Contacts of the last 90 days among ``which``, per row."""
    some = np.flatnonzero(which & (m.c.time[: m.cut] > m.at - 90 * DAY))
    out: Floats = np.bincount(m.c.pair[some], minlength=len(m.c.a)).astype(np.float64)[m.rows]
    return out


_FIGURES: Mapping[str, Callable[[Projection, Moment], Floats]] = {
    "recency": _recency,
    "frequency_90d": _frequency,
    "half_life_90d": _half_life,
    "breadbox": _breadbox,
}


def _baseline(trial: _Trial, figure: Floats) -> dict[str, float | None]:
    """Figures of one raw figure: it ranks as it is; probabilities come from a logistic on it, past only."""
    scale = np.sign(figure) * np.log1p(np.abs(figure))  # recency is -days, the others are counts or points
    forecasts = trial.forecasts(replace(trial.panel, x=scale[:, None]), Recipe(signs=np.ones(1, dtype=np.int8)))
    raw = np.concatenate([figure[trial.panel.rows(f.at)] for f in forecasts])
    y, p = np.concatenate([f.y for f in forecasts]), np.concatenate([f.p for f in forecasts])
    return _plain(figures(y, p, raw))


def _date(f: Forecast) -> dict[str, Any]:
    """One tested date: when, how many rows, how many came true, what was said, and how well it ranked them."""
    told = _plain(figures(f.y, f.p))
    return {"date": _day(f.at), "rows": len(f.y), "rate": float(f.y.mean()), "mean": float(f.p.mean()), **told}


def _plain(values: Mapping[str, float]) -> dict[str, float | None]:
    return {k: None if np.isnan(v) else float(v) for k, v in values.items()}


def _day(time: int) -> str:
    return str(np.datetime64(time, "us").astype("datetime64[D]"))
