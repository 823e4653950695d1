"""Adoption influence: who shapes the work of peers, whatever their authority to sign.

A person is influential when peers *adopt* what they made or took up before. For each work, an adopter splits one unit
of credit over the author and the people it follows or has a tie with who adopted earlier; credit that travels on
along chains is a separate term. Likeness gives much of such credit, so its excess over what people like the adopters
would have given stands beside it, and so do the adoptions still to come from a person's followers (``reach``).

References
----------
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1),
73-84.
Anagnostopoulos, A., Kumar, R. & Mahdian, M. (2008). Influence and correlation in social networks. KDD '08, 7-15.
Shalizi, C. R. & Thomas, A. C. (2011). Homophily and contagion are generically confounded in observational social
network studies. Sociological Methods & Research 40(2), 211-239 (what an excess cannot tell).
Page, L., Brin, S., Motwani, R. & Winograd, T. (1999). The PageRank citation ranking. Stanford InfoLab.
Freeman, L. C. (1977). A set of measures of centrality based on betweenness. Sociometry 40, 35-41.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from algorithms import influence_model as ahead
from graphsvc.engines import Engine
from graphsvc.engines.graphs import acquaintance, attention, named
from graphsvc.kernels import credit, exposure
from graphsvc.kernels.delays import Law
from graphsvc.kernels.excess import Excess, excess
from graphsvc.kernels.fdr import discoveries
from graphsvc.kernels.ties import contacts, pair_key, proportional, split_key
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Facts, Floats, Index, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Model, Scores, TermEvidence

VERSION = 3
NO_INPUTS = Inputs({})
NO_ADOPTIONS, NO_EVIDENCE = 0, 1
FEWEST = 16  # pivots
SHOWN = 50  # evidence rows of a subgraph
MANY = 5.0  # adoptions that make an influencer where there is nobody to compare with


class InfluenceParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    half_life_days: float = Field(90.0, gt=0, description="Delay at which learning is half as likely, without data.")
    horizon_days: float = Field(180.0, gt=0, description="Reach counts adoptions within this time from now [days].")
    seed: int = Field(0, ge=0, description="Seed of the sample of people an adopter in a large group is compared with.")
    contact_half_life_days: float = Field(90.0, gt=0, description="Age at which mail counts half in PageRank [days].")
    exact_below: int = Field(5000, gt=0, description="Number of people below which betweenness is exact.")
    pivots: int = Field(256, gt=0, description="Pivots that stand for all people in larger graphs.")
    steps: int = Field(
        8_000_000, gt=0, description="People times pivots at most, so that very large graphs take seconds; 16 at least."
    )
    false_discoveries: float = Field(0.05, gt=0, lt=1, description="Part of the hidden influencers chance may give.")


def fit(p: Projection, params: InfluenceParams) -> Model:
    """Fit the hazard of adoption on past reference dates, all labels known at as_of."""
    return ahead.fitted(p, "influence", VERSION, params.horizon_days)


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
    ``credit_excess``, over what people of each adopter's group (organization, or community where the employer is
    unknown) would have given in its place; authorship is no matter of likeness and stays whole.
    ``chance``, probability of so much credit from people who knew the person, by likeness alone; null where there is
    nobody to compare with.
    ``reach``, followers expected to take up a work the person has (any work, while it has none) within the horizon;
    ``open_followers``, those who could; ``credit_ahead``, direct credit expected from them. Where nobody follows
    anybody, people with a tie stand for followers.
    ``outward``, credit that lands in other organizations; ``acquainted``, direct credit from adopters who followed or
    knew the person before; ``followers``; ``pagerank`` (follower -> followed, mail
    recipient -> sender); ``betweenness`` and ``core`` over ties; ``hidden``, an influencer without a buying role.

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
    given, _, law = credit.credit_of(p, params.half_life_days)
    scene, n, people = ahead.scene(p), len(p), p.people
    reason = _reason(p, given.events)[people]
    known = reason < 0
    direct, chains = given.direct(n), given.chains(n)
    likeness = by_likeness(p, params, given, law, scene.world.group)
    assessed = {
        "credit_excess": direct + chains - likeness.by_likeness,
        "chance": likeness.chance(),
        **_ahead(scene, model, law),
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
        beside={**beside, **measured, "hidden": hidden(p, beside, params.false_discoveries)},
        reason=reason,
        reasons=(phrase("scores.no_adoptions"), phrase("scores.no_influence_evidence")),
        notes=_notes(p, model, law, ties=scene.ties),
        accuracy=model.heldout or None,
        model_id=inputs.model.id if inputs.model else None,
    )


def by_likeness(p: Projection, params: InfluenceParams, given: credit.Credit, law: Law, group: Index) -> Excess:
    """Credit that people like the adopters would have given in their place."""
    person = p.entities.label == Label.PERSON
    return excess(given, credit.sources(p), law, group, person, params.seed)


def hidden(p: Projection, beside: Mapping[str, Floats], false_discoveries: float) -> Bools:
    """People outside, without a buying role, whose peers took up more from them than likeness explains.

    At least one adoption by somebody who knew the person before (credit of others is fashion, not influence), and more
    of them than chance allows so many people: among all who can be compared, or among those from whose followers at
    least one more adoption is expected. Where nobody at all can be compared, many such adoptions must do.
    """
    shown = np.minimum(beside["credit_excess"], beside["acquainted"])
    chance = beside["chance"]
    found = discoveries(chance, false_discoveries)
    found |= discoveries(np.where(beside["reach"] >= 1.0, chance, np.nan), false_discoveries)
    if np.isnan(chance).all():
        found = shown >= MANY
    out: Bools = found & (shown >= 1.0) & ~p.entities.buyer[p.people] & ~p.entities.internal[p.people]
    return out


def _ahead(scene: ahead.Scene, model: Model, law: Law) -> dict[str, Floats]:
    rows, probability = ahead.probabilities(scene, model)
    coming = ahead.ahead(scene, rows, probability, law)
    return {"reach": coming.reach, "open_followers": coming.open_followers, "credit_ahead": coming.credit}


def _reason(p: Projection, events: credit.Adoptions) -> NDArray[np.int8]:
    """Why an entity has no credit score, -1 where it has one."""
    follows = p.facts_of("FOLLOWS", current=False)
    reason = np.full(len(p), NO_EVIDENCE, dtype=np.int8)
    for seen in (follows.subject, follows.object, events.entity):
        reason[seen] = -1
    if events.author.all():
        reason[:] = NO_ADOPTIONS
    return reason


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
    out["betweenness"][who] = engine.betweenness(known, _pivots(params, known.graph.n))
    out["core"][who] = engine.core_numbers(known)
    return {name: column[p.people] for name, column in out.items()}


def _pivots(params: InfluenceParams, people: int) -> int | None:
    """From how many people paths are searched; None: from all. All pivots up to 31,250 people, 16 from 500,000 on."""
    if people < params.exact_below:
        return None
    return min(params.pivots, max(FEWEST, params.steps // people))


def _notes(p: Projection, model: Model, law: Law, *, ties: bool) -> tuple[Phrase, ...]:
    out = [phrase("scores.horizon", days=round(float(model.content["horizon_days"])))]
    if law.pairs:
        out.append(phrase("influence.law", days=round(law.half_life_days), pairs=law.pairs))
    if model.cold_start:
        out.append(phrase("scores.reach_cold"))
    elif not any(model.coefficients[name] for name in exposure.FEATURES):
        out.append(phrase("influence.constant_hazard"))
    if ties:
        out.append(phrase("influence.ties_for_followers"))
    if not p.own_known:
        out.append(phrase("scores.own_unknown"))
    return tuple(out)
