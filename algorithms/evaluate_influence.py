"""Does influence come true? Who gets later followers, who adopts next, and what of credit is more than likeness.

At each of some past dates every person's reach, credit and plain counts are taken from what was known then, and held
against how many of the person's followers took a work of theirs up within the horizon after. Errors are of people drawn
again with all their dates, and of dates.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms import influence_report as report
from algorithms.influence import InfluenceParams
from algorithms.influence_nulls import Nulls, nulls
from algorithms.influence_trial import OURS, RANKERS, RIVALS, Trial, dates, trial
from graphsvc.clock import show_moment
from graphsvc.evaluations import Evaluation, Past, Progress
from graphsvc.kernels import credit, exposure
from graphsvc.kernels.bootstrap import bootstrap, standard_error
from graphsvc.kernels.ranking import ndcg_at, places, precision_at, spearman
from graphsvc.phrases import phrase
from graphsvc.projection import Floats
from graphsvc.registry import evaluation

MEASURES = ("spearman", "ndcg", "precision", "later_credit")
FEW, MANY = 5, 20  # places looked at, with fewer and with at least MANY_PEOPLE people
MANY_PEOPLE = 60
LEAST_PEOPLE = 10
LEAST_CAME = 20  # later followers over all dates, below which nothing is told
WORK = 400_000  # rows times replicates of the bootstrap, about


class InfluenceTest(BaseModel):
    """How influence is tested."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(180.0, gt=0, description="Later followers count within this time after a date [days].")
    start: int | None = Field(None, description="No date before this time [us].")
    dates: int = Field(8, ge=1, description="Past dates asked at most.")
    shuffles: int = Field(20, ge=2, description="Shuffles of dates, and rewired graphs, that credit is held against.")
    replicates: int = Field(200, ge=2, description="Bootstrap replicates of people at most.")
    seed: int = Field(0, ge=0, description="Seed of shuffles, rewiring, bootstrap and the random ranking.")


Lead = tuple[float, float, float]  # difference, its standard errors by people and over dates


@dataclass(frozen=True)
class Ranked:
    """How well each ranker named those with later followers: mean over dates, by ranker and measure."""

    size: int  # places looked at
    mean: Mapping[str, Mapping[str, float]]
    error: Mapping[str, Mapping[str, float]]  # of people drawn again
    lead: Mapping[str, Mapping[str, tuple[float, float, float]]]  # difference, errors by people and over dates
    by_date: Mapping[str, Sequence[float]]  # Spearman


@evaluation(name="influence", of=("influence",), params=InfluenceTest)
def evaluate_influence(past: Past, params: InfluenceTest, progress: Progress) -> Evaluation:
    """Test reach and credit on the past: later followers, next adopters, and credit beyond likeness.

    Returns
    -------
    ``figures``: mean Spearman correlation with later followers of reach, credit and the best plain count; lead of
    reach over it with its error; AUC and log loss of who adopts next, beside that of one rate; expected over actual
    later followers; deviations of adoptions with an earlier source above shuffled dates, rewired graphs and likeness.
    ``detail`` holds every ranker, date and work.
    """
    now = past.now
    events = credit.adoptions(now)
    horizon = exposure.horizon_days(events, params.horizon_days)
    chosen = dates(now, events, horizon, params.dates, params.start)
    trials = []
    given = credit.credit_of(now, InfluenceParams().half_life_days)[0]
    for done, at in enumerate(chosen):
        progress(show_moment(at)[:10], 0.6 * done / len(chosen))
        trials.append(trial(past, given, at, horizon, params.seed))
    trials = [t for t in trials if len(t) >= LEAST_PEOPLE and t.truth.sum() > 0]
    chance = nulls(now, params.shuffles, params.seed, lambda what, part: progress(what, 0.6 + 0.3 * part))
    came = int(sum(t.truth.sum() for t in trials))
    protocol = phrase("influence.protocol", dates=len(trials), days=f"{horizon:g}", shuffles=params.shuffles)
    if came < LEAST_CAME:
        verdict = phrase("influence.too_little", adoptions=int((~events.author).sum()), came=came, needed=LEAST_CAME)
        detail: dict[str, Any] = {"dates": len(trials), "later_followers": came, "horizon_days": horizon}
        return Evaluation("influence", verdict, protocol, told=False, detail=detail)
    ranked = _ranked(trials, params)
    progress("report", 1.0)
    return _told(trials, ranked, chance, protocol, past, horizon)


