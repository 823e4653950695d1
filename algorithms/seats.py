"""Seats: whom to invite so that most people are reached, for so many seats or for a budget.

People outside pass on to those who follow them; where two are in contact and neither follows the other, each way. Who
hears of it passes it on once to each listener, with the edge's probability (an independent cascade). That probability
is assumed (``wc``: everybody is won over by one of those they listen to; or one number for all) or read from past
adoptions (``fitted``). Our own people, and those who left or must not be contacted, neither sit nor pass on.

References
----------
Kempe, D., Kleinberg, J. & Tardos, E. (2003). Maximizing the spread of influence through a social network. KDD.
Tang, J., Tang, X., Xiao, X. & Yuan, J. (2018). Online processing algorithms for influence maximization. SIGMOD.
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2010). Learning influence probabilities in social networks. WSDM, 241-250
(partial credits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.engines.graphs import acquaintance
from graphsvc.errors import InputError
from graphsvc.kernels.adoptions import Adoptions, adoptions, candidates, sources
from graphsvc.kernels.credit import credit
from graphsvc.kernels.joins import join, lookup
from graphsvc.kernels.max_cover import Limits
from graphsvc.kernels.measures import Graph, pagerank
from graphsvc.kernels.rr_sets import Cascade, Sampling, SeatPlan, best_seeds, cascade, weighted_cascade
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.model import Label, Level
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Floats, Index, Projection

Basis = Literal["wc", "const", "fitted"]
MAX_SEATS = 1000
LEVEL_COSTS = {
    Level.UNKNOWN: 1.0, Level.STAFF: 1.0, Level.MANAGER: 1.5, Level.DIRECTOR: 2.0, Level.VP: 3.0, Level.C_LEVEL: 5.0,
}  # fmt: skip
CHUNK = 50_000  # edges whose trials are counted at once


class SeatsParams(BaseModel):
    """What to choose by; defaults are the published run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    seats: int | None = Field(10, ge=1, le=MAX_SEATS, description="How many at most; null: as the budget allows.")
    budget: float | None = Field(None, gt=0, allow_inf_nan=False, description="What all seats together may cost.")
    basis: Basis = Field("wc", description="Probability of an edge: wc (1 / number listened to), const or fitted.")
    constant: float = Field(0.1, gt=0, le=1, description="The probability of every edge, for const.")
    at_most: int | None = Field(None, ge=1, description="At most this many people of one organization.")
    ratio: float = Field(0.8, gt=0, lt=1, description="Certified part of the best possible spread to sample for.")
    failure: float = Field(0.001, gt=0, lt=1, description="Probability that what is certified does not hold.")
    seconds: float = Field(10.0, gt=0, le=60, description="When they are over, the best so far is given.")
    seed: int = Field(0, ge=0, lt=2**31, description="Seed of the sampling.")
    evidence: int = Field(50, ge=1, description="Credited adoptions needed before edges are fitted.")
    prior_trials: float = Field(10.0, gt=0, description="How many trials the wider mean is worth in a fitted edge.")


@dataclass(frozen=True)
class Audience:
    """Who can be reached and who passes on to whom; ``who`` is the entity of each node, ascending.

    ``src`` -> ``dst`` are nodes, each pair once, with ``probability``; ``follows`` and ``ties`` count where they come
    from. ``apart`` counts people outside with no listener and nobody to listen to.
    """

    who: Index
    src: Index
    dst: Index
    probability: Floats
    follows: int
    ties: int
    apart: int
    adoptions: int | None = None  # credited, where the probabilities are fitted

    def __len__(self) -> int:
        return len(self.who)

    @property
    def graph(self) -> Cascade:
        """The cascade along the edges."""
        return cascade(len(self), self.src, self.dst, self.probability)


@dataclass(frozen=True)
class Seat:
    """One seat: entity, people it adds to those before it, people it would reach alone, its cost, and why.

    ``listeners`` counts who listens directly; ``reaches`` are those of them through whom most would be reached.
    """

    entity: int
    marginal: float
    alone: float
    cost: float | None
    listeners: int
    reaches: tuple[int, ...]


@dataclass(frozen=True)
class Seating:
    """The seats and what is known of them; ``plan`` is None where there is nobody to invite or to reach."""

    seats: tuple[Seat, ...]
    plan: SeatPlan | None
    audience: Audience = field(repr=False)
    candidates: int
    promise: Phrase | None
    notes: tuple[Phrase, ...] = ()


