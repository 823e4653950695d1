"""Adoption influence: who shapes the work of peers, whatever their authority to sign.

A person is influential when peers *adopt* what they made or took up before. For each work, an adopter splits one unit
of credit over the author and the people it follows or has a tie with who adopted earlier; credit that travels on
along chains is a separate term. Chance gives much of such credit, so its excess over shuffled dates stands beside it,
and so do the adoptions still to come from a person's followers (``reach``).

References
----------
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1),
73-84.
Anagnostopoulos, A., Kumar, R. & Mahdian, M. (2008). Influence and correlation in social networks. KDD '08, 7-15
(shuffling dates tells influence from likeness).
Page, L., Brin, S., Motwani, R. & Winograd, T. (1999). The PageRank citation ranking. Stanford InfoLab.
Freeman, L. C. (1977). A set of measures of centrality based on betweenness. Sociometry 40, 35-41.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.engines import Engine
from graphsvc.engines.graphs import acquaintance, attention, named
from graphsvc.kernels import credit, exposure, measures
from graphsvc.kernels.joins import join, lookup
from graphsvc.kernels.metrics import auc, brier
from graphsvc.kernels.ties import contacts, pair_key, proportional, split_key
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Facts, Floats, Index, Ints, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Model, Scores, TermEvidence, significant

VERSION = 1
NO_INPUTS = Inputs({})
NO_ADOPTIONS, NO_EVIDENCE = 0, 1
SAMPLED = 250_000  # pairs the hazard is fitted on at most
SHOWN = 50  # evidence rows of a subgraph


class InfluenceParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    half_life_days: float = Field(90.0, gt=0, description="Delay at which learning is half as likely, without data.")
    horizon_days: float = Field(180.0, gt=0, description="Reach counts adoptions within this time from now [days].")
    references: int = Field(6, ge=2, description="Past reference dates the hazard of adoption is fitted on.")
    shuffles: int = Field(20, ge=1, description="Shuffles of dates that the excess of credit is taken over.")
    seed: int = Field(0, description="Seed of the shuffles.")
    contact_half_life_days: float = Field(90.0, gt=0, description="Age at which mail counts half in PageRank [days].")
    exact_below: int = Field(5000, gt=0, description="Number of people below which betweenness is exact.")
    pivots: int = Field(256, gt=0, description="Pivots that stand for all people in larger graphs.")
    top: float = Field(0.1, gt=0, lt=1, description="Part of the assessed people whose excess or reach is high.")


def fit(p: Projection, params: InfluenceParams) -> Model:
    """Fit the hazard of adoption on past reference dates, all labels known at as_of.

    ``heldout`` is measured on the latest reference by a fit on the earlier ones: AUC and Brier score of the hazard,
    and the rank correlation of ``reach`` and of the plain count of open followers with the adoptions that came.
    """
    scene = _scene(p)
    horizon = exposure.horizon_days(scene.events, params.horizon_days)
    past = _past(p, scene, params.references, horizon)
    x, y, when = _stacked(past)
    cold = min(int(y.sum()), int((~y).sum())) < exposure.MIN_ADOPTIONS
    beta = _prior(y) if cold else significant(exposure.fit_hazard(x, y, when))
    return Model(
        name="influence",
        version=VERSION,
        as_of=p.as_of,
        label_cutoff=p.as_of,
        training_digest=p.digest,
        coefficients=dict(zip(("intercept", *exposure.FEATURES), beta.tolist(), strict=True)),
        content={"horizon_days": horizon, "rows": len(y), "adoptions": int(y.sum())},
        heldout={} if cold else _heldout(p, past, scene.events),
        cold_start=cold,
    )


def explain(p: Projection, params: InfluenceParams, _inputs: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Open credit into the ADOPTED facts it comes from; show the edges behind PageRank and betweenness."""
    person = int(scores.a[row])
    out = []
    if np.isfinite(scores.value[row]):
        given = credit.credit_of(p, params.half_life_days)[0]
        for term, weight in zip(("direct", "chains"), credit.reached(given, person), strict=True):
            some, value = weight > 0, float(scores.terms[term][row])
            handles, shares = given.events.row[some], proportional(value, weight[some])
            out.append(TermEvidence(term, "sum", value, table="facts", rows=handles, shares=shares))
    follows = p.facts_of("FOLLOWS")
    rank, between = (float(scores.beside[name][row]) for name in ("pagerank", "betweenness"))
    followed = follows.row[follows.object == person][:SHOWN]
    touched = (p.interactions.actor == person) | (p.interactions.target == person)
    latest = p.interactions.row[touched & contacts(p)][-SHOWN:]
    out.append(TermEvidence("pagerank", "subgraph", rank, table="facts", rows=followed))
    out.append(TermEvidence("betweenness", "subgraph", between, rows=latest))
    return out