def _ranked(trials: Sequence[Trial], params: InfluenceTest) -> Ranked:
    size = MANY if min(len(t) for t in trials) >= MANY_PEOPLE else FEW
    ends = np.cumsum([len(t) for t in trials])
    rows = int(ends[-1])

    def measured(weight: Floats) -> Floats:
        """Figures of all dates, shape (dates, rankers, measures)."""
        parts = np.split(weight, ends[:-1])
        return np.array([_figures(t, w, size) for t, w in zip(trials, parts, strict=True)])

    real = measured(np.ones(rows))
    person = np.concatenate([t.person for t in trials])
    replicates = int(np.clip(WORK // rows, 20, params.replicates))
    drawn = bootstrap(person, lambda w: np.nanmean(measured(w), axis=0).ravel(), replicates, params.seed)
    drawn = drawn.reshape(len(drawn), len(RANKERS), len(MEASURES))
    mean, error = np.nanmean(real, axis=0), standard_error(drawn)
    return Ranked(
        size,
        {r: dict(zip(MEASURES, mean[i].tolist(), strict=True)) for i, r in enumerate(RANKERS)},
        {r: dict(zip(MEASURES, error[i].tolist(), strict=True)) for i, r in enumerate(RANKERS)},
        {mine: _leads(real, drawn, RANKERS.index(mine)) for mine in OURS},
        {r: real[:, i, 0].tolist() for i, r in enumerate(RANKERS)},
    )


def _figures(t: Trial, weight: Floats, size: int) -> Floats:
    relevant = places(t.truth, size, weight)
    out = []
    for name in RANKERS:
        figure = t.figures[name]
        named = precision_at(figure, relevant, size, weight)
        later = spearman(figure, t.later_credit, weight)
        out.append((spearman(figure, t.truth, weight), ndcg_at(figure, t.truth, size, weight), named, later))
    figures: Floats = np.nan_to_num(np.array(out))
    return figures


def _leads(real: Floats, drawn: Floats, mine: int) -> dict[str, Lead]:
    """Spearman of one ranker less that of each rival: mean over dates, its errors by people and over dates."""
    out = {}
    for rival in RIVALS:
        other = RANKERS.index(rival)
        by_date = real[:, mine, 0] - real[:, other, 0]
        by_people = standard_error((drawn[:, mine, 0] - drawn[:, other, 0])[:, None])[0]
        over_dates = by_date.std(ddof=1) / np.sqrt(len(by_date)) if len(by_date) > 1 else np.nan
        out[rival] = (float(by_date.mean()), float(by_people), float(over_dates))
    return out


def _told(
    trials: Sequence[Trial], ranked: Ranked, chance: Nulls | None, protocol: Any, past: Past, horizon: float
) -> Evaluation:
    pairs = report.pairs(trials)
    best = report.nearest(ranked.mean, RIVALS)
    lead, by_people, over_dates = ranked.lead["reach"][best]
    error = float(np.nanmax([by_people, over_dates]))
    figures: dict[str, float | None] = {
        "spearman_reach": ranked.mean["reach"]["spearman"],
        "spearman_credit": ranked.mean["credit"]["spearman"],
        f"spearman_{best}": ranked.mean[best]["spearman"],
        "lead": lead,
        "lead_error": error,
        **pairs,
        **report.deviations(chance),
    }
    return Evaluation(
        "influence",
        report.verdict(ranked.mean, best, lead, error, chance),
        protocol,
        told=True,
        figures={k: None if v is None or not np.isfinite(v) else v for k, v in figures.items()},
        tables=report.tables(trials, ranked, pairs, chance, past.now),
        plots=report.plots(trials, ranked),
        detail=report.detail(trials, ranked, pairs, chance, past.now, horizon),
    )
