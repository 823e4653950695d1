"""Referral paths: through whom a rep, or all of us, can reach a person, an organization or the people of a deal.

Asking for an introduction is a chain of favours. A hop u -> v succeeds with probability

    hop(u -> v) = r(u, v)                                    where u is the one who asks
                = r(u, v) * w(u) / (1 + open asks of u)      where u has to pass the request on

with r logistic in the tie's log strength, health and tenure, and w the willingness of u to pass a request on. A path's
probability is the product of its hops'; :mod:`graphsvc.kernels.paths` finds the k most probable ones exactly. Until 50
recorded asks have outcomes r is a prior (below) and ``calibrated`` is False: the figures then order paths, they do not
predict.

References
----------
Dodds, P. S., Muhamad, R. & Watts, D. J. (2003). An experimental study of search in global social networks. Science
301, 827-829: chains die at every hop, and pass best over ties of middling strength among professionals.
Granovetter, M. (1973). The strength of weak ties. American Journal of Sociology 78(6), 1360-1380.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.errors import InputError, NotFoundError
from graphsvc.kernels.paths import Filters, FoundPath, KBest, Limits, PathGraph, k_best_paths, path_graph
from graphsvc.kernels.ties import TieTable, pair_key, ties
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Facts, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

YEAR = 365.25 * DAY
MAX_HOPS = 6
ROWS_PER_HOP = 3  # evidence rows shown for a hop: the latest
ACCEPTED = frozenset({"accepted", "agreed", "yes", "接受", "已接受", "同意"})
DECLINED = frozenset({"declined", "refused", "no", "拒绝", "已拒绝", "谢绝"})
HEALTH_CENTRE = 0.3  # a tie of unknown health counts as one with this health


class PathParams(BaseModel):
    """The published prior; defaults are part of version 1 of the paths.

    The coefficients follow three anchors for a tie of average health and one year's tenure: one fresh one-way mail
    (strength 0.2) carries a request one time in ten, one fresh mail each way (strength 2) one in three, a weekly
    exchange (strength 36) four in five. Health and tenure move the odds far less than strength: ties long quiet are
    readily woken (Levin, Walter & Murnighan 2011, Organization Science 22(4)).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    intercept: float = Field(-1.1, description="Log-odds of a hop at strength 1, average health, one year's tenure.")
    strength: float = Field(0.7, description="Log-odds per natural log of tie strength.")
    health: float = Field(0.3, description="Log-odds per logit of relationship health, from health 0.3.")
    tenure: float = Field(0.3, description="Log-odds per log(1 + years known), from one year.")
    willingness: float = Field(0.5, gt=0, lt=1, description="Probability that a person unasked so far passes on.")
    willingness_asks: float = Field(4.0, gt=0, description="How many past asks the willingness prior is worth.")
    calibrate_from: int = Field(50, ge=2, description="Asks with an outcome from which the coefficients are refitted.")
    prior_sd: float = Field(1.0, gt=0, description="Standard deviation of the coefficients around the prior in a fit.")


@dataclass(frozen=True)
class Network:
    """Who can pass a request to whom, as of one Projection; made once, asked many times.

    ``coefficients`` are intercept, strength, health and tenure as used; ``asks`` counts the outcomes known.
    """

    graph: PathGraph
    table: TieTable = field(repr=False)
    calibrated: bool
    coefficients: tuple[float, float, float, float]
    willingness: Floats
    open_asks: Ints
    asks: int


@dataclass(frozen=True)
class Hop:
    """One step: entity indices, probability, whether it is the path's weakest, its latest interaction rows."""

    frm: int
    to: int
    probability: float
    weakest: bool
    rows: tuple[int, ...]


@dataclass(frozen=True)
class Path:
    """A path; its probability is the product of its hops'."""

    probability: float
    hops: tuple[Hop, ...]


@dataclass(frozen=True)
class PathResult:
    """Paths, best first. Where not ``complete``, no missing path is more probable than ``bound``.

    ``calibrated`` False: the probabilities are a score. ``notes`` say why there is no path, or none to be expected.
    """

    paths: tuple[Path, ...]
    complete: bool
    bound: float | None
    calibrated: bool
    notes: tuple[Phrase, ...] = ()


def hop_probabilities(
    p: Projection, strength: Scores, health: Scores | None = None, params: PathParams | None = None
) -> Network:
    """The network of hop probabilities of a Projection.

    Parameters
    ----------
    strength : ``tie_strength``; ties without a positive value carry nothing.
    health : ``relationship_health``; a tie without a value counts as average.

    Returns
    -------
    A Network over all entity indices. Who left, is restricted or is no person has no edges.
    """
    params = params or PathParams()
    table = ties(p, 90.0)
    a, b = strength.a, strength.b if strength.b is not None else strength.a
    good = usable(p)
    keep = np.flatnonzero((strength.value > 0) & good[a] & good[b])
    a, b = a[keep], b[keep]
    features = _features(p, table, a, b, strength.value[keep], health)
    asks = p.facts_of("ASKED_INTRODUCTION", current=False)
    outcome = _outcomes(p, asks)
    coefficients, known = _coefficients(p, asks, outcome, (a, b, features), params)
    willingness = _willingness(p, asks, outcome, params)
    waiting = asks.object[np.isnan(outcome) & (asks.valid_to > p.as_of)]
    open_asks = np.bincount(waiting, minlength=len(p)).astype(np.int64)
    r = _sigmoid(features @ np.array(coefficients))
    graph = path_graph(len(p), np.r_[a, b], np.r_[b, a], np.r_[r, r], willingness / (1 + open_asks))
    return Network(graph, table, known >= params.calibrate_from, coefficients, willingness, open_asks, known)


