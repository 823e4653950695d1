"""How models of health are judged: new labels, the forecasts a fit would have made, and what the models are applied to.

A row is a tie at a reference date, as in training; none is sampled, so that two models are compared on the same rows. A
forecast of a date is by a model that learnt from what was known at that date, calibrated on earlier forecasts.

References
----------
Tashman, L. J. (2000). Out-of-sample tests of forecasting accuracy. International Journal of Forecasting 16(4), 437-450.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from algorithms.health_model import HealthParams, Ties, apply_model, find_ties, make_panel, recipe, reference_dates
from algorithms.organization_health import COLUMNS, organization_panel
from graphsvc.kernels.drift import counts_in, edges_of
from graphsvc.kernels.features import Column, columns, feature_matrix
from graphsvc.kernels.walkforward import Panel, walk
from graphsvc.projection import DAY, Floats, Index, Projection
from graphsvc.registry import judge
from graphsvc.scores import Model
from graphsvc.trials import LINEAR, NEWEST, PROFILE, Histogram, Profile, Trial

WITHOUT_LIMIT = 2**62
MOST = 13  # reference dates judged, newest first: a year of them


def fits(model: Model, cols: tuple[Column, ...]) -> bool:
    """Was the model learnt from these very features?"""
    return set(model.coefficients) == {"intercept", *(c.name for c in cols)}


def tie_profile(p: Projection, params: HealthParams, model: Model, at: int) -> Profile | None:
    """What the model of ties says of the ties at a date, and each of its groups, as histograms."""
    ties = _ties(p, model)
    cols = columns(directed=ties.directed)
    rows = ties.eligible(at, params.min_contacts, params.window_days)
    if not len(rows) or not fits(model, cols):
        return None
    return histograms(model, cols, feature_matrix(ties.under(model).moment(at, rows)))


def groups_of(model: Model) -> Mapping[str, str]:
    """The group of each coefficient that is a feature of today."""
    cols = COLUMNS if model.name == "organization_health" else columns(directed=True)
    return {c.name: c.group for c in cols if c.name in model.coefficients}


def ties_apply(p: Projection, model: Model) -> bool:
    """Can the model of ties be applied? Not once somebody said who ours are, where nobody had when it was fitted."""
    return fits(model, columns(directed=_directed(p, model)))


def organizations_apply(_p: Projection, model: Model) -> bool:
    """Can the model of organizations be applied?"""
    return fits(model, COLUMNS)


@judge(of=("active", "relationship_health"), profile=tie_profile, groups=groups_of, applies=ties_apply)
def judge_ties(p: Projection, params: HealthParams, models: Sequence[Model], since: int) -> Trial:
    """Ties at the reference dates whose window ended after ``since``, by the models and by walk-forward forecasts.

    References
    ----------
    Tashman (2000): forecasts are made again at each date, from what was known then.
    """
    ties = _ties(p, models[0])
    cols = columns(directed=ties.directed)
    dates = _affordable(ties, reference_dates(ties.contacts, p.as_of, params), params)
    panel = make_panel(ties, dates, params.model_copy(update={"max_rows": WITHOUT_LIMIT}))
    rows = [ties.eligible(at, params.min_contacts, params.window_days) for at in dates]
    pair = np.concatenate([*rows, np.zeros(0, dtype=np.int64)]).astype(np.int64)
    ends = ties.contacts.a[pair], ties.contacts.b[pair]
    return trial_of(panel, ends, cols, models, since)


def no_profile(_p: Projection, _params: HealthParams, _model: Model, _at: int) -> Profile | None:
    """None: what organizations are made of is their ties, and a shift of those shows in the models of ties."""
    return None


@judge(of=("organization_health",), profile=no_profile, groups=groups_of, applies=organizations_apply)
def judge_organizations(p: Projection, params: HealthParams, models: Sequence[Model], since: int) -> Trial:
    """Organizations at the reference dates whose window ended after ``since``; their ties are as forecast then.

    References
    ----------
    Tashman (2000), as for ties.
    """
    if p.own_known:
        rows = organization_panel(p, params)
        panel, organization = rows.panel, rows.organization
    else:  # no organization is the other side's
        none = np.zeros(0)
        panel = Panel(np.zeros((0, len(COLUMNS))), none, none.astype(np.int64), int(params.horizon_days * DAY))
        organization = none.astype(np.int32)
    nobody = np.full(len(organization), -1, dtype=np.int32)
    return trial_of(panel, (organization, nobody), COLUMNS, models, since)


def trial_of(
    panel: Panel, ends: tuple[Index, Index], cols: tuple[Column, ...], models: Sequence[Model], since: int
) -> Trial:
    """The rows of a panel whose window ended after ``since``, else of its newest dates, with what is said of them."""
    judged = [at for at in panel.dates if at + panel.horizon > since][-MOST:] or panel.dates[-NEWEST:]
    kept = np.isin(panel.at, judged)
    x = panel.x[kept]
    said = tuple(apply_model(m, cols, x).value if fits(m, cols) else None for m in models)
    one, two = (end[kept].astype(np.int32) for end in ends)
    forecast = _forecasts(panel, cols, judged)[kept]
    return Trial(panel.horizon, panel.at[kept], panel.y[kept], one, two, said, forecast)


def histograms(model: Model, cols: tuple[Column, ...], x: Floats) -> Profile:
    """Log-odds and terms of feature rows as histograms, in the bins of the model's own profile where it has one."""
    terms = apply_model(model, cols, x).terms
    values = {LINEAR: np.sum(list(terms.values()), axis=0)} | {k: v for k, v in terms.items() if k != "intercept"}
    own: Mapping[str, Histogram] = model.content.get(PROFILE) or {}
    out: dict[str, Histogram] = {}
    for name, v in values.items():
        edges = list(own[name]["edges"]) if name in own else edges_of(v)
        out[name] = {"edges": edges, "counts": counts_in(v, edges)}
    return out


def _ties(p: Projection, model: Model) -> Ties:
    return find_ties(p, directed=_directed(p, model))


def _directed(p: Projection, model: Model) -> bool:
    return model.name == "relationship_health" and p.own_known


def _affordable(ties: Ties, dates: list[int], params: HealthParams) -> list[int]:
    """The newest dates whose ties together are no more than ``max_rows``; one at least, where there is one."""
    sizes = [len(ties.eligible(at, params.min_contacts, params.window_days)) for at in reversed(dates)]
    keep = max(1, int(np.searchsorted(np.cumsum(sizes), params.max_rows, side="right"))) if sizes else 0
    return dates[len(dates) - keep :]


def _forecasts(panel: Panel, cols: tuple[Column, ...], judged: list[int]) -> Floats:
    """Walk-forward forecast of each row of some dates, NaN elsewhere; dates before them only calibrate."""
    out = np.full(len(panel), np.nan)
    if judged:
        how = recipe(cols)
        earlier = [at for at in panel.dates if at < judged[0]][-how.calibrate_dates - 1 :]
        for f in walk(panel, [*earlier, *judged], how):
            out[panel.rows(f.at)] = f.p if f.at in judged else np.nan
    return out
