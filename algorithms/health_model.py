"""The walk-forward model behind ``active`` and ``relationship_health``: its rows, its fit, and its application.

A row is a pair at a reference date with at least two contacts before it, the last within 180 days; its outcome is
whether they (or the other side) acted within the horizon. Dates lie 28 days apart, back from the moment of the fit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.health_prior import prior
from graphsvc.kernels.contacts import Contacts, find_contacts
from graphsvc.kernels.context import Context
from graphsvc.kernels.features import Column, Moment, columns, feature_matrix
from graphsvc.kernels.logistic import Linear
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.rhythm import Lent
from graphsvc.kernels.walkforward import Panel, Recipe, calibration, coverage, half_width, judge, learn, miss, walk
from graphsvc.projection import DAY, Bools, Floats, Ints, Projection
from graphsvc.scores import Model, significant

STEP_DAYS = 28  # between reference dates
RHYTHM = "rhythm"  # in a model's content: what the gaps of all ties lend to each, as of the fit
FURTHEST = 12.0  # log-odds are told up to it; beyond, a probability is 0 or 1 to five digits and says no more


class HealthParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(28.0, gt=0, description="Window in which an act counts as alive [days].")
    window_days: float = Field(180.0, gt=0, description="A training row's last contact is at most this old [days].")
    min_contacts: int = Field(2, ge=2, description="Contacts a tie needs before it is assessed.")
    min_history_days: float = Field(28.0, gt=0, description="History below which nothing is assessed [days].")
    max_rows: int = Field(250_000, ge=1_000, description="Training rows above which a fixed sample is taken.")
    max_dates: int = Field(52, ge=3, description="Reference dates looked at, newest first.")


@dataclass(frozen=True)
class Ties:
    """Contacts with who the other side is: ``other`` is True where it is ``a``; None when any act counts.

    ``lent`` and ``contexts``, by date, are what a moment takes instead of working it out of the contacts.
    """

    contacts: Contacts
    other: Bools | None
    counted: Bools  # pairs that the model is of
    lent: Lent | None = None
    contexts: Mapping[int, Context] = field(default_factory=dict)

    @property
    def directed(self) -> bool:
        """Is the outcome an act of the other side?"""
        return self.other is not None

    def moment(self, at: int, rows: Ints) -> Moment:
        """What is known of some pairs at a date."""
        other = None if self.other is None else self.other[rows]
        return Moment(self.contacts, at, rows, other, self.lent, self.contexts.get(at))

    def under(self, model: Model) -> Ties:
        """These ties as a model looks at them: with the rhythm of all ties frozen when it was fitted."""
        told = model.content.get(RHYTHM)
        return replace(self, lent=None if told is None else Lent.kept(told))

    def eligible(self, at: int, min_contacts: int, window_days: float = np.inf) -> Ints:
        """Pairs with enough contacts by ``at``, the last of them within the window."""
        c = self.contacts
        cut = c.cut(at)
        count = np.bincount(c.pair[:cut], minlength=len(c.a))
        last = np.full(len(c.a), np.iinfo(np.int64).min // 2)
        last[c.pair[:cut]] = c.time[:cut]
        return np.flatnonzero((count >= min_contacts) & self.counted & ((at - last) / DAY <= window_days))

    def alive(self, at: int, horizon: int) -> Floats:
        """Per pair: 1 where an act that counts fell into (at, at + horizon]."""
        c = self.contacts
        window = slice(c.cut(at), c.cut(at + horizon))
        pair = c.pair[window]
        if self.other is not None:
            pair = pair[np.where(self.other[pair], c.by_a[window], c.by_b[window])]
        out = np.zeros(len(c.a))
        out[pair] = 1.0
        return out


def find_ties(p: Projection, *, directed: bool, since: int | None = None) -> Ties:
    """The ties of a Projection: all of them, or with ``directed`` those of one of ours with a customer."""
    return ties_among(p, find_contacts(p, since), directed=directed)


def ties_among(p: Projection, c: Contacts, *, directed: bool) -> Ties:
    """The ties of some contacts of a Projection."""
    if not directed:
        return Ties(c, None, np.ones(len(c.a), dtype=bool))
    ours = p.entities.internal
    return Ties(c, ~ours[c.a], ours[c.a] != ours[c.b])


def reference_dates(c: Contacts, end: int, params: HealthParams) -> list[int]:
    """Dates back from ``end`` whose outcome window ends by it, with some history before; ascending [us]."""
    if not len(c):
        return []
    newest, step = end - int(params.horizon_days * DAY), STEP_DAYS * DAY
    oldest = int(c.time[0]) + int(params.min_history_days * DAY)
    count = min(max(0, (newest - oldest) // step + 1), params.max_dates)
    return [newest - k * step for k in range(count - 1, -1, -1)]


def make_panel(ties: Ties, dates: list[int], params: HealthParams) -> Panel:
    """Features and outcomes of all dates; above ``max_rows`` a sample that depends on times only."""
    horizon = int(params.horizon_days * DAY)
    chosen = [ties.eligible(at, params.min_contacts, params.window_days) for at in dates]
    share = params.max_rows / max(1, sum(map(len, chosen)))
    x, y, when = [np.zeros((0, len(columns(directed=ties.directed))))], [np.zeros(0)], [np.zeros(0, dtype=np.int64)]
    for at, every in zip(dates, chosen, strict=True):
        rows = every if share >= 1 else every[_fixed_random(ties.contacts.first[every], at) < share]
        x.append(feature_matrix(ties.moment(at, rows)))
        y.append(ties.alive(at, horizon)[rows])
        when.append(np.full(len(rows), at))
    return Panel(np.concatenate(x), np.concatenate(y), np.concatenate(when), horizon)


def _fixed_random(first: Ints, at: int) -> Floats:
    """Numbers in [0, 1) that depend on the tie's first contact and the date only (SplitMix64)."""
    h = first.astype(np.uint64) ^ np.uint64(at * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        h = (h ^ (h >> np.uint64(shift))) * np.uint64(factor)
    out: Floats = (h >> np.uint64(11)).astype(np.float64) / 2.0**53
    return out


def recipe(cols: tuple[Column, ...]) -> Recipe:
    """How the model learns: the signs of its features and, for models of ties, the published prior it begins from."""
    signs = np.array([c.sign for c in cols], dtype=np.int8)
    for directed in (False, True):
        if cols == columns(directed=directed):
            known, spread = prior(directed=directed)
            return Recipe(signs=signs, prior=known, level=spread**-2, enough=10, dates=1)
    return Recipe(signs=signs)


def fit_ties(name: str, version: int, as_of: int, ties: Ties, params: HealthParams) -> Model:
    """Fit on labels known at ``as_of``; the published prior, marked, where they are too few."""
    panel = make_panel(ties, reference_dates(ties.contacts, as_of, params), params)
    cols = columns(directed=ties.directed)
    fitted = fit_panel(name, version, as_of, panel, cols, recipe(cols))
    return fitted or cold_model(name, version, as_of, directed=ties.directed, panel=panel)


def fit_panel(name: str, version: int, as_of: int, panel: Panel, cols: tuple[Column, ...], how: Recipe) -> Model | None:
    """Learn, calibrate on past forecasts and measure them; None where there is too little to learn from."""
    model = learn(panel, as_of, how, covariance=True)
    if model is None:
        return None
    forecasts = walk(panel, panel.dates[-2 * how.calibrate_dates :], how, intervals=True)
    shift, slope = calibration(forecasts, as_of, panel.horizon, how)
    recent = forecasts[-how.calibrate_dates :]
    return Model(
        name=name,
        version=version,
        as_of=as_of,
        label_cutoff=panel.dates[-1] + panel.horizon,
        training_digest=_digest(panel),
        coefficients=_coefficients(model.calibrated(shift, slope), cols),
        content={
            **_content(model.calibrated(shift, slope), cols),
            "miss": float(significant(np.array(miss(recent)))),
            "calibration": significant(np.array([shift, slope])).tolist(),
            "rows": len(panel),
            "dates": len(panel.dates),
        },
        heldout=told({**judge(recent), "coverage": coverage(recent)} if recent else {}),
    )


def told(figures: Mapping[str, float]) -> dict[str, float]:
    """Figures that could be measured, at stored precision; AUC needs both outcomes."""
    return {k: float(significant(np.array(v))) for k, v in figures.items() if np.isfinite(v)}


def cold_model(name: str, version: int, as_of: int, *, directed: bool, panel: Panel | None = None) -> Model:
    """The published prior of ties as a Model, marked; ``panel`` is the past that was too short to learn from."""
    model, spread = prior(directed=directed)
    out = prior_model(name, version, as_of, model, columns(directed=directed), spread)
    if panel is None:
        return out
    seen = {"rows": len(panel), "dates": len(panel.dates)}
    return replace(out, training_digest=_digest(panel), content={**out.content, **seen})


def prior_model(name: str, version: int, as_of: int, model: Linear, cols: tuple[Column, ...], spread: float) -> Model:
    """Coefficients that were not learnt here as a Model marked ``cold_start``; ``spread`` widens its intervals."""
    return Model(
        name=name,
        version=version,
        as_of=as_of,
        label_cutoff=as_of,
        training_digest="",
        coefficients=_coefficients(model, cols),
        content={**_content(model, cols), "miss": spread},
        cold_start=True,
    )


def log_odds_of(model: Model, cols: tuple[Column, ...], x: Floats) -> Floats:
    """Log-odds of feature rows, as :func:`apply_model` gives them, without terms and intervals."""
    return linear_of(model, cols).log_odds(x).clip(-FURTHEST, FURTHEST)


def _digest(panel: Panel) -> str:
    h = hashlib.sha256()
    for part in (panel.at, panel.y, np.round(panel.x, 6) + 0.0):
        h.update(np.ascontiguousarray(part).tobytes())
    return h.hexdigest()


def _coefficients(model: Linear, cols: tuple[Column, ...]) -> dict[str, float]:
    values = significant(np.append(model.intercept, model.coefficients)).tolist()
    return dict(zip(["intercept", *(c.name for c in cols)], values, strict=True))


def _content(model: Linear, cols: tuple[Column, ...]) -> Mapping[str, object]:
    used = np.append(True, model.coefficients != 0)
    return {
        "centre": dict(zip([c.name for c in cols], significant(model.centre).tolist(), strict=True)),
        "uncertain": ["intercept", *(c.name for c, u in zip(cols, used[1:], strict=True) if u)],
        "covariance": significant(model.covariance[np.ix_(used, used)]).tolist(),
    }


def linear_of(model: Model, cols: tuple[Column, ...]) -> Linear:
    """The stored model as numbers that can be applied."""
    names = [c.name for c in cols]
    place = {name: i for i, name in enumerate(["intercept", *names])}
    covariance = np.zeros((len(place), len(place)))
    where = np.array([place[name] for name in model.content["uncertain"]])
    covariance[np.ix_(where, where)] = np.array(model.content["covariance"], dtype=np.float64)
    return Linear(
        model.coefficients["intercept"],
        np.array([model.coefficients[n] for n in names]),
        np.array([model.content["centre"][n] for n in names]),
        covariance,
    )


@dataclass(frozen=True)
class Applied:
    """A model's answer for some rows: probability, 90 % interval, terms by group (log-odds) and points (0-100)."""

    value: Floats
    low: Floats
    high: Floats
    terms: dict[str, Floats]

    @classmethod
    def of(cls, parts: Sequence[Applied]) -> Applied:
        """The answers for some rows after another, at least one."""
        value, low, high = (np.concatenate([getattr(a, n) for a in parts]) for n in ("value", "low", "high"))
        return cls(value, low, high, {n: np.concatenate([a.terms[n] for a in parts]) for n in parts[0].terms})

    @property
    def points(self) -> dict[str, Floats]:
        """Terms in points on the 0-100 scale against the average row: they add up to 100 * value."""
        z0 = self.terms["intercept"]
        p0, z = sigmoid(z0), np.sum(list(self.terms.values()), axis=0)
        far = np.abs(z - z0) > 1e-6
        slope = np.where(far, (self.value - p0) / np.where(far, z - z0, 1.0), p0 * (1.0 - p0))
        out = {f"points_{name}": 100.0 * slope * term for name, term in self.terms.items() if name != "intercept"}
        return {**out, "points_intercept": 100.0 * p0}


def apply_model(model: Model, cols: tuple[Column, ...], x: Floats) -> Applied:
    """Probabilities of feature rows, as exact sums of named groups."""
    linear = linear_of(model, cols)
    groups = list(dict.fromkeys(c.group for c in cols))
    terms = {"intercept": np.full(len(x), linear.intercept)}
    for g in groups:
        mine = [i for i, c in enumerate(cols) if c.group == g]
        terms[g] = ((x[:, mine] - linear.centre[mine]) * linear.coefficients[mine]).sum(axis=1)
    z = np.sum(list(terms.values()), axis=0)
    shrink = np.where(np.abs(z) > FURTHEST, FURTHEST / np.maximum(np.abs(z), FURTHEST), 1.0)
    terms = {name: term * shrink for name, term in terms.items()}
    z = np.sum(list(terms.values()), axis=0)
    width = half_width(linear.variance(x), float(model.content["miss"]))
    return Applied(sigmoid(z), sigmoid(z - width), sigmoid(z + width), terms)
