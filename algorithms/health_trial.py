"""The walk-forward trial of tie health: held-out rows of the past, and what the model and the formulas said of them.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from algorithms.health_model import STEP_DAYS, HealthParams, Ties, find_ties, make_panel, recipe, reference_dates
from algorithms.health_prior import prior
from algorithms.held_out import HeldOut, Said
from graphsvc.kernels import baselines
from graphsvc.kernels.features import Moment, columns
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.walkforward import Forecast, Panel, Recipe, walk
from graphsvc.projection import DAY, Floats, Ints, Projection

HISTORY_DAYS = 180.0  # before the first reference date, as long as a row's last contact may lie back; at most a quarter
LEAST_HISTORY_DAYS = 28.0  # with less, ties are not assessed at all
ALL = 2**62
MOST_DATES = 156  # reference dates looked at, newest first: twelve years of four weeks
MOST_ROWS = 250_000  # tested or learnt from; of more, some of the pairs are taken, with all their dates
TAIL = 0.005  # part of the interactions that may lie before the default start (wrong dates, a trickle)
LEAST_DATES = 2
TAUGHT_DATES = 3  # dates with known outcomes before a model is learnt
NEVER = 1e-6  # probabilities nearer to 0 or 1 count as this in log-odds
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Trial:
    """All rows of all dates, and beside them, row by row, their pair and the raw figure of every formula.

    ``days`` is the time from the first contact to T.
    """

    ties: Ties
    start: int
    days: float
    history_days: float
    dates: tuple[int, ...]
    panel: Panel
    pair: Ints
    raw: Mapping[str, Floats]

    @property
    def score(self) -> str:
        """The score on trial."""
        return "relationship_health" if self.ties.directed else "active"

    def learnt(self) -> HeldOut | None:
        """What models learnt on the way said of the second half of the dates; None where too few could be learnt."""
        forecasts = walk_second_half(self.panel, self.dates, recipe(columns(directed=self.ties.directed)))
        if len(forecasts) < LEAST_DATES:
            return None
        said = np.concatenate([f.p for f in forecasts])
        methods = {"model": Said(said, said)}
        tested = [f.at for f in forecasts]
        rows = rows_of(self.panel, tested)
        for name, figure in self.raw.items():
            methods[name] = Said(figure[rows], self._fitted(name, figure, tested))
        return HeldOut(self.panel.y[rows], self.panel.at[rows], self.pair[rows], methods)

    def assumed(self) -> HeldOut | None:
        """What the published prior, which learnt nothing here, says of all dates; None of fewer than two."""
        if len(self.dates) < LEAST_DATES:
            return None
        model, _ = prior(directed=self.ties.directed)
        said = sigmoid(model.log_odds(self.panel.x))
        methods = {"model": Said(said, said)} | {name: Said(figure, None) for name, figure in self.raw.items()}
        return HeldOut(self.panel.y, self.panel.at, self.pair, methods)

    def _fitted(self, name: str, figure: Floats, tested: Sequence[int]) -> Floats | None:
        if name == "bgnbd":
            held = figure.clip(NEVER, 1.0 - NEVER)
            scale = np.log(held / (1.0 - held))
        else:
            scale = np.sign(figure) * np.log1p(np.abs(figure))  # recency is -days, the others are counts or points
        return fitted_alone(self.panel, self.dates, scale, tested)


def walk_second_half(panel: Panel, dates: Sequence[int], how: Recipe) -> list[Forecast]:
    """Forecasts of the second half of the dates; some before are made too, to calibrate the first of them."""
    half = len(dates) // 2
    made = walk(panel, list(dates[max(0, half - how.calibrate_dates - 1) :]), how)
    return [f for f in made if f.at in dates[half:] and len(f.y)]


def fitted_alone(panel: Panel, dates: Sequence[int], scale: Floats, tested: Sequence[int]) -> Floats | None:
    """Probabilities of a logistic on one figure, past only; None where some tested date had too little past."""
    made = walk_second_half(replace(panel, x=scale[:, None]), dates, Recipe(signs=np.ones(1, dtype=np.int8)))
    said = {f.at: f.p for f in made}
    return np.concatenate([said[at] for at in tested]) if set(tested) <= said.keys() else None


def rows_of(panel: Panel, dates: Sequence[int]) -> Ints:
    """The rows of some dates."""
    every = np.arange(len(panel), dtype=np.int64)
    return np.concatenate([every[panel.rows(at)] for at in dates])


def default_start(p: Projection) -> int:
    """The time that 99.5 % of the interactions follow: a few wrongly dated ones must not make decades of silence."""
    time = p.interactions.time
    return int(time[int(TAIL * len(time))]) if len(time) else p.as_of


def make_trial(
    p: Projection, horizon_days: float, start: int, *, directed: bool, tell: Progress | None = None
) -> Trial:
    """Rows, outcomes and figures of all reference dates.

    Parameters
    ----------
    p : interactions actor -> target; times in [us] since the epoch.
    horizon_days : window of the outcome [days], > 0.
    start : earlier interactions are ignored [us].
    directed : is the outcome an act of the other side towards us, or any interaction?
    tell : called with the fraction of the dates whose figures are made.
    """
    ties = find_ties(p, directed=directed, since=start)
    days = (p.as_of - int(ties.contacts.time[0])) / DAY if len(ties.contacts) else 0.0
    history = history_days(days)
    params = HealthParams(horizon_days=horizon_days, min_history_days=history, max_dates=MOST_DATES, max_rows=ALL)
    dates = reference_dates(ties.contacts, p.as_of, params)
    ties = _some(ties, dates, params)
    rows = {at: ties.eligible(at, params.min_contacts, params.window_days) for at in dates}
    rows = {at: found for at, found in rows.items() if len(found)}
    panel = make_panel(ties, list(rows), params)
    pair = np.concatenate([*rows.values(), np.zeros(0, dtype=np.int64)])
    if len(pair) != len(panel):
        raise RuntimeError(f"{len(panel)} rows in the panel, {len(pair)} pairs")
    raw = _figures(p, ties, rows, tell or (lambda _part: None))
    raw["half_life_fitted"] = _joined(_half_lives(ties, rows, panel))
    raw["bgnbd"] = _joined(_bgnbd(ties, rows, horizon_days))
    return Trial(ties, start, days, history, tuple(rows), panel, pair, raw)


def history_days(days: float) -> float:
    """History before the first reference date, of a past of so many days."""
    return min(HISTORY_DAYS, max(LEAST_HISTORY_DAYS, days / 4.0))


def weeks_lacking(days: float, horizon_days: float, stages: int = 0) -> int:
    """Weeks after which a past of so many days is long enough for a test.

    ``stages`` counts the models learnt on the way: none for the prior, two where one learns from another's forecasts.
    """
    steps = LEAST_DATES - 1 + stages * (TAUGHT_DATES - 1 + ceil(horizon_days / STEP_DAYS))
    weeks = 0
    while (later := days + 7.0 * weeks) - history_days(later) < horizon_days + STEP_DAYS * steps:
        weeks += 1
    return weeks


def _some(ties: Ties, dates: Sequence[int], params: HealthParams) -> Ties:
    """The ties, or so many of them, at random but always the same, that their rows are affordable."""
    total = sum(len(ties.eligible(at, params.min_contacts, params.window_days)) for at in dates)
    if total <= MOST_ROWS:
        return ties
    taken = np.random.default_rng(0).random(len(ties.counted)) < MOST_ROWS / total
    return replace(ties, counted=ties.counted & taken)


def _figures(p: Projection, ties: Ties, rows: Mapping[int, Ints], tell: Progress) -> dict[str, Floats]:
    """Figures of the formulas that fit nothing."""
    parts: dict[str, list[Floats]] = {name: [] for name in _FORMULAS}
    for i, (at, found) in enumerate(rows.items()):
        m = ties.moment(at, found)
        for name, formula in _FORMULAS.items():
            parts[name].append(formula(p, m))
        tell((i + 1) / len(rows))
    return {name: _joined(found) for name, found in parts.items()}


def _joined(parts: Iterable[Floats]) -> Floats:
    return np.concatenate([*parts, np.zeros(0)])


_FORMULAS: Mapping[str, Callable[[Projection, Moment], Floats]] = {
    "recency": lambda _, m: baselines.recency(m),
    "frequency_90d": lambda _, m: baselines.frequency(m),
    "half_life_90d": lambda _, m: baselines.half_life(m),
    "breadbox": baselines.breadbox,
    "pega_90d": baselines.pega,
}


def _half_lives(ties: Ties, rows: Mapping[int, Ints], panel: Panel) -> Iterator[Floats]:
    seen: list[tuple[int, Floats, Floats]] = []
    for at, found in rows.items():
        x = baselines.decayed(ties.moment(at, found))
        seen.append((at, x, panel.y[panel.rows(at)]))
        yield x[:, baselines.best_half_life(seen, at, panel.horizon)]


def _bgnbd(ties: Ties, rows: Mapping[int, Ints], horizon_days: float) -> Iterator[Floats]:
    days, cohort = baselines.visits(ties.contacts, ties.other), np.flatnonzero(ties.counted)
    model = None
    for at, found in rows.items():
        figure, model = baselines.bgnbd_figure(days, at, cohort, found, horizon_days, model)
        yield figure
