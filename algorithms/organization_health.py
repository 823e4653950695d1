"""Organization health: the probability that anyone at a customer acts towards us within four weeks.

Ties of one company live and die together, so that "at least one of independent ties" is far too confident. The model
has its own rows (organization, reference date) and learns how the best tie, all ties together, the independent warm
ties and what they did lately add up. The ties' probabilities at past dates are forecasts made then, not fits made now.

References
----------
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). RFM and CLV. Journal of Marketing Research 42(4), 415-430.
Hopcroft, J. E. & Karp, R. M. (1973). An n^5/2 algorithm for maximum matchings in bipartite graphs. SIAM J. Comput. 2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from algorithms.health import relationship_health, spread_out
from algorithms.health_model import (
    HealthParams,
    Ties,
    apply_model,
    find_ties,
    fit_panel,
    make_panel,
    prior_model,
    recipe,
    reference_dates,
    told,
)
from algorithms.health_notes import model_notes
from algorithms.health_prior import MISS
from algorithms.organization_features import COLUMNS as COLUMNS
from algorithms.organization_features import (
    Grouped,
    TiesOf,
    acts_again,
    acts_of,
    assessed,
    at_least_one,
    grouped,
    log_odds,
    recent_acts,
    with_organization,
)
from graphsvc.incremental import Touched, joined, taken
from graphsvc.kernels.features import columns
from graphsvc.kernels.logistic import Linear
from graphsvc.kernels.metrics import auc, calibration_error, sigmoid
from graphsvc.kernels.walkforward import Forecast, Panel, walk
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import EvidenceKind, Figures, Model, Scores, TermEvidence

VERSION = 2
NO_INPUTS = Inputs({})
ACTS = "acts of organizations"  # among what a Projection keeps

# Before anything was learnt: between the best tie alone and all of them independent; not fitted on anything.
PRIOR = Linear(0.0, np.array([0.6, 0.3, 0, 0, 0, 0, 0, 0]), np.zeros(8), np.zeros((9, 9)))


def explain_organization(
    p: Projection, params: HealthParams, inputs: Inputs, scores: Scores, row: int
) -> list[TermEvidence]:
    """What each group of one organization stands on; counts of ties do not open, the last act is pointed at."""
    if np.isnan(scores.value[row]):
        return []
    figures = {name: float(scores.beside[name][row]) for name in ("best", "ties", "expected", "warm_ties")}
    last, count, days = _last_acts(p, int(scores.a[row]))
    texts: dict[str, Phrase] = {
        "best_tie": phrase("health.best_tie", percent=f"{100 * figures['best']:.0f}"),
        "all_ties": phrase("health.all_ties", count=int(figures["ties"]), expected=f"{figures['expected']:.1f}"),
        "warm_ties": phrase("health.warm_ties", count=int(figures["warm_ties"])),
        "activity": phrase("health.org_activity", count=count, days=days),
        "intercept": phrase("health.average_organization"),
    }
    kinds: dict[str, EvidenceKind] = {"activity": "pointer", "intercept": "constant"}
    rows = {"activity": last}
    return [
        TermEvidence(t, kinds.get(t, "context"), float(v[row]), rows=rows.get(t), phrase=texts[t])
        for t, v in scores.terms.items()
    ]


def fit_organization_health(p: Projection, params: HealthParams) -> Model:
    """Learn P(anyone there acts towards us within the horizon) from labels known at ``p.as_of``."""
    rows = organization_panel(p, params) if p.own_known else None
    fitted = rows and fit_panel("organization_health", VERSION, p.as_of, rows.panel, COLUMNS, recipe(COLUMNS))
    if not fitted or rows is None:
        return _unfitted(p)
    panel = rows.panel
    judged = panel.at >= panel.dates[-min(len(panel.dates), recipe(COLUMNS).calibrate_dates)]
    y, said = panel.y[judged], rows.independent[judged]
    baseline = {"independent_auc": auc(y, said), "independent_ece": calibration_error(y, said)}
    return replace(fitted, heldout={**fitted.heldout, **told(baseline)})


def rescore(p: Projection, params: HealthParams, inputs: Inputs, old: Scores, touched: Touched) -> Scores:
    """Renew the organizations that the people of some new events work at or have ties with, all that these change."""
    health, older = inputs.scores["relationship_health"], touched.older()
    kept = None if older is None else older.derived.get(ACTS)
    if older is None or not isinstance(kept, _Acts) or kept.model != health.model_id or health.b is None:
        return organization_health(p, params, inputs)
    home, n = p.entities.organization, len(p)
    acted, changed, known = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    _mark(acted, home[touched.people])
    known[touched.image] = True
    place = np.searchsorted(p.organizations, touched.image[older.organizations])
    acts = acts_again(p, p.as_of, kept.columns, place, acted)
    p.derived[ACTS] = _Acts(health.model_id, acts)
    tied = assessed(p, _ties_of(health, touched.people))
    _mark(changed, tied.organization)
    changed |= acted | ~known
    staff = np.append(changed, False)[home] & ~p.entities.internal
    group = grouped(p, _only(assessed(p, _ties_of(health, staff)), changed), acts)
    every = p.organizations[changed[p.organizations]]
    made = joined(old, _as_scores(p, params, inputs.model or _unfitted(p), group, every), n)
    return replace(made, notes=_notes(p, inputs.model or _unfitted(p), made.value))


@dataclass(frozen=True)
class _Acts:
    """What a graph keeps for the next one: the model of the ties' health, and :func:`recent_acts`."""

    model: str | None
    columns: Floats


