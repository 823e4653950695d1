"""Ecosystem: how far an organization carries our work beyond its own walls, and what to do with it.

The value is the adoption credit of its people that lands in other organizations, plus its supply and partner
relations. It is *assessed* only past a signal threshold, because warm words inflate relationships: at least three
voluntary shares of our content, or three other organizations that adopted its people's work, or a recent referral.

References
----------
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1),
73-84 (credit).
Iansiti, M. & Levien, R. (2004). Strategy as ecology. Harvard Business Review 82(3), 68-78 (keystones).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from algorithms.ecosystem_stability import VERDICTS, Signals, judge, resampled_verdicts
from algorithms.influence import InfluenceParams
from graphsvc.kernels import credit
from graphsvc.kernels.joins import first_of_each
from graphsvc.kernels.ties import is_kind, pair_key, proportional
from graphsvc.model import VOLUNTARY_KINDS, Label, Won
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Scores, TermEvidence


class EcosystemParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    needed: int = Field(3, ge=1, description="Shares, or adopting organizations, that make an organization assessed.")
    referral_days: float = Field(730.0, gt=0, description="A referral within this time makes it assessed [days].")
    pivot_quantile: float = Field(0.75, gt=0, lt=1, description="Outward reach is high from this quantile on.")
    little: float = Field(1.0, ge=0, description="Outward credit below this is little [credited adoptions].")
    deep_quantile: float = Field(2 / 3, gt=0, lt=1, description="Depth is high from this quantile of customers on.")
    replicates: int = Field(100, ge=0, le=10_000, description="How often signals are resampled for the stability.")
    seed: int = Field(0, ge=0, description="Seed of the resampling.")


def explain(p: Projection, params: EcosystemParams, _inputs: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Open outward credit into the adoptions elsewhere, supply into its relations."""
    company = int(scores.a[row])
    outward, supply = (float(scores.terms[name][row]) for name in ("outward", "supply"))
    who, _, fact = _supply_edges(p)
    edges = fact[who == company]
    handles, weights = _landed(p, company)
    return [
        TermEvidence("outward", "sum", outward, table="facts", rows=handles, shares=proportional(outward, weights)),
        TermEvidence(
            "supply", "sum", supply, table="facts", rows=edges, shares=proportional(supply, np.ones(len(edges)))
        ),
    ]


@algorithm(
    name="ecosystem",
    of="organization",
    version=2,
    unit="credited adoptions elsewhere + relations",
    params=EcosystemParams,
    uses=("influence", "depth"),
    explain=explain,
    schedule="daily",
)
def ecosystem(p: Projection, params: EcosystemParams, inputs: Inputs) -> Scores:
    """Outward reach of each customer organization, and the verdict pivot or lighthouse.

    Parameters
    ----------
    p : adoptions, authorship, referrals, supply and partner relations, shares, opportunities.
    inputs : the scores ``influence`` (its ``outward``) and ``depth``.

    Returns
    -------
    Scores with ``value`` = ``outward`` + ``supply``: float64, shape (n_customer_organizations,), >= 0, null below the
    signal threshold ("not assessed: 1 of 3"). ``outward`` is in credited adoptions in other organizations, ``supply``
    counts other organizations with a current SUPPLIES or PARTNERS_WITH relation, either way. Beside it ``verdict``
    (``pivot``: high outward reach, invest; ``lighthouse``: deep, won, little outward reach, show as a case; else
    empty), ``stable``: share of the replicates in which the verdict is the same when adopting organizations, shares,
    referrals and contacts are drawn again (NaN where not assessed), and the signals ``shares``, ``adopting_orgs`` and
    ``referrals``.

    References
    ----------
    Goyal, Bonchi & Lakshmanan (2011); Iansiti & Levien (2004).

    Examples
    --------
    >>> from graphsvc import toy
    >>> facts = [{"subject": "o1", "kind": kind, "object": "o2", "from": 1} for kind in ("REFERRED", "SUPPLIES")]
    >>> p = toy.build(organizations=[{"id": "o1"}, {"id": "o2"}], facts=facts, as_of=9)
    >>> from algorithms.depth import DepthParams, depth
    >>> from algorithms.influence import InfluenceParams, influence
    >>> needed = {"influence": influence(p, InfluenceParams()), "depth": depth(p, DepthParams())}
    >>> ecosystem(p, EcosystemParams(), Inputs(needed)).value
    array([ 1., nan])
    """
    companies = p.organizations[p.customer[p.organizations]]
    outward = _outward(p, inputs.scores["influence"])[companies]
    supply = _supply(p)[companies]
    signals = {"shares": _shares(p), "adopting_orgs": _adopting(p), "referrals": _referrals(p, params.referral_days)}
    seen = {name: column[companies] for name, column in signals.items()}
    best = np.maximum(seen["shares"], seen["adopting_orgs"]).astype(np.int64)
    deep, won = _standing(p, params, inputs.scores["depth"], companies)
    found = Signals(outward, supply, **seen, deep=deep, won=won)
    verdict = judge(found, params)
    assessed = verdict >= 0
    null = np.where(assessed, 0.0, np.nan)
    value = outward + supply + null
    stable = resampled_verdicts(p, params, inputs.scores["depth"], companies, found)
    reasons = tuple(phrase("scores.not_assessed", count=k, needed=params.needed) for k in range(params.needed))
    return Scores(
        name="ecosystem",
        of="organization",
        a=companies,
        b=None,
        value=value,
        terms={"outward": outward + null, "supply": supply + null},
        unit="credited adoptions elsewhere + relations",
        beside={"verdict": np.array(VERDICTS)[np.maximum(verdict, 0)], "stable": stable + null, **seen},
        reason=np.where(assessed, -1, best).astype(np.int8),
        reasons=reasons,
        notes=_notes(p),
    )