@algorithm(
    name="influence",
    of="person",
    version=VERSION,
    unit="credited adoptions",
    params=InfluenceParams,
    fit=fit,
    explain=explain,
    schedule="daily",
    engines=("local", "gds"),
)
def influence(p: Projection, params: InfluenceParams, inputs: Inputs = NO_INPUTS) -> Scores:
    """Number of peer adoptions credited to each person.

    Parameters
    ----------
    p : dated adoptions person -> work, authorship person -> work, follower -> followed, interactions; times in [us].

    Returns
    -------
    Scores with ``value`` = ``direct`` + ``chains``: float64, shape (n_people,), [credited adoptions], >= 0, null for
    people of whom no adoption and no following is known; direct credit handed out by one adopter of one work sums to
    1, or to 0 where it had nobody to learn from. Beside it:
    ``credit_excess``, over the mean of shuffles of the adoption dates inside organizations (or communities where the
    employer is unknown); authorship is no matter of dates and stays whole.
    ``reach``, adoptions expected from followers within the horizon, of works the person has (of any work, while it
    has none); ``open_followers``, their plain count.
    ``outward``, credit that lands in other organizations; ``acquainted``, direct credit from adopters who followed or
    knew the person before; ``followers``; ``pagerank`` (follower -> followed, mail
    recipient -> sender); ``betweenness`` and ``core`` over ties; ``hidden``, a high excess or reach without a buying
    role.

    References
    ----------
    Goyal, Bonchi & Lakshmanan (2011); Anagnostopoulos, Kumar & Mahdian (2008); Page et al. (1999); Freeman (1977).

    Examples
    --------
    >>> from graphsvc import toy
    >>> influence(toy.adoption_star(23), InfluenceParams()).value[0].item()  # the CTO whose design 23 peers took up
    23.0
    """
    model = inputs.model or fit(p, params)
    given, pairs, _half_life = credit.credit_of(p, params.half_life_days)
    scene, follows, n, people = _scene(p), p.facts_of("FOLLOWS"), len(p), p.people
    reason = _reason(p, given.events)[people]
    known = reason < 0
    direct, chains = given.direct(n), given.chains(n)
    reach, waiting = _reach(p, scene, model, follows)
    assessed = {
        "credit_excess": direct + chains - _by_chance(params, given, pairs, scene.group),
        "reach": reach,
        "open_followers": waiting,
        "outward": credit.landing(p, given),
        "acquainted": credit.acquainted(p, given),
    }
    beside = {name: np.where(known, column[people], np.nan) for name, column in assessed.items()}
    measured = _measures(p, params, inputs.engine)
    null = np.where(known, 0.0, np.nan)
    return Scores(
        name="influence",
        of="person",
        a=people,
        b=None,
        value=direct[people] + chains[people] + null,
        terms={"direct": direct[people] + null, "chains": chains[people] + null},
        unit="credited adoptions",
        beside={**beside, **measured, "hidden": _hidden(p, beside, params.top)},
        reason=reason,
        reasons=(phrase("scores.no_adoptions"), phrase("scores.no_influence_evidence")),
        notes=_notes(p, model),
        accuracy=model.heldout or None,
        model_id=inputs.model.id if inputs.model else None,
    )


def groups(p: Projection) -> Index:
    """Group of each entity: its organization; where unknown, its community of followers and ties; else itself."""
    home, n = credit.home_of(p), len(p)
    known = credit.sources(p)
    person = p.entities.label == Label.PERSON
    both = person[known.who] & person[known.of]
    net, used = measures.connected(measures.graph(n, known.who[both], known.of[both], directed=False))
    community = np.arange(n, dtype=np.int32)
    community[used] = used[measures.communities(net)]
    out: Index = np.where(home >= 0, home, community).astype(np.int32)
    return out


