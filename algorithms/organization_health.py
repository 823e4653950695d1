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
    FURTHEST,
    Applied,
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
from graphsvc.kernels.fading import decays, latest
from graphsvc.kernels.features import Column, columns
from graphsvc.kernels.logistic import Linear
from graphsvc.kernels.metrics import auc, calibration_error, sigmoid
from graphsvc.kernels.walkforward import Forecast, Panel, walk
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Floats, Index, Ints, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import EvidenceKind, Figures, Model, Scores, TermEvidence

VERSION = 2
WARM = 0.5  # probability from which a tie is warm
NEVER = 3650.0  # days since the last act where there was none
NO_INPUTS = Inputs({})

COLUMNS = (
    Column("best_tie", "best_tie"),
    Column("log_sum", "all_ties"),
    Column("expected", "all_ties"),
    Column("independent", "all_ties"),
    Column("warm", "warm_ties"),
    Column("acts_28", "activity"),
    Column("acts_112", "activity"),
    Column("since", "activity"),
)
# Before anything was learnt: between the best tie alone and all of them independent; not fitted on anything.
PRIOR = Linear(0.0, np.array([0.6, 0.3, 0, 0, 0, 0, 0, 0]), np.zeros(8), np.zeros((9, 9)))


@dataclass(frozen=True)
class TiesOf:
    """Directed ties with the organization of the other side: ours, theirs and organization per tie, log-odds."""

    organization: Index
    ours: Index
    theirs: Index
    z: Floats

    @property
    def p(self) -> Floats:
        """Probabilities of the ties."""
        return sigmoid(self.z)


@dataclass(frozen=True)
class Grouped:
    """Organizations at one moment with their features; ``warm`` counts independent warm ties, ``ties`` all of them."""

    organization: Index
    x: Floats
    warm: Ints
    ties: Ints
    expected: Floats


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