def _outward(p: Projection, influence: Scores) -> Floats:
    """Per organization: credit of its people that landed in other organizations."""
    home, credited = p.entities.organization[influence.a], np.asarray(influence.beside["outward"], dtype=np.float64)
    some = (home >= 0) & np.isfinite(credited)
    return np.bincount(home[some], weights=credited[some], minlength=len(p)).astype(np.float64)


def _landed(p: Projection, company: int) -> tuple[NDArray[np.int64], Floats]:
    """Handles of the adoptions elsewhere that brought credit to the organization's people, and how much."""
    given = credit.credit_of(p, InfluenceParams().half_life_days)[0]
    home = credit.home_of(p)[given.events.entity]
    total = np.zeros(len(given.events))
    members = np.unique(
        given.events.entity[(home == company) & (p.entities.label[given.events.entity] == Label.PERSON)]
    )
    for member in members:
        total += np.add(*credit.reached(given, int(member)))
    abroad = (home >= 0) & (home != company) & (total > 0)
    return given.events.row[abroad], total[abroad]


def _supply_edges(p: Projection) -> tuple[Index, Index, NDArray[np.int64]]:
    """Both directions of each current relation between two organizations, once per pair: who, with whom, fact row."""
    f = p.facts_of("SUPPLIES", "PARTNERS_WITH")
    who, whom = np.concatenate([f.subject, f.object]), np.concatenate([f.object, f.subject])
    row = np.concatenate([f.row, f.row])
    order = np.lexsort((row, whom, who))
    order = order[first_of_each(pair_key(who[order], whom[order], len(p)))]
    order = order[who[order] != whom[order]]
    return who[order], whom[order], row[order]


def _supply(p: Projection) -> Floats:
    return np.bincount(_supply_edges(p)[0], minlength=len(p)).astype(np.float64)


def _shares(p: Projection) -> Floats:
    """Per organization: voluntary shares by its people (or itself) with anyone who is not one of us."""
    home, x = credit.home_of(p), p.interactions
    rows = np.flatnonzero(is_kind(p, VOLUNTARY_KINDS))
    if p.own_known:
        rows = rows[~p.entities.internal[x.target[rows]]]
    _, first = np.unique(x.key[rows], return_index=True)  # an interaction counts once, whoever it reached
    facts = p.facts_of("SHARED", current=False)
    who = home[np.concatenate([x.actor[rows[first]], facts.subject])]
    return np.bincount(who[who >= 0], minlength=len(p)).astype(np.float64)


def _adopting(p: Projection) -> Floats:
    """Per organization: other organizations that took up works its people wrote, or adopted before them."""
    given = credit.credit_of(p, 1.0)[0]
    home = credit.home_of(p)[given.events.entity]
    mine, theirs = home[given.earlier], home[given.later]
    elsewhere = (mine >= 0) & (theirs >= 0) & (mine != theirs)
    pairs = np.unique(pair_key(mine[elsewhere], theirs[elsewhere], len(p)))
    return np.bincount(pairs // max(len(p), 1), minlength=len(p)).astype(np.float64)


def _referrals(p: Projection, days: float) -> Floats:
    """Per organization: referrals it or its people made within the window."""
    f = p.facts_of("REFERRED", current=False)
    recent = f.valid_from > p.as_of - int(days * DAY)
    who = credit.home_of(p)[f.subject[recent]]
    return np.bincount(who[who >= 0], minlength=len(p)).astype(np.float64)


def _standing(p: Projection, params: EcosystemParams, depth: Scores, companies: Index) -> tuple[Bools, Bools]:
    """Which organizations are deep customers (``deep_quantile`` of all), and which were won."""
    deals = p.opportunities
    won: Bools = np.isin(companies, deals.organization[deals.won == Won.WON])
    points = depth.dense(len(p))[companies]
    there = points[np.isfinite(points)]
    deep: Bools = points >= (np.quantile(there, params.deep_quantile) if len(there) else np.inf)
    return deep, won


def _notes(p: Projection) -> tuple[Phrase, ...]:
    return () if p.own_known else (phrase("scores.own_unknown"),)
