"""What several methods said about the same held-out rows, judged side by side, with errors by bootstrap over pairs.

One replicate draws pairs (or organizations) again, all of their rows together, and measures every method on them, so
that differences between methods are paired.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphsvc.kernels.bootstrap import bootstrap, standard_error
from graphsvc.kernels.metrics import BINS, calibrated_rows, calibration_error, rank
from graphsvc.projection import Floats, Ints

REPLICATES = 200
CLEARLY = 2.0  # standard errors from which a difference is told
LEAST_CLUSTERS = 20  # below it a bootstrap says too little about its own error
CHANCE_DRAWS = 100
CALIBRATION = ("brier", "log_loss", "ece", "worst_gap")  # as Calibration.figures gives them
FIGURES = ("auc", "ap", *CALIBRATION)
Weighted = Callable[[Floats], Floats]
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Said:
    """One method: the figure it ranks rows by, and its probabilities where it gives any."""

    score: Floats
    p: Floats | None


@dataclass(frozen=True)
class HeldOut:
    """Tested rows: outcomes, reference dates [us], what they are drawn by, and what each method said.

    ``model`` and ``simple`` name the method on trial and the one shown beside it per date.
    """

    y: Floats
    at: Ints
    cluster: Ints
    methods: Mapping[str, Said]
    model: str = "model"
    simple: str = "recency"

    @property
    def dates(self) -> list[int]:
        """Reference dates, ascending [us]."""
        return [int(t) for t in np.unique(self.at)]

    @cached_property
    def date(self) -> Ints:
        """Number of each row's date, from 0."""
        return np.unique(self.at, return_inverse=True)[1].astype(np.int64)

    @property
    def clusters(self) -> int:
        """Distinct pairs or organizations."""
        return len(np.unique(self.cluster))

    @property
    def said(self) -> Floats:
        """Probabilities of the model, which always gives some."""
        p = self.methods[self.model].p
        if p is None:
            raise ValueError("the model on trial gives no probabilities")
        return p

    @property
    def mixed(self) -> bool:
        """Are there both outcomes?"""
        return 0 < float(self.y.sum()) < len(self.y)


@dataclass(frozen=True)
class Figure:
    """A figure and its standard error; NaN where it could not be measured."""

    value: float
    error: float

    @property
    def clear(self) -> bool:
        """Is it above 0 by more than two standard errors?"""
        return bool(self.value > CLEARLY * self.error)

    @property
    def against(self) -> bool:
        """Is it below 0 by more than two standard errors?"""
        return bool(self.value < -CLEARLY * self.error)


@dataclass(frozen=True)
class Bin:
    """Rows of about equal probability: how many, what was said, how many came true, with a 95 % interval."""

    rows: int
    mean: float
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class Date:
    """One reference date: rate and mean prediction, and how well the model and the simple method ranked it."""

    at: int
    rows: int
    mean: float
    rate: Figure
    model: Figure
    simple: Figure


@dataclass(frozen=True)
class Verdict:
    """All figures of a test.

    Attributes
    ----------
    methods : figures (``FIGURES``, and ``auc_fitted`` of the logistic on a baseline's figure) by method.
    leads : by baseline, the model's AUC less the baseline's; of the better of its two rankings, so that it is not
        held against a baseline that its rates drift.
    by_chance : calibration error that true probabilities would show on as many rows.
    """

    methods: Mapping[str, Mapping[str, Figure]]
    leads: Mapping[str, Figure]
    bins: tuple[Bin, ...]
    by_date: tuple[Date, ...]
    by_chance: float

    @property
    def beaten(self) -> list[str]:
        """Baselines that the model ranks better than by more than two standard errors."""
        return [name for name, lead in self.leads.items() if lead.clear]

    @property
    def ahead(self) -> list[str]:
        """Baselines that rank better than the model by more than two standard errors."""
        return [name for name, lead in self.leads.items() if lead.against]

    @property
    def nearest(self) -> str:
        """The baseline that comes nearest in standard errors."""
        return min(self.leads, key=lambda name: self.leads[name].value / max(self.leads[name].error, 1e-12))


def judge_methods(h: HeldOut, replicates: int = REPLICATES, seed: int = 0, tell: Progress | None = None) -> Verdict:
    """Figures of all methods with standard errors.

    Parameters
    ----------
    h : at least one row.
    replicates, seed : of the bootstrap.
    tell : called with the fraction done.
    """
    measures = _Measures(h)
    values = measures.all(np.ones(len(h.y)))
    drawn = bootstrap(h.cluster, measures.all, replicates, seed, tell)
    errors = standard_error(drawn) if h.clusters >= LEAST_CLUSTERS else np.full(len(values), np.nan)
    found = dict(zip(measures.names, map(Figure, values.tolist(), errors.tolist()), strict=True))
    methods = {name: {k: found[name, k] for n, k in measures.names if n == name} for name in h.methods}
    return Verdict(
        methods,
        {name: found[name, "lead"] for name in h.methods if name != h.model},
        _reliability(h, found),
        tuple(_date(h, found, i, at) for i, at in enumerate(h.dates)),
        _by_chance(h.said, seed),
    )


