"""Hop probabilities: how likely each tie carries a request, and who has to pass it on.

A hop u -> v succeeds with probability

    hop(u -> v) = r(u, v)                                    where u is the one who asks
                = r(u, v) * w(u) / (1 + open asks of u)      where u has to pass the request on

with r logistic in the tie's log strength, health and tenure, and w the willingness of u to pass a request on. Until 50
asks have outcomes (:mod:`algorithms.path_asks`) r is a published prior and ``calibrated`` is False: the figures then
order paths, they do not predict.

References
----------
Dodds, P. S., Muhamad, R. & Watts, D. J. (2003). An experimental study of search in global social networks. Science
301, 827-829: chains die at every hop, and pass best over ties of middling strength among professionals.
Granovetter, M. (1973). The strength of weak ties. American Journal of Sociology 78(6), 1360-1380.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from algorithms.path_asks import (
    HALF_LIFE,
    YEAR,
    Asks,
    features_then,
    fitted,
    open_asks_of,
    recorded_asks,
    willingness_of,
)
from graphsvc.incremental import Touched
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.paths import PathGraph, path_graph
from graphsvc.kernels.paths_renewal import renewed_graph
from graphsvc.kernels.ties import TieTable, ties
from graphsvc.kernels.ties_renewal import renewed_ties
from graphsvc.model import Label
from graphsvc.projection import DAY, Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

HEALTH_CENTRE = 0.3  # a tie of unknown health counts as one with this health
NEW = 365 * DAY  # a tie first seen since then is a new one
FEW_NEW = 10
Coefficients = tuple[float, float, float, float]


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

    ``coefficients`` are intercept, strength, health and tenure as used; ``asks`` counts the outcomes known;
    ``usable`` marks who may stand on a path, ``team`` lists ours among them.
    """

    graph: PathGraph
    table: TieTable = field(repr=False)
    calibrated: bool
    coefficients: tuple[float, float, float, float]
    willingness: Floats
    open_asks: Ints
    asks: int
    usable: Bools = field(repr=False)
    team: Index = field(repr=False)
    strength: Scores = field(repr=False)
    as_of: int

    def carries(self, strength: float) -> float:
        """Probability that a tie of some strength, of average health and no tenure, carries a request."""
        features = np.array([1.0, np.log(strength), 0.0, -np.log(2.0)])
        return float(sigmoid(features @ np.array(self.coefficients)))

    @cached_property
    def typical(self) -> float:
        """Median strength of the last year's new ties with contact both ways; of all such where those are few."""
        table = self.table
        a, b, strength = _carrying(self.strength, self.usable)
        at = _positions(table.a, table.b, a, b)
        known = np.flatnonzero(at >= 0)
        mutual = known[(table.s_ab[at[known]] > 0) & (table.s_ba[at[known]] > 0)]
        new = mutual[table.first[at[mutual]] > self.as_of - NEW]
        some = new if len(new) >= FEW_NEW else mutual if len(mutual) else np.arange(len(strength))
        return float(np.median(strength[some])) if len(some) else float("nan")


def hop_probabilities(
    p: Projection,
    strength: Scores,
    health: Scores | None = None,
    params: PathParams | None = None,
    asks: Asks | None = None,
) -> Network:
    """The network of hop probabilities of a Projection.

    Parameters
    ----------
    strength : ``tie_strength``; ties without a positive value carry nothing.
    health : ``relationship_health``; a tie without a value counts as average.
    asks : asks known beside those of the facts.

    Returns
    -------
    A Network over all entity indices. Who left, is restricted or is no person has no edges.
    """
    given = _Given(p, strength, health, params or PathParams(), asks)
    table = ties(p, HALF_LIFE)
    learnt = _coefficients(p, table, given.asks, given.params)
    graph = path_graph(len(p), *_edges(given, table, learnt[0], None), given.pass_on)
    return _network(given, table, learnt, graph)


def renewed_hops(
    old: Network,
    p: Projection,
    scores: tuple[Scores, Scores],
    touched: Touched,
    params: PathParams | None = None,
    asks: Asks | None = None,
) -> Network | None:
    """:func:`hop_probabilities` after a few new events, of the network there was; None where more than ties changed.

    Parameters
    ----------
    old : of the older graph, by the same model of health and the same asks.
    scores : ``tie_strength`` and ``relationship_health`` now.
    touched : what is new; ties of other people have the strength and the health they had.
    """
    given = _Given(p, *scores, params or PathParams(), asks)
    table = renewed_ties(old.table, p, HALF_LIFE, touched)
    learnt = _coefficients(p, table, given.asks, given.params)
    if learnt[0] != old.coefficients or not np.array_equal(given.pass_on[touched.image], old.graph.pass_on):
        return None
    edges = _edges(given, table, learnt[0], touched.people)
    graph = renewed_graph(old.graph, touched.image, touched.people, edges, given.pass_on)
    return _network(given, table, learnt, graph)