@algorithm(
    name="organization_health",
    of="organization",
    version=VERSION,
    unit="probability",
    params=HealthParams,
    uses=("relationship_health",),
    fit=fit_organization_health,
    explain=explain_organization,
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
    ties = find_ties(p, directed=True)
    group = _group(p, ties, p.as_of, _assessed(p, health))
    answer = apply_model(model, COLUMNS, group.x)
    return _as_scores(p, params, model, group, answer)


def _unfitted(p: Projection) -> Model:
    return prior_model("organization_health", VERSION, p.as_of, PRIOR, COLUMNS, MISS)


def _assessed(p: Projection, health: Scores) -> TiesOf:
    """Ties of one of ours with a customer of a known employer that have a probability."""
    if health.b is None or not p.own_known or not len(health):
        nobody = np.zeros(0, dtype=np.int32)
        return TiesOf(nobody, nobody, nobody, np.zeros(0))
    ours = p.entities.internal
    some = np.flatnonzero((ours[health.a] != ours[health.b]) & np.isfinite(health.value))
    return _with_organization(p, health.a[some], health.b[some], health.linked()[some])


def _with_organization(p: Projection, a: Index, b: Index, z: Floats) -> TiesOf:
    ours = p.entities.internal
    us, them = np.where(ours[a], a, b).astype(np.int32), np.where(ours[a], b, a).astype(np.int32)
    organization = p.entities.organization[them]
    keep = (organization >= 0) & ~ours[organization]
    return TiesOf(organization[keep], us[keep], them[keep], z[keep])


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
        group = _group(p, ties, f.at, tied)
        xs.append(group.x)
        ys.append(_anyone(p, ties, f.at, people.horizon)[group.organization])
        when.append(np.full(len(group.organization), f.at))
        whose.append(group.organization)
        naive.append(_at_least_one(tied, group.organization, len(p)))
    panel = Panel(np.concatenate(xs), np.concatenate(ys), np.concatenate(when), people.horizon)
    return OrganizationPanel(panel, np.concatenate(whose), np.concatenate(naive))


def _affordable(ties: Ties, dates: list[int], params: HealthParams) -> list[int]:
    """The newest dates whose ties together are no more than ``max_rows``: an organization needs all of its ties."""
    sizes = [len(ties.eligible(at, params.min_contacts, params.window_days)) for at in reversed(dates)]
    keep = int(np.searchsorted(np.cumsum(sizes), params.max_rows, side="right"))
    return dates[len(dates) - keep :]


def _forecast_ties(p: Projection, ties: Ties, rows: Ints, f: Forecast) -> TiesOf:
    return _with_organization(p, ties.contacts.a[rows], ties.contacts.b[rows], _log_odds(f.p))


def _log_odds(p: Floats) -> Floats:
    """Log-odds up to ``FURTHEST``."""
    low = 1.0 / (1.0 + np.exp(FURTHEST))
    p = p.clip(low, 1.0 - low)
    out: Floats = np.log(p / (1.0 - p))
    return out


def _at_least_one(tied: TiesOf, organization: Index, n: int) -> Floats:
    nobody = np.bincount(tied.organization, np.log1p(-tied.p.clip(0.0, 1.0 - 1e-12)), n)
    out: Floats = -np.expm1(nobody[organization])
    return out


def _acts(p: Projection, ties: Ties) -> tuple[Ints, Index]:
    """Contacts in which a customer acted towards one of ours, and the customer's organization (-1 unknown)."""
    c = ties.contacts
    if ties.other is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
    other = ties.other[c.pair]
    theirs = np.flatnonzero(np.where(other, c.by_a, c.by_b) & ties.counted[c.pair])
    person = np.where(other, c.a[c.pair], c.b[c.pair])[theirs]
    organization = p.entities.organization[person]
    return theirs[organization >= 0], organization[organization >= 0]


def _anyone(p: Projection, ties: Ties, at: int, horizon: int) -> Floats:
    """Per entity: 1 for an organization somebody of which acted towards us in (at, at + horizon]."""
    which, organization = _acts(p, ties)
    low, high = np.searchsorted(which, [ties.contacts.cut(at), ties.contacts.cut(at + horizon)])
    out = np.zeros(len(p))
    out[organization[low:high]] = 1.0
    return out


def _group(p: Projection, ties: Ties, at: int, tied: TiesOf) -> Grouped:
    """Features of every organization that has an assessed tie."""
    organization = np.unique(tied.organization)
    place = np.searchsorted(organization, tied.organization)
    n = len(organization)
    best = np.full(n, -np.inf)
    np.maximum.at(best, place, tied.z)
    log_sum = best + np.log(np.maximum(np.bincount(place, np.exp(tied.z - best[place]), n), 1e-300))
    expected = np.bincount(place, tied.p, n).astype(np.float64)
    warm = _independent(tied, place, n)
    which, theirs = _acts(p, ties)
    cut = int(np.searchsorted(which, ties.contacts.cut(at)))
    time = ties.contacts.time[which[:cut]]
    acts = decays(time, at, theirs[:cut], len(p))
    since = np.minimum(latest(time, at, theirs[:cut], len(p)), NEVER)[organization]
    recent = [np.log1p(acts[h][organization]) for h in (28.0, 112.0)]
    free = _log_odds(_at_least_one(tied, organization, len(p)))
    x = np.column_stack([best, log_sum, np.log1p(expected), free, np.log1p(warm), *recent, -np.log1p(since)])
    return Grouped(organization, x, warm, np.bincount(place, minlength=n), expected)


def _independent(tied: TiesOf, place: Ints, n: int) -> Ints:
    """Warm ties per organization of which no two share a person: a maximum matching of ours and theirs."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    warm = np.flatnonzero(tied.p >= WARM)
    if not len(warm):
        return np.zeros(n, dtype=np.int64)
    them, row = np.unique(tied.theirs[warm], return_inverse=True)
    wide = int(tied.ours.max()) + 1
    _, column = np.unique(place[warm] * wide + tied.ours[warm], return_inverse=True)  # a colleague, per organization
    graph = csr_array((np.ones(len(warm)), (row, column)), shape=(len(them), int(column.max()) + 1))
    match = maximum_bipartite_matching(graph, perm_type="column")
    owner = np.zeros(len(them), dtype=np.int64)
    owner[row] = place[warm]
    return np.bincount(owner[match >= 0], minlength=n)


def _as_scores(p: Projection, params: HealthParams, model: Model, group: Grouped, answer: Applied) -> Scores:
    every = p.organizations
    n, rows = len(every), np.searchsorted(every, group.organization)
    warm, ties = np.zeros(n), np.zeros(n)
    warm[rows], ties[rows] = group.warm, group.ties
    beside: dict[str, Figures] = {k: spread_out(v, rows, n) for k, v in answer.points.items()}
    best = sigmoid(group.x[:, 0])
    beside |= {"warm_ties": warm, "ties": ties, "best": spread_out(best, rows, n)}
    reason, reasons = _reasons(p, params, every, rows)
    return Scores(
        name="organization_health",
        of="organization",
        a=every,
        b=None,
        value=spread_out(answer.value, rows, n),
        terms={k: spread_out(v, rows, n) for k, v in answer.terms.items()},
        unit="probability",
        link="logit",
        low=spread_out(answer.low, rows, n),
        high=spread_out(answer.high, rows, n),
        beside={**beside, "expected": spread_out(group.expected, rows, n)},
        reason=reason,
        reasons=reasons,
        notes=model_notes(model, p.as_of) if len(rows) else (),
        accuracy=model.heldout or None,
        model_id=model.id,
    )


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
    which, theirs = _acts(p, ties)
    mine = which[theirs == organization]
    time = ties.contacts.time[mine]
    if not len(mine):
        return np.zeros(0, dtype=np.int64), 0, "-"
    last = mine[time == time[-1]]
    days = (p.as_of - int(time[-1])) / DAY
    return p.interactions.row[ties.contacts.source[last]], int((time > p.as_of - 28 * DAY).sum()), f"{days:.0f}"