def choose_seats(
    p: Projection,
    params: SeatsParams,
    *,
    cost: Floats | None = None,
    among: Sequence[int] = (),
    invited: Sequence[int] = (),
    exclude: Sequence[int] = (),
) -> Seating:
    """Whom to invite.

    Parameters
    ----------
    cost : of each entity, > 0, shape (n,); NaN where it is not known, who is then left out. Needed with a budget.
    among : organizations whose people may sit; none: everybody outside.
    invited : people who sit already; seats are chosen for what they add.
    exclude : people, or organizations whose people, may not sit.

    Raises
    ------
    InputError
        When neither seats nor a budget are given, a budget comes without costs, or adoptions are too few to fit.
    """
    if params.seats is None and params.budget is None:
        raise InputError("seats.no_limit")
    if params.budget is not None and cost is None:
        raise InputError("seats.no_costs")
    people = audience(p, params)
    may = _candidates(p, people, among, invited, exclude)
    if params.budget is not None and cost is not None:
        may &= cost[people.who] <= params.budget
    if not may.any():
        return Seating((), None, people, 0, None, (*_notes(people, params), _nobody(people)))
    graph = people.graph
    plan = best_seeds(
        graph,
        np.arange(len(people), dtype=np.int32),
        _limits(p, people, params, may, cost),
        _rivals(people),
        np.flatnonzero(np.isin(people.who, np.asarray(invited, dtype=np.int64))).astype(np.int32),
        Sampling(params.ratio, params.failure, params.seconds, seed=params.seed),
    )
    seats = tuple(_seat(people, plan, i, cost) for i in range(len(plan.seeds)))
    return Seating(
        seats, plan, people, int(may.sum()), _promise(params), (*_notes(people, params), *_said(plan, params))
    )


def audience(p: Projection, params: SeatsParams) -> Audience:
    """Who passes on to whom, outside: followed -> follower, and both ways between two in contact of whom none follows.

    Raises
    ------
    InputError
        When edges are to be fitted and too few adoptions are known.
    """
    e = p.entities
    good = (e.label == Label.PERSON) & ~e.left & ~e.restricted & ~e.internal
    follows, met = p.facts_of("FOLLOWS"), acquaintance(p)
    said = good[follows.subject] & good[follows.object] & (follows.subject != follows.object) & (follows.weight > 0)
    listen = np.unique(pair_key(follows.object[said], follows.subject[said], len(p)))
    both = good[met.src] & good[met.dst]
    a, b = met.src[both], met.dst[both]
    forth, back = pair_key(a, b, len(p)), pair_key(b, a, len(p))
    free = ~(np.isin(forth, listen) | np.isin(back, listen))
    src, dst = split_key(np.concatenate([listen, forth[free], back[free]]), len(p))
    who = np.union1d(src, dst).astype(np.int32)
    near = [np.searchsorted(who, side).astype(np.int32) for side in (src, dst)]
    probability, credited = _probabilities(p, src, dst, params)
    apart = int(good.sum()) - len(who)
    return Audience(who, near[0], near[1], probability, len(listen), int(free.sum()), apart, credited)


def level_costs(p: Projection) -> Floats:
    """A cost per entity by seniority (``LEVEL_COSTS``: an evening of a board member is dearer), shape (n,)."""
    table = np.array([LEVEL_COSTS[level] for level in Level])
    out: Floats = table[p.entities.level]
    return out


# -- probabilities --------------------------------------------------------------------------------------------------


def _probabilities(p: Projection, src: Index, dst: Index, params: SeatsParams) -> tuple[Floats, int | None]:
    if params.basis == "const":
        return np.full(len(src), params.constant), None
    if params.basis == "wc":
        return weighted_cascade(len(p), dst), None
    return fitted(p, src, dst, params)


def fitted(p: Projection, src: Index, dst: Index, params: SeatsParams) -> tuple[Floats, int]:
    """Probability that ``dst`` takes up what ``src`` took up, from past adoptions, and how many were credited.

    Each adoption is one unit, split over those it could be learnt from (Goyal et al. 2010, partial credits); a trial is
    a work that ``src`` had and ``dst`` did not. An edge's rate is drawn to that of all edges of ``src``, and this to
    that of all edges, by ``prior_trials`` trials.

    Raises
    ------
    InputError
        When fewer than ``evidence`` adoptions can be credited along the edges.
    """
    events = adoptions(p)
    given = credit(events, candidates(p, events, sources(p)), None)
    edge = pair_key(src, dst, len(p))
    order = np.argsort(edge, kind="stable")
    learnt = pair_key(events.entity[given.earlier], events.entity[given.later], len(p))
    place, found = lookup(learnt, edge[order])
    if int(found.sum()) < params.evidence:
        raise InputError("seats.few_adoptions", count=int(found.sum()), needed=params.evidence)
    won = np.bincount(order[place[found]], weights=given.share[found], minlength=len(edge))
    tried = np.maximum(_trials(events, src, dst, len(p)), won)
    prior, n = params.prior_trials, len(p)
    overall = won.sum() / tried.sum()
    by_src = [np.bincount(src, weights=column, minlength=n) for column in (won, tried)]
    own = (by_src[0] + prior * overall) / (by_src[1] + prior)
    rate: Floats = (won + prior * own[src]) / (tried + prior)
    return rate, int(found.sum())