def usable(p: Projection) -> Bools:
    """Per entity: a person who may stand on a path, neither gone nor restricted."""
    e = p.entities
    out: Bools = (e.label == Label.PERSON) & ~e.left & ~e.restricted
    return out


def find_paths(
    network: Network,
    p: Projection,
    *,
    to: int,
    source: int | None = None,
    k: int = 5,
    hops: int = MAX_HOPS,
    min_probability: float = 0.01,
    avoid: Sequence[int] = (),
    via: Sequence[int] = (),
    among: Bools | None = None,
    seconds: float = 2.0,
) -> PathResult:
    """The ``k`` best referral paths to ``to``.

    Parameters
    ----------
    to : a person; or an organization (any of its current people), or an opportunity (any of its stakeholders).
    source : a person, or an organization whose people may all start; None: all of us.
    hops : at most this many, 1 to 6.
    min_probability : paths below it are left out, 0 to 1.
    avoid : people and organizations no path may touch.
    via : people and organizations of which a path must touch at least one.
    among : mask of entities that count at the target, such as a role or a level; None: all.
    seconds : when they are over, what was found is returned, incomplete, with a bound.

    Raises
    ------
    InputError
        When nobody said who we are and ``source`` is None; when an argument is out of range.
    NotFoundError
        When an entity is not in the Projection.
    """
    _check(k, hops, min_probability)
    starts = _team(p) if source is None else people_of(p, source)
    ends = people_of(p, to) if among is None else np.intersect1d(people_of(p, to), np.flatnonzero(among))
    if source is not None and source == to:
        raise InputError("paths.same_ends")
    filters = Filters(
        nodes=~_mask(p, avoid) & usable(p) if len(avoid) else usable(p), via=_mask(p, via) if len(via) else None
    )
    found = k_best_paths(network.graph, starts, ends, Limits(k, hops, min_probability, seconds), filters)
    notes = _notes(p, starts, ends, found, min_probability, hops)
    paths = tuple(_path(network, p, f) for f in found.paths)
    return PathResult(paths, found.complete, found.bound, network.calibrated, notes)


def people_of(p: Projection, entity: int) -> Index:
    """The people an entity stands for: itself, who works there now, or who has a stake in the deal.

    Raises
    ------
    NotFoundError
        When the index is not in the Projection.
    InputError
        When the entity stands for nobody (a work, a topic).
    """
    if not 0 <= entity < len(p):
        raise NotFoundError("paths.no_entity", entity=entity)
    label = p.entities.label[entity]
    if label == Label.PERSON:
        return np.array([entity], dtype=np.int32)
    if label == Label.ORGANIZATION:
        return np.flatnonzero((p.entities.organization == entity) & usable(p)).astype(np.int32)
    if label == Label.OPPORTUNITY:
        stakes = p.facts_of("STAKEHOLDER_IN")
        return np.unique(stakes.subject[stakes.object == entity])
    raise InputError("paths.not_people", label=Label(label).name.lower())


# -- hop probabilities --------------------------------------------------------------------------------------------


def _features(
    p: Projection, table: TieTable, a: Index, b: Index, strength: Floats, health: Scores | None
) -> NDArray[np.float64]:
    """Columns of the logistic: 1, log strength, centred logit of health, centred log tenure; shape (ties, 4)."""
    h = _lookup(p, health, a, b)
    with np.errstate(invalid="ignore"):
        clipped = np.clip(h, 0.02, 0.98)
        healthy = np.log(clipped / (1 - clipped)) - np.log(HEALTH_CENTRE / (1 - HEALTH_CENTRE))
    at = _positions(pair_key(table.a, table.b, len(p)), pair_key(a, b, len(p)))
    years = np.where(at >= 0, (p.as_of - table.first[at]) / YEAR if len(table) else 0.0, 1.0)
    tenure = np.log1p(np.maximum(years, 0.0)) - np.log(2.0)
    return np.column_stack((np.ones(len(a)), np.log(strength), np.nan_to_num(healthy), tenure))


def _lookup(p: Projection, scores: Scores | None, a: Index, b: Index) -> Floats:
    """Values of a tie score at pairs (a < b), NaN where it has none."""
    if scores is None or scores.b is None or not len(scores):
        return np.full(len(a), np.nan)
    at = _positions(pair_key(scores.a, scores.b, len(p)), pair_key(a, b, len(p)))
    return np.where(at >= 0, scores.value[at], np.nan)