class _Given:
    """What a network is made of, and how people pass requests on."""

    def __init__(
        self, p: Projection, strength: Scores, health: Scores | None, params: PathParams, asks: Asks | None
    ) -> None:
        self.p, self.strength, self.health, self.params = p, strength, health, params
        self.asks = recorded_asks(p) if asks is None else recorded_asks(p).joined(asks)
        self.usable = usable(p)
        self.willing = willingness_of(self.asks, len(p), params.willingness, params.willingness_asks)
        self.waiting = open_asks_of(self.asks, len(p))
        self.pass_on: Floats = self.willing / (1 + self.waiting)


def _network(given: _Given, table: TieTable, learnt: tuple[Coefficients, int], graph: PathGraph) -> Network:
    coefficients, known = learnt
    team = np.flatnonzero(given.usable & given.p.entities.internal).astype(np.int32)
    return Network(
        graph, table, known >= given.params.calibrate_from, coefficients, given.willing, given.waiting, known,
        given.usable, team, given.strength, given.p.as_of,
    )  # fmt: skip


def _edges(
    given: _Given, table: TieTable, coefficients: Coefficients, people: Bools | None
) -> tuple[Index, Index, Floats]:
    """Hops over the ties that carry something, both ways; of some people only, where given."""
    a, b, value = _carrying(given.strength, given.usable, people)
    r = sigmoid(_features(given.p, table, a, b, value, given.health) @ np.array(coefficients))
    return np.r_[a, b], np.r_[b, a], np.r_[r, r]


def _carrying(strength: Scores, good: Bools, people: Bools | None = None) -> tuple[Index, Index, Floats]:
    """Ties of positive strength between usable people, at least one of ``people``, and their strength."""
    from graphsvc.kernels.rows_loops import rows_of

    a, b, value = strength.a, strength.b if strength.b is not None else strength.a, strength.value
    if people is not None:
        rows = rows_of(a, b, people, False)
        a, b, value = a[rows], b[rows], value[rows]
    rows = np.flatnonzero((value > 0) & good[a] & good[b])
    return a[rows], b[rows], value[rows]


def usable(p: Projection) -> Bools:
    """Per entity: a person who may stand on a path, neither gone nor restricted."""
    e = p.entities
    out: Bools = (e.label == Label.PERSON) & ~e.left & ~e.restricted
    return out


def _features(
    p: Projection, table: TieTable, a: Index, b: Index, strength: Floats, health: Scores | None
) -> NDArray[np.float64]:
    """Columns of the logistic: 1, log strength, centred logit of health, centred log tenure; shape (ties, 4)."""
    h = _lookup(health, a, b)
    with np.errstate(invalid="ignore"):
        clipped = np.clip(h, 0.02, 0.98)
        healthy = np.log(clipped / (1 - clipped)) - np.log(HEALTH_CENTRE / (1 - HEALTH_CENTRE))
    at = _positions(table.a, table.b, a, b)
    years = np.where(at >= 0, (p.as_of - table.first[at]) / YEAR if len(table) else 0.0, 1.0)
    tenure = np.log1p(np.maximum(years, 0.0)) - np.log(2.0)
    return np.column_stack((np.ones(len(a)), np.log(strength), np.nan_to_num(healthy), tenure))


def _lookup(scores: Scores | None, a: Index, b: Index) -> Floats:
    """Values of a tie score at pairs (a < b), NaN where it has none."""
    if scores is None or scores.b is None or not len(scores):
        return np.full(len(a), np.nan)
    at = _positions(scores.a, scores.b, a, b)
    return np.where(at >= 0, scores.value[at], np.nan)


def _positions(a: Index, b: Index, one: Index, two: Index) -> Ints:
    """Where each pair (one, two) is among pairs (a, b), -1 where it is not."""
    from graphsvc.kernels.ties_loops import ascend, find_pairs

    if ascend(a, b):
        at, there = find_pairs(a, b, one, two)
        return np.where(there, at, -1)
    order = np.lexsort((b, a))
    at, there = find_pairs(a[order], b[order], one, two)
    return np.where(there, order[np.minimum(at, len(order) - 1)], -1)


def _coefficients(p: Projection, table: TieTable, asks: Asks, params: PathParams) -> tuple[Coefficients, int]:
    """The prior, or from ``calibrate_from`` outcomes on a fit around it; and how many outcomes there are.

    An ask belongs to the tie of who asked and who was asked, and where it is known to that of the introducer and the
    target, with the ties' figures as they were when the ask was made.
    """
    prior = np.array([params.intercept, params.strength, params.health, params.tenure])
    asks = asks.take(~np.isnan(asks.outcome))
    if not len(asks):
        return _four(prior), 0
    first = features_then(p, table, (asks.asker, asks.asked), asks.time)
    second = features_then(p, table, (asks.asked, asks.target), asks.time)
    use = ~np.isnan(first[:, 0])
    if int(use.sum()) >= params.calibrate_from:
        ties_then = first[use], second[use]
        prior = fitted(ties_then, asks.outcome[use], params.willingness, prior, params.prior_sd)
    return _four(prior), int(use.sum())


def _four(x: Floats) -> Coefficients:
    return float(x[0]), float(x[1]), float(x[2]), float(x[3])