def _trials(events: Adoptions, src: Index, dst: Index, n: int) -> Floats:
    """Per edge: works that ``src`` had when ``dst`` had not."""
    has = pair_key(events.work, events.entity, n)  # ascending
    by_entity = np.argsort(events.entity, kind="stable")
    whose = events.entity[by_entity]
    out = np.zeros(len(src))
    for at in range(0, len(src), CHUNK):
        some = slice(at, at + CHUNK)
        i, j = join(src[some], whose)
        event = by_entity[j]
        place, found = lookup(pair_key(events.work[event], dst[some][i], n), has)
        late = ~found | (~events.author[place] & (events.time[place] > events.time[event]))
        out[some] = np.bincount(i[late], minlength=len(src[some]))
    return out


# -- limits and rivals ----------------------------------------------------------------------------------------------


def _candidates(
    p: Projection, people: Audience, among: Sequence[int], invited: Sequence[int], exclude: Sequence[int]
) -> Bools:
    who, home = people.who, p.entities.organization[people.who]
    out = np.ones(len(who), dtype=bool)
    if among:
        out &= np.isin(home, among)
    for gone in (invited, exclude):
        out &= ~np.isin(who, gone) & ~np.isin(home, [g for g in gone if g >= 0])
    return out


def _limits(p: Projection, people: Audience, params: SeatsParams, may: Bools, cost: Floats | None) -> Limits:
    priced = params.budget is not None and cost is not None
    return Limits(
        candidates=may,
        seats=params.seats if params.seats is not None else MAX_SEATS,
        cost=np.nan_to_num(cost[people.who], nan=np.inf) if priced and cost is not None else None,
        budget=params.budget,
        group=p.entities.organization[people.who] if params.at_most is not None else None,
        at_most=params.at_most,
    )


def _rivals(people: Audience) -> dict[str, Index]:
    """Everybody by number of listeners, and by PageRank along who listens to whom."""
    n = len(people)
    listeners = np.bincount(people.src, minlength=n)
    rank = pagerank(Graph(n, people.dst, people.src, people.probability, directed=True))
    return {
        "degree": np.argsort(-listeners, kind="stable").astype(np.int32),
        "pagerank": np.argsort(-rank, kind="stable").astype(np.int32),
    }


# -- words ----------------------------------------------------------------------------------------------------------


def _seat(people: Audience, plan: SeatPlan, i: int, cost: Floats | None) -> Seat:
    node = int(plan.seeds[i])
    mine = np.flatnonzero(people.src == node)
    through = people.probability[mine] * plan.alone[people.dst[mine]]
    best = people.dst[mine[np.argsort(-through, kind="stable")[:3]]]
    entity = int(people.who[node])
    return Seat(
        entity=entity,
        marginal=float(plan.marginal[i]),
        alone=float(plan.alone[node]),
        cost=None if cost is None else float(cost[entity]),
        listeners=len(mine),
        reaches=tuple(people.who[best].tolist()),
    )


def _promise(params: SeatsParams) -> Phrase:
    """What the greedy choice promises before any data is seen."""
    if params.budget is not None:
        alone = params.seats is None and params.at_most is None
        return phrase("seats.promise_budget" if alone else "seats.promise_none")
    return phrase("seats.promise_groups" if params.at_most is not None else "seats.promise_seats")


def _notes(people: Audience, params: SeatsParams) -> tuple[Phrase, ...]:
    """What the figures stand on."""
    notes = [phrase("seats.graph", people=len(people), follows=people.follows, ties=people.ties, apart=people.apart)]
    if params.basis == "fitted":
        notes.append(phrase("seats.fitted", count=people.adoptions))
    elif params.basis == "const":
        notes.append(phrase("seats.assumed_const", value=params.constant))
    else:
        notes.append(phrase("seats.assumed_wc"))
    return tuple(notes)


def _said(plan: SeatPlan, params: SeatsParams) -> tuple[Phrase, ...]:
    """Why there are fewer seats than asked for, or less certainty."""
    notes = []
    if params.seats is not None and params.budget is None and len(plan.seeds) < params.seats:
        notes.append(phrase("seats.fewer", count=len(plan.seeds), wanted=params.seats))
    if plan.ratio < params.ratio:
        notes.append(phrase(f"seats.stopped_{plan.stopped}", percent=round(100 * plan.ratio, 1)))
    return tuple(notes)


def _nobody(people: Audience) -> Phrase:
    return phrase("seats.no_audience" if not len(people) else "seats.no_candidates")