def _mark(where: Bools, organization: Index) -> None:
    where[organization[organization >= 0]] = True


def _ties_of(health: Scores, people: Bools) -> Scores:
    from graphsvc.kernels.rows_loops import rows_of

    return health if health.b is None else taken(health, rows_of(health.a, health.b, people, False))


def _only(ties: TiesOf, organizations: Bools) -> TiesOf:
    keep = organizations[ties.organization]
    return TiesOf(ties.organization[keep], ties.ours[keep], ties.theirs[keep], ties.z[keep])


@algorithm(
    name="organization_health",
    of="organization",
    version=VERSION,
    unit="probability",
    params=HealthParams,
    uses=("relationship_health",),
    fit=fit_organization_health,
    explain=explain_organization,
    rescore=rescore,
)
def organization_health(p: Projection, params: HealthParams, inputs: Inputs = NO_INPUTS) -> Scores:
    """Probability that anyone at an organization acts towards us within the horizon (28 days).

    Parameters
    ----------
    p : interactions actor -> target, employers, and who is ours; times in [us] since the epoch.
    inputs : scores of ``relationship_health``, and the fitted Model.

    Returns
    -------
    Scores with ``value`` in (0, 1), float64, shape (n_organizations,), ``logit(value) = sum(terms)``: best tie, all
    ties, independent warm ties (no person on two of them), activity, intercept. Null where nobody said who ours are,
    for our own organization, and where no tie to it is assessed.

    References
    ----------
    Fader, Hardie & Lee (2005); Hopcroft & Karp (1973) for the independent ties.

    Examples
    --------
    >>> from graphsvc import toy
    >>> people = [{"id": "rep", "internal": True}, {"id": "ann", "organization": "acme"}]
    >>> mails = [{"time": t, "from": "ann", "to": "rep"} for t in range(60)]
    >>> p = toy.build(people=people, organizations=[{"id": "acme"}, {"id": "zeta"}], interactions=mails, as_of=60)
    >>> s = organization_health(p, HealthParams())
    >>> bool(s.value[0] > 0.5), s.beside["warm_ties"].tolist(), s.reasons[s.reason[1]].code
    (True, [1.0, 0.0], 'health.no_ties')
    """
    health = inputs.scores.get("relationship_health")
    health = relationship_health(p, params) if health is None else health
    model = inputs.model or _unfitted(p)
    acts = recent_acts(p, find_ties(p, directed=True), p.as_of)
    p.derived[ACTS] = _Acts(health.model_id, acts)
    return _as_scores(p, params, model, grouped(p, assessed(p, health), acts), p.organizations)


def _unfitted(p: Projection) -> Model:
    return prior_model("organization_health", VERSION, p.as_of, PRIOR, COLUMNS, MISS)


@dataclass(frozen=True)
class OrganizationPanel:
    """Rows (organization, reference date), with the organization and "at least one of independent ties" of each."""

    panel: Panel
    organization: Index
    independent: Floats