def _positions(keys: Ints, wanted: Ints) -> NDArray[np.int64]:
    """Where each wanted key is among ``keys``, -1 where it is not."""
    order = np.argsort(keys, kind="stable")
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), max(len(keys) - 1, 0))
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    return np.where(keys[order[at]] == wanted, order[at], -1)


def _outcomes(p: Projection, asks: Facts) -> Floats:
    """Per ask: 1 accepted, 0 declined, NaN open."""
    of = dict.fromkeys(ACCEPTED, 1.0) | dict.fromkeys(DECLINED, 0.0)
    table = np.array([of.get(word.lower(), np.nan) for word in p.words] + [np.nan])
    return table[asks.role]


def _willingness(p: Projection, asks: Facts, outcome: Floats, params: PathParams) -> Floats:
    """Posterior mean of a beta prior and the outcomes of the asks made of each entity."""
    yes = np.bincount(asks.object[outcome == 1.0], minlength=len(p))
    no = np.bincount(asks.object[outcome == 0.0], minlength=len(p))
    prior = params.willingness_asks
    out: Floats = (params.willingness * prior + yes) / (prior + yes + no)
    return out


def _coefficients(
    p: Projection,
    asks: Facts,
    outcome: Floats,
    known_ties: tuple[Index, Index, NDArray[np.float64]],
    params: PathParams,
) -> tuple[tuple[float, float, float, float], int]:
    """The prior, or from ``calibrate_from`` outcomes on a fit around it; and how many outcomes there are.

    An ask belongs to the tie of who asked and who was asked, with that tie's figures as of now.
    """
    a, b, features = known_ties
    prior = np.array([params.intercept, params.strength, params.health, params.tenure])
    low, high = np.minimum(asks.subject, asks.object), np.maximum(asks.subject, asks.object)
    at = _positions(pair_key(a, b, len(p)), pair_key(low, high, len(p)))
    use = (at >= 0) & ~np.isnan(outcome)
    known = int(use.sum())
    if known >= params.calibrate_from:
        prior = _fit(features[at[use]], outcome[use], prior, params.prior_sd)
    c = [float(x) for x in prior]
    return (c[0], c[1], c[2], c[3]), known


def _fit(x: NDArray[np.float64], y: Floats, prior: Floats, sd: float) -> Floats:
    """Logistic regression by Newton's method, with a normal prior on the coefficients (maximum a posteriori)."""
    beta, precision = prior.copy(), np.eye(len(prior)) / sd**2
    for _ in range(50):
        r = _sigmoid(x @ beta)
        gradient = x.T @ (y - r) - precision @ (beta - prior)
        step = np.linalg.solve((x * (r * (1 - r))[:, None]).T @ x + precision, gradient)
        beta = beta + step
        if np.abs(step).max() < 1e-10:
            break
    return beta


def _sigmoid(z: Floats) -> Floats:
    out: Floats = 1.0 / (1.0 + np.exp(-np.clip(z, -700.0, 700.0)))
    return out


# -- answers --------------------------------------------------------------------------------------------------------


def _check(k: int, hops: int, min_probability: float) -> None:
    if k < 1:
        raise InputError("paths.bad_k", k=k)
    if not 1 <= hops <= MAX_HOPS:
        raise InputError("paths.bad_hops", hops=hops, limit=MAX_HOPS)
    if not 0.0 <= min_probability <= 1.0:
        raise InputError("paths.bad_probability", value=min_probability)


def _team(p: Projection) -> Index:
    ours = np.flatnonzero(p.entities.internal & usable(p)).astype(np.int32)
    if not p.own_known or not len(ours):
        raise InputError("paths.own_unknown")
    return ours


def _mask(p: Projection, entities: Sequence[int]) -> Bools:
    out = np.zeros(len(p), dtype=bool)
    for entity in entities:
        out[people_of(p, entity)] = True
    return out


def _path(network: Network, p: Projection, found: FoundPath) -> Path:
    weakest = int(np.argmin(found.hops))
    hops = tuple(
        Hop(u, v, prob, i == weakest, evidence_of(network.table, p, u, v))
        for i, (u, v, prob) in enumerate(zip(found.nodes, found.nodes[1:], found.hops, strict=False))
    )
    return Path(found.probability, hops)


def evidence_of(table: TieTable, p: Projection, u: int, v: int) -> tuple[int, ...]:
    """Handles of the latest interaction rows of two people, newest first."""
    row = table.row_of(u, v)
    if row is None:
        return ()
    return tuple(p.interactions.row[table.rows(row)[-ROWS_PER_HOP:]][::-1].tolist())


def _notes(p: Projection, starts: Index, ends: Index, found: KBest, least: float, hops: int) -> tuple[Phrase, ...]:
    """Why there is no path, in the order one would check."""
    if found.paths:
        return ()
    e = p.entities
    if not len(ends):
        return (phrase("paths.nobody_there"),)
    for who, code in ((ends, "target"), (starts, "source")):
        if e.restricted[who].all():
            return (phrase(f"paths.{code}_restricted"),)
        if e.left[who].all():
            return (phrase(f"paths.{code}_left"),)
    if not found.complete:
        return (phrase("paths.cut"),)
    return (phrase("paths.none", hops=hops, percent=round(100 * least, 3)),)
