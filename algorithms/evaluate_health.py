"""Does health come true? A walk-forward test on the user's own past, beside the formulas others use.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from algorithms.health_trial import Trial, default_start, make_trial, weeks_lacking
from algorithms.held_out import REPLICATES, HeldOut, Verdict, judge_methods
from algorithms.held_out_report import day, detail, headline, plots, ranking_table, tables, verdict
from graphsvc.evaluations import Evaluation, Past, Table
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Projection
from graphsvc.registry import evaluation

Progress = Callable[[str, float], None]
WEEK = 7 * DAY


class HealthTest(BaseModel):
    """How health is tested."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    horizon_days: float = Field(28.0, gt=0, allow_inf_nan=False, description="Window of the outcome [days].")
    start: int | None = Field(None, description="Earlier interactions are ignored [us]; none: a few strays are.")
    replicates: int = Field(REPLICATES, ge=2, description="Bootstrap replicates.")
    seed: int = Field(0, ge=0, description="Seed of the bootstrap.")


@evaluation(name="health", of=("relationship_health",), params=HealthTest)
def health(past: Past, params: HealthTest, progress: Progress) -> Evaluation:
    """Walk-forward test of ``relationship_health`` (of ``active`` where nobody said who ours are).

    Where the past is too short to have taught a model, the published prior is tested, which is what is in use then.
    """
    return measure_health(past.now, params, progress)


def measure_health(p: Projection, params: HealthTest, progress: Progress) -> Evaluation:
    """The test of ``health`` on the graph at T; its later part is what the earlier dates are judged by."""
    start = default_start(p) if params.start is None else params.start
    progress("features", 0.0)
    trial = make_trial(
        p, params.horizon_days, start, directed=p.own_known, tell=lambda part: progress("features", 0.3 * part)
    )
    progress("model", 0.3)
    learnt = trial.learnt()
    h = learnt or trial.assumed()
    if h is None or not h.mixed:
        return _untold(trial, p, params, h)
    v = judge_methods(h, params.replicates, params.seed, lambda part: progress("errors", 0.5 + 0.4 * part))
    progress("active", 0.9)
    active = _active(p, params, start) if trial.ties.directed else None
    found = _evaluation(trial, p, params, Judged(h, v, prior=learnt is None), active)
    progress("done", 1.0)
    return found


@dataclass(frozen=True)
class Judged:
    """Held-out rows with their figures; ``prior``: of the published prior, for want of a past to learn from."""

    rows: HeldOut
    figures: Verdict
    prior: bool


def _evaluation(trial: Trial, p: Projection, params: HealthTest, judged: Judged, active: Judged | None) -> Evaluation:
    h, v = judged.rows, judged.figures
    said = _protocol(trial, p, params, len(h.dates), prior=judged.prior)
    more = {
        "tested": "prior" if judged.prior else "model",
        "active": None if active is None else detail(active.rows, active.figures),
        "replicates": params.replicates,
        "weeks_to_learn": weeks_lacking(trial.days, params.horizon_days, 1),
    }
    return Evaluation(
        name="health",
        verdict=verdict(h, v, prior=judged.prior),
        protocol=said,
        told=True,
        figures=headline(h, v) | ({} if active is None else _beside(active)),
        tables=(*tables(h, v), *(() if active is None else (_active_table(active),))),
        plots=plots(v),
        detail={**_about(trial, params, said), **more, **detail(h, v)},
    )


def _active(p: Projection, params: HealthTest, start: int) -> Judged | None:
    """``active`` is of the same company where ours are known; it is told beside, against recency alone."""
    learnt = make_trial(p, params.horizon_days, start, directed=False).learnt()
    if learnt is None or not learnt.mixed:
        return None
    h = replace(learnt, methods={name: learnt.methods[name] for name in (learnt.model, learnt.simple)})
    return Judged(h, judge_methods(h, params.replicates, params.seed), prior=False)


def _active_table(active: Judged) -> Table:
    return ranking_table(active.rows, active.figures, phrase("evaluate_health.table_active"))


def _beside(active: Judged) -> dict[str, float | None]:
    return {f"active_{k}": v for k, v in headline(active.rows, active.figures).items() if k in ("auc", "ece", "rows")}


def _about(trial: Trial, params: HealthTest, said: Phrase) -> dict[str, Any]:
    horizon, start = params.horizon_days, day(trial.start)
    return {"score": trial.score, "horizon_days": horizon, "protocol": said.text(), "start": start}


def _protocol(trial: Trial, p: Projection, params: HealthTest, tested: int, *, prior: bool) -> Phrase:
    return phrase(
        "evaluate_health.protocol_prior" if prior else "evaluate_health.protocol",
        score=trial.score,
        start=day(trial.start),
        end=day(p.as_of),
        dates=len(trial.dates),
        history=round(trial.history_days),
        tested=tested,
        horizon=params.horizon_days,
        replicates=params.replicates,
    )


def _untold(trial: Trial, p: Projection, params: HealthTest, h: HeldOut | None) -> Evaluation:
    """Why it cannot be told, and from when it could."""
    said = _protocol(trial, p, params, 0, prior=True)
    weeks = weeks_lacking(trial.days, params.horizon_days)
    if h is not None:
        why = phrase("evaluate_health.one_outcome", rows=len(h.y), rate=f"{100 * float(h.y.mean()):.0f}")
    elif not len(trial.ties.contacts):
        why = phrase("evaluate_health.no_contacts", start=day(trial.start))
    elif weeks:
        told_from = day(p.as_of + int(weeks * WEEK))
        why = phrase("evaluate_health.too_short", days=f"{trial.days:.0f}", weeks=weeks, date=told_from)
    else:
        why = phrase("evaluate_health.no_rows", score=trial.score)
    about = {**_about(trial, params, said), "tested": None, "test_rows": 0 if h is None else len(h.y)}
    return Evaluation("health", why, said, told=False, detail={**about, "weeks_lacking": weeks, "reason": why.code})
