"""Does the health of organizations come true? Walk-forward, beside what ties alone would say.

The model has rows (organization, reference date) of its own; it must beat the best tie, the log-sum of all ties,
"at least one of independent ties" and recency, on the same rows.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from algorithms.evaluate_health import WEEK, HealthTest
from algorithms.health_model import HealthParams, find_ties, recipe
from algorithms.health_trial import (
    LEAST_DATES,
    MOST_DATES,
    MOST_ROWS,
    default_start,
    fitted_alone,
    history_days,
    rows_of,
    walk_second_half,
    weeks_lacking,
)
from algorithms.held_out import HeldOut, Said, Verdict, judge_methods
from algorithms.held_out_report import day, detail, headline, plots, tables, verdict
from algorithms.organization_health import COLUMNS, OrganizationPanel, organization_panel
from graphsvc.evaluations import Evaluation, Past
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Projection
from graphsvc.registry import evaluation

NAME = "organization_health"
BASELINES = {"best_tie": "best_tie", "log_sum": "log_sum", "recency": "since"}  # their columns, all rising
STAGES = 2  # ties are forecast first, organizations learn from the forecasts


@evaluation(name=NAME, of=(NAME,), params=HealthTest)
def organization_health_test(past: Past, params: HealthTest, progress: Callable[[str, float], None]) -> Evaluation:
    """Walk-forward test of ``organization_health``: does anyone there act towards us within the horizon?"""
    p = past.now
    start = default_start(p) if params.start is None else params.start
    contacts = find_ties(p, directed=True, since=start).contacts
    days = (p.as_of - int(contacts.time[0])) / DAY if len(contacts) else 0.0
    progress("features", 0.0)
    rows = _rows(p, params, start, days) if p.own_known else None
    progress("model", 0.4)
    h = None if rows is None else _held_out(rows)
    if h is None or not h.mixed:
        return _untold(p, params, start, days, h)
    v = judge_methods(h, params.replicates, params.seed, lambda part: progress("errors", 0.5 + 0.5 * part))
    progress("done", 1.0)
    return _evaluation(p, params, start, h, v)


def _rows(p: Projection, params: HealthTest, start: int, days: float) -> OrganizationPanel:
    how = HealthParams(
        horizon_days=params.horizon_days,
        min_history_days=history_days(days),
        max_dates=MOST_DATES,
        max_rows=MOST_ROWS,
    )
    return organization_panel(p, how, since=start)


def _held_out(rows: OrganizationPanel) -> HeldOut | None:
    """What every method said of the second half of the dates; None where too few could be learnt."""
    panel, dates = rows.panel, rows.panel.dates
    forecasts = walk_second_half(panel, dates, recipe(COLUMNS))
    if len(forecasts) < LEAST_DATES:
        return None
    tested = [f.at for f in forecasts]
    here, said = rows_of(panel, tested), np.concatenate([f.p for f in forecasts])
    place = {c.name: i for i, c in enumerate(COLUMNS)}
    methods = {"model": Said(said, said)}
    for name, column in BASELINES.items():
        figure = panel.x[:, place[column]]
        methods[name] = Said(figure[here], fitted_alone(panel, dates, figure, tested))
    independent = rows.independent[here]
    methods["independent"] = Said(independent, independent)
    return HeldOut(panel.y[here], panel.at[here], rows.organization[here].astype(np.int64), methods)


def _evaluation(p: Projection, params: HealthTest, start: int, h: HeldOut, v: Verdict) -> Evaluation:
    said = _protocol(p, params, start, len(h.dates))
    return Evaluation(
        name=NAME,
        verdict=verdict(h, v),
        protocol=said,
        told=True,
        figures=headline(h, v),
        tables=tables(h, v),
        plots=plots(v),
        detail={**_about(params, said, start), **detail(h, v), "replicates": params.replicates},
    )


def _about(params: HealthTest, said: Phrase, start: int) -> dict[str, Any]:
    return {"score": NAME, "horizon_days": params.horizon_days, "protocol": said.text(), "start": day(start)}


def _protocol(p: Projection, params: HealthTest, start: int, tested: int) -> Phrase:
    return phrase(
        "evaluate_health.protocol_organization",
        start=day(start),
        end=day(p.as_of),
        tested=tested,
        horizon=params.horizon_days,
        replicates=params.replicates,
    )


def _untold(p: Projection, params: HealthTest, start: int, days: float, h: HeldOut | None) -> Evaluation:
    """Why it cannot be told, and from when it could."""
    weeks = weeks_lacking(days, params.horizon_days, STAGES)
    if not p.own_known:
        why = phrase("evaluate_health.no_own")
    elif h is not None:
        why = phrase("evaluate_health.one_outcome", rows=len(h.y), rate=f"{100 * float(h.y.mean()):.0f}")
    elif not days:
        why = phrase("evaluate_health.no_contacts", start=day(start))
    elif weeks:
        told_from = day(p.as_of + int(weeks * WEEK))
        why = phrase("evaluate_health.too_short", days=f"{days:.0f}", weeks=weeks, date=told_from)
    else:
        why = phrase("evaluate_health.too_few_organizations")
    said = _protocol(p, params, start, 0)
    about = {**_about(params, said, start), "test_rows": 0 if h is None else len(h.y)}
    return Evaluation(NAME, why, said, told=False, detail={**about, "weeks_lacking": weeks, "reason": why.code})