def _reason(p: Projection, events: credit.Adoptions) -> NDArray[np.int8]:
    """Why an entity has no credit score, -1 where it has one."""
    follows = p.facts_of("FOLLOWS", current=False)
    reason = np.full(len(p), NO_EVIDENCE, dtype=np.int8)
    for seen in (follows.subject, follows.object, events.entity):
        reason[seen] = -1
    if events.author.all():
        reason[:] = NO_ADOPTIONS
    return reason


def _by_chance(params: InfluenceParams, given: credit.Credit, pairs: credit.Candidates, group: Index) -> Floats:
    """Mean credit per entity with dates shuffled inside groups; credit of authors is no matter of dates: left out."""
    n, events = len(group), given.events
    total = np.zeros(n)
    if events.author.all():
        return total
    rng, half_life = np.random.default_rng(params.seed), credit.delay_half_life(given, params.half_life_days)
    for _shuffle in range(params.shuffles):
        other = credit.credit(events, pairs, half_life, credit.shuffled(events, group, rng))
        total += other.direct(n) + other.chains(n) - other.as_author(n)
    return total / params.shuffles


Past = list[tuple[exposure.AtRisk, Bools, int]]  # pairs at risk, what came, reference time; latest first


@dataclass(frozen=True)
class _Scene:
    """What the hazard of adoption is computed from."""

    events: credit.Adoptions
    known: credit.Sources  # whom those who follow somebody could learn from
    group: Index


def _scene(p: Projection) -> _Scene:
    events, known = credit.adoptions(p), credit.sources(p)
    keep = np.isin(known.who, p.facts_of("FOLLOWS", current=False).subject)
    learnt = credit.Sources(known.who[keep], known.of[keep], known.since[keep], known.until[keep])
    return _Scene(events, learnt, groups(p) if len(events) else np.arange(len(p), dtype=np.int32))


def _past(p: Projection, scene: _Scene, references: int, horizon: float) -> Past:
    """Pairs at risk at past references and their outcome within the horizon."""
    past = []
    for k in range(1, references + 1):
        at = p.as_of - int(k * horizon * DAY)
        rows = exposure.at_risk(scene.events, scene.known, scene.group, at, horizon)
        past.append((rows, exposure.outcome(scene.events, rows, at, horizon, len(p)), at))
    return past


def _stacked(past: Past) -> tuple[Floats, Bools, Ints]:
    """Features, outcome and reference time of all pairs, or of every k-th where they are more than ``SAMPLED``."""
    k = 1 + sum(len(rows) for rows, _, _ in past) // SAMPLED
    when = np.concatenate([np.full(len(rows), at)[::k] for rows, _, at in past])
    x, y = [rows.x[::k] for rows, _, _ in past], [label[::k] for _, label, _ in past]
    return np.concatenate(x), np.concatenate(y), when


def _prior(y: Bools) -> Floats:
    """Too little is known to tell followers apart: everyone adopts at the observed rate, pulled to one in two."""
    beta = np.zeros(len(exposure.FEATURES) + 1)
    beta[0] = np.log((y.sum() + 1.0) / ((~y).sum() + 1.0))
    return significant(beta)


def _heldout(p: Projection, past: Past, events: credit.Adoptions) -> Mapping[str, float]:
    """Figures on the latest reference of a fit on the earlier ones; empty where either lacks an outcome."""
    (rows, came, at), earlier = past[0], past[1:]
    x, y, when = _stacked(earlier)
    if min(y.sum(), (~y).sum(), came.sum(), (~came).sum()) < 1:
        return {}
    prob = exposure.probability(exposure.fit_hazard(x, y, when), rows.x)
    follows = p.facts_of("FOLLOWS", current=False)
    reach, waiting = _from_followers(len(p), events, follows, rows, prob, at)
    truth, _ = _from_followers(len(p), events, follows, rows, came.astype(np.float64), at)
    followed = np.unique(follows.object)
    return {
        "auc": auc(came.astype(np.float64), prob),
        "brier": brier(came.astype(np.float64), prob),
        "brier_rate": float(np.mean((y.mean() - came) ** 2)),
        "reach_spearman": _spearman(reach[followed], truth[followed]),
        "open_followers_spearman": _spearman(waiting[followed], truth[followed]),
    }


