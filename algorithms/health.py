"""Relationship health: the probability that the other side acts within four weeks, and what makes it so.

A tie is healthy when it goes on. That can be checked: at every past reference date we know who wrote to whom in the
28 days after it. The model learns from those dates only, is calibrated on forecasts it made before their outcome was
known, and adds up eight named groups of log-odds; a tie is held against its own rhythm, not against the busiest.

References
----------
Fader, P. S., Hardie, B. G. S. & Lee, K. L. (2005). RFM and CLV. Journal of Marketing Research 42(4), 415-430.
Burt, R. S. (2000). Decay functions. Social Networks 22(1), 1-28.
Raeder, T., Lizardo, O., Hachen, D. & Chawla, N. V. (2011). Predictors of short-term decay of cell phone contacts in a
large scale communication network. Social Networks 33(4), 245-257.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from algorithms.health_explain import explain_health
from algorithms.health_model import (
    RHYTHM,
    Applied,
    HealthParams,
    Ties,
    apply_model,
    cold_model,
    find_ties,
    fit_ties,
    reference_dates,
)
from algorithms.health_notes import model_notes
from algorithms.health_renewal import all_ties, ties_touched
from algorithms.health_trend import Trend, moment_before, trend, with_chance
from graphsvc.incremental import Touched, joined, taken
from graphsvc.kernels.features import Moment, columns, feature_matrix, parts
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.rhythm import WINDOW, lent_at
from graphsvc.kernels.ties import pair_key
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Ints, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Figures, Model, Scores

UNIT = "probability"
VERSION = 3
GOOD, FAIR = 0.75, 0.35  # of the probability that the tie's own rhythm gives
NO_INPUTS = Inputs({})


def fit_active(p: Projection, params: HealthParams) -> Model:
    """Learn P(any interaction of a tie within the horizon) from labels known at ``p.as_of``."""
    return _fit("active", p, params, directed=False)


def fit_relationship_health(p: Projection, params: HealthParams) -> Model:
    """Learn P(the other side acts within the horizon); where nobody said who ours are, the model of ``active``."""
    return _fit("relationship_health", p, params, directed=p.own_known)


def _fit(name: str, p: Projection, params: HealthParams, *, directed: bool) -> Model:
    ties = find_ties(p, directed=directed)
    model = fit_ties(name, VERSION, p.as_of, ties, params)
    model = with_chance(model, ties, reference_dates(ties.contacts, p.as_of, params), params)
    return replace(model, content={**model.content, RHYTHM: lent_at(ties.contacts, p.as_of).told()})


def rescore_active(p: Projection, params: HealthParams, inputs: Inputs, old: Scores, touched: Touched) -> Scores:
    """Renew the ties of the people of some new events, all that these can change."""
    if inputs.model is None or not _renewable(old, inputs.model):
        return active(p, params, inputs)
    ties = ties_touched(p, touched, directed=False)
    return joined(old, _scores("active", p, params, inputs.model, ties, np.inf), len(p))


def rescore_health(p: Projection, params: HealthParams, inputs: Inputs, old: Scores, touched: Touched) -> Scores:
    """Renew the ties of the people of some new events, where there is another side by its model, else by ``active``."""
    base = inputs.scores["active"]
    if not p.own_known:
        return _undirected(base)
    if inputs.model is None or base.b is None or not _renewable(old, inputs.model):
        return relationship_health(p, params, inputs)
    ties = ties_touched(p, touched, directed=True)
    own = _scores("relationship_health", p, params, inputs.model, ties, np.inf)
    c, n = ties.contacts, len(p)
    rows = np.searchsorted(pair_key(base.a, base.b, n), pair_key(c.a, c.b, n))
    return _noted(joined(old, _merged(own, taken(base, rows), ties.counted), n))


def _renewable(old: Scores, model: Model) -> bool:
    """Does nothing in these scores rest on all ties together?"""
    return RHYTHM in model.content and len(old) > 0 and bool(np.isfinite(old.value).any())


@algorithm(
    name="active",
    of="tie",
    version=VERSION,
    unit=UNIT,
    params=HealthParams,
    fit=fit_active,
    explain=explain_health,
    rescore=rescore_active,
)
def active(p: Projection, params: HealthParams, inputs: Inputs = NO_INPUTS) -> Scores:
    """Probability of any interaction of a tie within the horizon (28 days).

    Parameters
    ----------
    p : interactions actor -> target; times in [us] since the epoch.
    inputs : the fitted Model; without one the published prior is used and the notes say so.

    Returns
    -------
    Scores with ``value`` in (0, 1), float64, shape (n_ties,), ``logit(value) = sum(terms)`` [log-odds]; a 90 %
    interval; null with its reason for a tie with one contact or a workspace with less than 28 days of history. Beside
    it ``points_<group>`` (adding up to 100 * value), ``trend`` (change over 28 days), ``trend_error`` (one standard
    error of it: the chance of a tie that goes on as ever) and ``trend_z`` (trend / trend_error; below 2 it is no change
    to speak of), ``rhythm_days`` and ``band``.

    References
    ----------
    Fader, Hardie & Lee (2005): recency and frequency; Raeder et al. (2011): what predicts decay.

    Examples
    --------
    >>> from graphsvc import toy
    >>> daily = [{"time": t, "from": "a", "to": "b"} for t in range(60)] + [{"time": 1, "from": "a", "to": "c"}]
    >>> s = active(toy.build(interactions=daily, as_of=60), HealthParams())
    >>> bool(s.value[0] > 0.5), s.reasons[s.reason[1]].code
    (True, 'health.few_contacts')
    """
    return _scores("active", p, params, _ours(p, inputs, "active"), all_ties(p, directed=False))


@algorithm(
    name="relationship_health",
    of="tie",
    version=VERSION,
    unit=UNIT,
    params=HealthParams,
    uses=("active",),
    fit=fit_relationship_health,
    explain=explain_health,
    rescore=rescore_health,
)
def relationship_health(p: Projection, params: HealthParams, inputs: Inputs = NO_INPUTS) -> Scores:
    """Probability that the other side of a tie, the customer, acts towards us within the horizon (28 days).

    Where nobody is the other side (nobody said who ours are; two colleagues; two customers) it equals ``active``, and
    a note says so.

    Parameters
    ----------
    p : interactions actor -> target, and which persons are ours; times in [us] since the epoch.
    inputs : scores of ``active``, and the fitted Model; without one the published prior is used and the notes say so.

    Returns
    -------
    As :func:`active`, and beside it ``active`` itself and ``directed`` (1: of the other side; 0: any interaction).

    References
    ----------
    Fader, Hardie & Lee (2005); Burt (2000); Raeder et al. (2011).

    Examples
    --------
    >>> from graphsvc import toy
    >>> people = [{"id": "rep", "internal": True}]
    >>> mails = [{"time": t, "from": "rep", "to": "silent"} for t in range(60)]
    >>> mails += [{"time": t + 0.5, "from": "eager", "to": "rep"} for t in range(60)]
    >>> s = relationship_health(toy.build(people=people, interactions=mails, as_of=60), HealthParams())
    >>> bool(s.value[0] > s.value[1])  # eager - rep, rep - silent
    True
    """
    base = inputs.scores.get("active")
    base = active(p, params) if base is None else base
    if not p.own_known:
        return _undirected(base)
    ties = all_ties(p, directed=True)
    own = _scores("relationship_health", p, params, _ours(p, inputs, "relationship_health"), ties)
    return _noted(_merged(own, base, ties.counted))


def _undirected(base: Scores) -> Scores:
    beside = {**base.beside, "active": base.value, "directed": np.zeros(len(base), dtype=np.int8)}
    return replace(base, name="relationship_health", beside=beside, notes=(*base.notes, phrase("health.no_own")))


def _ours(p: Projection, inputs: Inputs, name: str) -> Model:
    return inputs.model or unfitted(p, name)


def unfitted(p: Projection, name: str) -> Model:
    """The published prior as a Model, for use before anything was fitted."""
    return cold_model(name, VERSION, p.as_of, directed=name == "relationship_health" and p.own_known)


@dataclass(frozen=True)
class _Assessed:
    """What the model says of the ties with enough evidence, and the moment it says it of."""

    moment: Moment
    answer: Applied
    trend: Trend


def _scores(
    name: str, p: Projection, params: HealthParams, model: Model, ties: Ties, history: float | None = None
) -> Scores:
    """What the model says of some ties; ``history`` are the days since the first contact of all."""
    c, n = ties.contacts, len(ties.contacts.a)
    if history is None:
        history = (p.as_of - int(c.time[0])) / DAY if len(c) else 0.0
    short, ties = history < params.min_history_days, ties.under(model)
    rows = np.zeros(0, dtype=np.int64) if short else ties.eligible(p.as_of, params.min_contacts)
    done = _assess(ties, p.as_of, rows, model, params)
    gap, band = _rhythm(done.moment, done.answer.value, params.horizon_days)
    beside: dict[str, Figures] = {g: spread_out(v, rows, n) for g, v in done.answer.points.items()}
    moved = done.trend
    figures = {"trend": moved.change, "trend_error": moved.error, "trend_z": moved.z, "rhythm_days": gap}
    beside |= {k: spread_out(v, rows, n) for k, v in figures.items()}
    bands = np.full(n, "", dtype="U4")
    bands[rows] = band
    reason, reasons = _reasons(rows, ties, history, params, short=short)
    return Scores(
        name=name,
        of="tie",
        a=c.a,
        b=c.b,
        value=spread_out(done.answer.value, rows, n),
        terms={g: spread_out(v, rows, n) for g, v in done.answer.terms.items()},
        unit=UNIT,
        link="logit",
        low=spread_out(done.answer.low, rows, n),
        high=spread_out(done.answer.high, rows, n),
        beside={**beside, "band": bands},
        reason=reason,
        reasons=reasons,
        notes=model_notes(model, p.as_of),
        accuracy=model.heldout or None,
        model_id=model.id,
    )


def _assess(ties: Ties, at: int, rows: Ints, model: Model, params: HealthParams) -> _Assessed:
    """Some thousand ties after the other: the features of all at once would be the largest thing in memory."""
    cols, moment = columns(directed=ties.directed), ties.moment(at, rows)
    then = moment_before(ties, at, rows, params)
    answers, trends = list[Applied](), list[Trend]()
    for _, part in parts(moment) if len(rows) else [(slice(0), moment)]:
        x = feature_matrix(part)
        answers.append(apply_model(model, cols, x))
        trends.append(trend(model, part, x, then))
    return _Assessed(moment, Applied.of(answers), Trend.of(trends))


def _rhythm(m: Moment, value: Floats, horizon: float) -> tuple[Floats, NDArray[np.str_]]:
    """The tie's usual gap [days], and a band: the value against what that rhythm gives, 1 - exp(-horizon / gap).

    A quarterly tie at 25 % is good, and so is one at 5 % that by its own gaps is not due within the horizon. Where the
    other side must act, their part of the acts (at least a tenth, lest a side that never acts be called healthy) slows
    the rhythm.
    """
    gap, silence, due = m.usual_gap, m.since, m.renewal
    if m.other is not None and len(m.rows):
        one, two = (side[448.0] for side in m.sides)
        gap = gap / np.maximum((m.of_other(one, two) + 0.5) / (one + two + 1.0), 0.1)
        silence, due = m.since_theirs, m.renewal_theirs
    even = -np.expm1(-horizon / np.maximum(gap, 0.5))
    by_gaps = -np.expm1(horizon / WINDOW * np.log1p(-sigmoid(due)))
    share = value / np.where(silence < gap, np.minimum(even, by_gaps), even)
    band: NDArray[np.str_] = np.where(share >= GOOD, "good", np.where(share >= FAIR, "fair", "poor"))
    return gap, band


def _reasons(
    rows: Ints, ties: Ties, history: float, params: HealthParams, *, short: bool
) -> tuple[NDArray[np.int8], tuple[Phrase, ...]]:
    reason = np.zeros(len(ties.contacts.a), dtype=np.int8)
    reason[rows] = -1
    if short:
        days, needed = round(max(history, 0.0), 1), params.min_history_days
        return reason, (phrase("health.short_history", days=days, needed=f"{needed:g}"),)
    count = np.bincount(ties.contacts.pair, minlength=len(reason))
    reason[reason == 0] = (count - 1)[reason == 0].clip(0, 120)
    return reason, tuple(
        phrase("health.few_contacts", count=k, needed=params.min_contacts) for k in range(1, params.min_contacts)
    )


def spread_out(values: Floats, rows: Ints, n: int) -> Floats:
    """Values of some rows in a column of all, NaN elsewhere."""
    out = np.full(n, np.nan)
    out[rows] = values
    return out


def _merged(own: Scores, base: Scores, counted: Bools) -> Scores:
    """Rows of ``own`` where there is another side, of ``base`` elsewhere; both have the same pairs."""

    def pick(a: Figures, b: Figures) -> Figures:
        return np.where(counted, a, b)

    def floats(a: Floats | None, b: Floats | None) -> Floats | None:
        return None if a is None or b is None else np.where(counted, a, b)

    beside = {k: pick(v, base.beside[k]) for k, v in own.beside.items()}
    terms = {k: np.where(counted, v, base.terms[k]) for k, v in own.terms.items()}
    reason = None
    if own.reason is not None and base.reason is not None:
        reason = np.where(counted, own.reason, base.reason).astype(np.int8)
    return replace(
        own,
        value=np.where(counted, own.value, base.value),
        low=floats(own.low, base.low),
        high=floats(own.high, base.high),
        terms=terms,
        reason=reason,
        beside={**beside, "active": base.value, "directed": counted.astype(np.int8)},
    )


def _noted(scores: Scores) -> Scores:
    """The scores with a note on how many of the ties have no other side."""
    elsewhere = int(np.sum(scores.beside["directed"] == 0))
    notes = (phrase("health.no_other_side", count=elsewhere),) if elsewhere else ()
    return replace(scores, notes=(*scores.notes, *notes))