def organization_panel(p: Projection, params: HealthParams, since: int | None = None) -> OrganizationPanel:
    """Rows of all dates at which ties could be forecast; interactions before ``since`` [us] are left out."""
    ties = find_ties(p, directed=True, since=since)
    dates = _affordable(ties, reference_dates(ties.contacts, p.as_of, params), params)
    people = make_panel(ties, dates, params.model_copy(update={"max_rows": 2**62}))
    forecasts = walk(people, people.dates, recipe(columns(directed=True)), every=3)
    xs, ys, when, naive = [np.zeros((0, len(COLUMNS)))], [np.zeros(0)], [np.zeros(0, dtype=np.int64)], [np.zeros(0)]
    whose = [np.zeros(0, dtype=np.int32)]
    for f in forecasts:
        rows = ties.eligible(f.at, params.min_contacts, params.window_days)
        tied = _forecast_ties(p, ties, rows, f)
        group = grouped(p, tied, recent_acts(p, ties, f.at))
        xs.append(group.x)
        ys.append(_anyone(p, ties, f.at, people.horizon)[group.organization])
        when.append(np.full(len(group.organization), f.at))
        whose.append(group.organization)
        naive.append(at_least_one(tied, group.organization, len(p)))
    panel = Panel(np.concatenate(xs), np.concatenate(ys), np.concatenate(when), people.horizon)
    return OrganizationPanel(panel, np.concatenate(whose), np.concatenate(naive))


def _affordable(ties: Ties, dates: list[int], params: HealthParams) -> list[int]:
    """The newest dates whose ties together are no more than ``max_rows``: an organization needs all of its ties."""
    sizes = [len(ties.eligible(at, params.min_contacts, params.window_days)) for at in reversed(dates)]
    keep = int(np.searchsorted(np.cumsum(sizes), params.max_rows, side="right"))
    return dates[len(dates) - keep :]


def _forecast_ties(p: Projection, ties: Ties, rows: Ints, f: Forecast) -> TiesOf:
    return with_organization(p, ties.contacts.a[rows], ties.contacts.b[rows], log_odds(f.p))


def _anyone(p: Projection, ties: Ties, at: int, horizon: int) -> Floats:
    """Per entity: 1 for an organization somebody of which acted towards us in (at, at + horizon]."""
    which, organization = acts_of(p, ties)
    low, high = np.searchsorted(which, [ties.contacts.cut(at), ties.contacts.cut(at + horizon)])
    out = np.zeros(len(p))
    out[organization[low:high]] = 1.0
    return out


def _as_scores(p: Projection, params: HealthParams, model: Model, group: Grouped, every: Index) -> Scores:
    """Scores of some organizations, all that are assessed among them."""
    answer = apply_model(model, COLUMNS, group.x)
    n, rows = len(every), np.searchsorted(every, group.organization)
    warm, ties = np.zeros(n), np.zeros(n)
    warm[rows], ties[rows] = group.warm, group.ties
    beside: dict[str, Figures] = {k: spread_out(v, rows, n) for k, v in answer.points.items()}
    best = sigmoid(group.x[:, 0])
    beside |= {"warm_ties": warm, "ties": ties, "best": spread_out(best, rows, n)}
    reason, reasons = _reasons(p, params, every, rows)
    value = spread_out(answer.value, rows, n)
    return Scores(
        name="organization_health",
        of="organization",
        a=every,
        b=None,
        value=value,
        terms={k: spread_out(v, rows, n) for k, v in answer.terms.items()},
        unit="probability",
        link="logit",
        low=spread_out(answer.low, rows, n),
        high=spread_out(answer.high, rows, n),
        beside={**beside, "expected": spread_out(group.expected, rows, n)},
        reason=reason,
        reasons=reasons,
        notes=_notes(p, model, value),
        accuracy=model.heldout or None,
        model_id=model.id,
    )


def _notes(p: Projection, model: Model, value: Floats) -> tuple[Phrase, ...]:
    return model_notes(model, p.as_of) if np.isfinite(value).any() else ()


def _reasons(
    p: Projection, params: HealthParams, every: Index, rows: Ints
) -> tuple[NDArray[np.int8], tuple[Phrase, ...]]:
    reason = np.where(p.entities.internal[every], 1, 2 if p.own_known else 0).astype(np.int8)
    reason[rows] = -1
    nobody = phrase("health.no_ties", needed=params.min_contacts)
    return reason, (phrase("health.no_own_side"), phrase("health.own_organization"), nobody)


def _last_acts(p: Projection, organization: int) -> tuple[Ints, int, str]:
    """Rows of the last act of an organization's people towards us, how many in 28 days, and days since."""
    ties = find_ties(p, directed=True)
    which, theirs = acts_of(p, ties)
    mine = which[theirs == organization]
    time = ties.contacts.time[mine]
    if not len(mine):
        return np.zeros(0, dtype=np.int64), 0, "-"
    last = mine[time == time[-1]]
    days = (p.as_of - int(time[-1])) / DAY
    return p.interactions.row[ties.contacts.source[last]], int((time > p.as_of - 28 * DAY).sum()), f"{days:.0f}"