def _spearman(a: Floats, b: Floats) -> float:
    x, y = _ranks(a), _ranks(b)
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(x, y)[0, 1])


def _ranks(a: Floats) -> Floats:
    """Ranks from 1 on, equal values sharing their mean rank (scipy.stats takes half a second to import)."""
    _, place, count = np.unique(a, return_inverse=True, return_counts=True)
    out: Floats = (np.cumsum(count) - (count - 1) / 2)[place]
    return out


def _reach(p: Projection, scene: _Scene, model: Model, follows: Facts) -> tuple[Floats, Floats]:
    horizon = float(model.content["horizon_days"])
    rows = exposure.at_risk(scene.events, scene.known, scene.group, p.as_of, horizon)
    beta = np.array([model.coefficients[name] for name in ("intercept", *exposure.FEATURES)])
    return _from_followers(len(p), scene.events, follows, rows, exposure.probability(beta, rows.x), p.as_of)


def _from_followers(
    n: int, events: credit.Adoptions, follows: Facts, rows: exposure.AtRisk, weight: Floats, at: int
) -> tuple[Floats, Floats]:
    """Per entity: weights of its followers' pairs at risk that concern a work of its own, and how many followers."""
    leader, follower = _followers(n, follows, at)
    by_follower = np.argsort(rows.follower, kind="stable")
    i, j = join(follower, rows.follower[by_follower])
    j = by_follower[j]
    past = (events.time <= at) | events.author
    has = np.sort(pair_key(events.entity[past], events.work[past], n))
    any_work = ~np.isin(leader, events.entity[past])
    keep = any_work[i] | lookup(pair_key(leader[i], rows.work[j], n), has)[1]
    i, j = i[keep], j[keep]
    reach = np.bincount(leader[i], weights=weight[j], minlength=n).astype(np.float64)
    waiting = np.unique(pair_key(leader[i], follower[i], n)) // max(n, 1)
    return reach, np.bincount(waiting, minlength=n).astype(np.float64)


def _followers(n: int, follows: Facts, at: int) -> tuple[Index, Index]:
    """Distinct pairs (followed, follower) at a time."""
    active = (follows.valid_from <= at) & (at < follows.valid_to)
    return split_key(np.unique(pair_key(follows.object[active], follows.subject[active], n)), n)


def _measures(p: Projection, params: InfluenceParams, engine: Engine) -> dict[str, Floats]:
    """Followers, PageRank, betweenness and core number per person; NaN for people without an edge."""
    out = {name: np.full(len(p), np.nan) for name in ("pagerank", "betweenness", "core")}
    followed, _ = _followers(len(p), p.facts_of("FOLLOWS"), p.as_of)
    out["followers"] = np.bincount(followed, minlength=len(p)).astype(np.float64)
    asks, who = named("FOLLOWS", p, attention(p, params.contact_half_life_days))
    out["pagerank"][who] = engine.pagerank(asks)
    known, who = named("CONTACT", p, acquaintance(p))
    pivots = None if known.graph.n < params.exact_below else params.pivots
    out["betweenness"][who] = engine.betweenness(known, pivots)
    out["core"][who] = engine.core_numbers(known)
    return {name: column[p.people] for name, column in out.items()}


def _hidden(p: Projection, beside: Mapping[str, Floats], top: float) -> Bools:
    """In the top part of the assessed by excess or reach, at least one adoption, and no buying role, not ours.

    Credit of adopters who never followed nor met the person is fashion, not influence: excess counts up to the rest.
    """
    high = np.zeros(len(p.people), dtype=bool)
    shown = np.minimum(beside["credit_excess"], beside["acquainted"])
    for column in (shown, beside["reach"]):
        values = column[np.isfinite(column)]
        if len(values):
            high |= (column >= np.quantile(values, 1.0 - top, method="lower")) & (column >= 1.0)
    out: Bools = high & ~p.entities.buyer[p.people] & ~p.entities.internal[p.people]
    return out


def _notes(p: Projection, model: Model) -> tuple[Phrase, ...]:
    out = [phrase("scores.horizon", days=round(float(model.content["horizon_days"])))]
    if model.cold_start:
        out.append(phrase("scores.reach_cold"))
    if not p.own_known:
        out.append(phrase("scores.own_unknown"))
    return tuple(out)