class _Measures:
    """The figures of all methods as one vector of the weights of the rows; ``names`` says (method, figure) of each."""

    def __init__(self, h: HeldOut) -> None:
        self.names: list[tuple[str, str]] = []
        self.parts: list[Weighted] = []
        for name, said in h.methods.items():
            self._method(h, name, said)
        self._per_date(h)
        place = bins_of(h.said)
        self._add([("bin", str(i)) for i in range(int(place.max()) + 1)], lambda w: _rates(place, h.y, w))
        self.own, self.rivals = self.names.index((h.model, "auc")), self._rivals(h)
        self.names += [(name, "lead") for name in h.methods if name != h.model]

    def all(self, weight: Floats) -> Floats:
        """The figures at given weights of the rows, the leads at the end."""
        plain = self._plain(weight)
        return np.append(plain, plain[self.own] - plain[self.rivals])

    def _plain(self, weight: Floats) -> Floats:
        return np.concatenate([part(weight) for part in self.parts])

    def _rivals(self, h: HeldOut) -> Ints:
        """Where the better ranking of every baseline is; chosen once, on all rows."""
        plain = np.nan_to_num(self._plain(np.ones(len(h.y))))
        best: dict[str, int] = {}
        for i, (name, figure) in enumerate(self.names):
            if name in h.methods and name != h.model and figure in ("auc", "auc_fitted"):
                best[name] = i if name not in best or plain[i] > plain[best[name]] else best[name]
        return np.array(list(best.values()), dtype=np.int64)

    def _add(self, names: list[tuple[str, str]], part: Weighted) -> None:
        self.names += names
        self.parts.append(part)

    def _method(self, h: HeldOut, name: str, said: Said) -> None:
        ranking = rank(h.y, said.score)
        self._add([(name, "auc"), (name, "ap")], lambda w: np.array(ranking.figures(w)))
        if said.p is None:
            return
        rows = calibrated_rows(h.y, said.p, h.date)
        self._add([(name, k) for k in CALIBRATION], lambda w: np.array(rows.figures(w)))
        if said.p is not said.score:
            fitted = rank(h.y, said.p)
            self._add([(name, "auc_fitted")], lambda w: np.array(fitted.figures(w)[:1]))

    def _per_date(self, h: HeldOut) -> None:
        count = len(h.dates)
        for i, name in ((i, n) for i in range(count) for n in (h.model, h.simple) if n in h.methods):
            self._one_date(h, i, name)
        self._add([(f"date {i}", "rate") for i in range(count)], lambda w: _rates(h.date, h.y, w))

    def _one_date(self, h: HeldOut, i: int, name: str) -> None:
        rows = np.flatnonzero(h.date == i)
        ranking = rank(h.y[rows], h.methods[name].score[rows])
        self._add([(f"date {i}", name)], lambda w: np.array(ranking.figures(w[rows])[:1]))


def _rates(place: Ints, y: Floats, weight: Floats) -> Floats:
    n = int(place.max()) + 1
    total, hits = np.bincount(place, weight, n), np.bincount(place, weight * y, n)
    out: Floats = np.where(total > 0, hits / np.maximum(total, 1e-300), np.nan)
    return out


def bins_of(p: Floats) -> Ints:
    """Bin of every row: ten of equal mass by probability, fewer of fewer rows."""
    out = np.zeros(len(p), dtype=np.int64)
    for i, rows in enumerate(np.array_split(np.argsort(p, kind="stable"), min(BINS, len(p)))):
        out[rows] = i
    return out


def _reliability(h: HeldOut, found: Mapping[tuple[str, str], Figure]) -> tuple[Bin, ...]:
    p, place, out = h.said, bins_of(h.said), []
    for i in range(int(place.max()) + 1):
        rows = place == i
        rate = found["bin", str(i)]
        low, high = interval(rate, int(rows.sum()), len(np.unique(h.cluster[rows])))
        out.append(Bin(int(rows.sum()), float(p[rows].mean()), rate.value, low, high))
    return tuple(out)


def interval(rate: Figure, rows: int, clusters: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a rate, of as many rows as its bootstrap error says that they are worth.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. JASA 22(158), 209-212.
    """
    spread = rate.value * (1.0 - rate.value)
    n = min(float(rows), spread / rate.error**2) if rate.error > 0 and spread > 0 else float(clusters)
    z2 = 1.96**2
    middle = (rate.value + z2 / (2 * n)) / (1 + z2 / n)
    half = 1.96 / (1 + z2 / n) * np.sqrt(spread / n + z2 / (4 * n**2))
    return float(max(0.0, middle - half)), float(min(1.0, middle + half))


def _date(h: HeldOut, found: Mapping[tuple[str, str], Figure], i: int, at: int) -> Date:
    rows = h.date == i
    nothing = Figure(float("nan"), float("nan"))
    name = f"date {i}"
    return Date(
        at,
        int(rows.sum()),
        float(h.said[rows].mean()),
        found[name, "rate"],
        found[name, h.model],
        found.get((name, h.simple), nothing),
    )


def _by_chance(p: Floats, seed: int) -> float:
    rng = np.random.default_rng(seed)
    draws = [calibration_error((rng.random(len(p)) < p).astype(np.float64), p) for _ in range(CHANCE_DRAWS)]
    return float(np.mean(draws))
