"""Breadth of a customer: how many customers, industries and decision levels it has influenced.

breadth = 100 * (customers * industries * levels)^(1/3), each factor as its mid-rank percentile like depth. Influenced
means: credited with an adoption, referred, or reached by a voluntary share. More customers bring more industries and
levels by chance alone, so these two are taken relative to what the same number of random customers would show.

References
----------
Hurlbert, S. H. (1971). The nonconcept of species diversity: a critique and alternative parameters. Ecology 52(4),
577-586 (expected classes of a random sample).
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.kernels import credit
from graphsvc.kernels.percentiles import Ranked, expected_classes, rank, reference_note, reference_time
from graphsvc.kernels.ties import is_kind, pair_key, proportional
from graphsvc.model import VOLUNTARY_KINDS, Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Scores, TermEvidence

FACTORS = ("customers", "industries", "levels")
BESIDE = ("customers_influenced", "industry_ratio", "level_ratio", *(f"{name}_percentile" for name in FACTORS))
NO_EDGES, NO_FACTOR = 0, 1
NO_INPUTS = Inputs({})


class BreadthParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    half_life_days: float = Field(90.0, gt=0, description="Delay at which learning is half as likely, without data.")


@dataclass(frozen=True)
class Edges:
    """Influence that happened: ``who`` brought ``whom`` along at ``time``, by a fact or an interaction (``row``)."""

    who: Index
    whom: Index
    time: Ints
    fact: Bools  # the row is a fact's handle, else an interaction's
    row: Ints

    def take(self, where: NDArray[np.generic]) -> Edges:
        """The edges a mask or an index selects."""
        return Edges(**{f.name: getattr(self, f.name)[where] for f in fields(self)})


def explain(p: Projection, params: BreadthParams, _inputs: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Open each term in equal parts into the facts and interactions of the influenced customers."""
    edges = influence_edges(p, params)
    mine = edges.take(edges.who == scores.a[row])
    out = []
    for name in FACTORS:
        value = float(scores.terms[name][row])
        if value == 0.0:
            out.append(TermEvidence(name, "constant", value, phrase=phrase("scores.not_measured", factors=name)))
            continue
        shares = proportional(value, np.ones(len(mine.row)))
        for table, some in (("facts", mine.fact), ("interactions", ~mine.fact)):
            if some.any():
                part = float(shares[some].sum())
                out.append(TermEvidence(name, "sum", part, table=table, rows=mine.row[some], shares=shares[some]))
    return out


@algorithm(name="breadth", of="person", version=1, unit="points (0-100)", params=BreadthParams, explain=explain)
def breadth(p: Projection, params: BreadthParams, _inputs: Inputs = NO_INPUTS) -> Scores:
    """Breadth of the influence of each customer, persons and organizations.

    Parameters
    ----------
    p : adoptions, authorship, following, referrals and interactions of voluntary kinds; industries and levels.

    Returns
    -------
    Scores with ``log(value / 100)`` = ``customers`` + ``industries`` + ``levels``: float64, shape (n_customers,),
    points in (0, 100), null where nothing that one brought about is recorded. Beside it the raw factors
    ``customers_influenced`` (distinct organizations, or persons without a known employer), ``industry_ratio`` and
    ``level_ratio`` (distinct classes over those expected of as many random customers; unknown is a class; levels of
    the people among them, 1 where there are none) and the percentiles. What an organization brings about among its
    own people does not count for it.

    References
    ----------
    Hurlbert (1971); Goyal, Bonchi & Lakshmanan (2011).

    Examples
    --------
    >>> from graphsvc import toy
    >>> referred = [{"subject": a, "kind": "REFERRED", "object": b} for a, b in ["ab", "ac", "da"]]
    >>> breadth(toy.build(facts=referred), BreadthParams()).value
    array([75., nan, nan, 25.])
    """
    edges = influence_edges(p, params)
    dated = edges.time[edges.time != credit.UNDATED]
    frozen = reference_time(p.as_of, int(dated.min())) if len(dated) else None
    customers = np.flatnonzero(p.customer).astype(np.int32)
    columns = {name: np.full(len(p), np.nan) for name in ("value", *FACTORS, *BESIDE)}
    reason = np.full(len(p), NO_EDGES, dtype=np.int8)
    unmeasured: set[str] = set()
    for label in (Label.PERSON, Label.ORGANIZATION):
        here = p.entities.label[edges.who] == label
        if here.any():
            who, raw, ranked = _rank(p, edges.take(here), frozen)
            reason[who] = -1 if ranked.measured else NO_FACTOR
            unmeasured |= set(FACTORS) - set(ranked.measured)
            for name, column in _named(raw, ranked).items():
                columns[name][who] = column
    return Scores(
        name="breadth",
        of="person",
        a=customers,
        b=None,
        value=columns["value"][customers],
        terms={name: columns[name][customers] for name in FACTORS},
        unit="points (0-100)",
        link="log",
        beside={name: columns[name][customers] for name in BESIDE},
        reason=reason[customers],
        reasons=(phrase("scores.no_influence_edges"), phrase("scores.no_factor")),
        notes=_notes(p, edges, frozen, unmeasured) if len(edges.who) else (),
    )


def influence_edges(p: Projection, params: BreadthParams) -> Edges:
    """Whom each customer, and each organization through its people, has influenced among customers."""
    parts = [_credited(p, params), _referred(p), _shared(p)]
    edges = Edges(*(np.concatenate([getattr(part, f.name) for part in parts]) for f in fields(Edges)))
    edges = edges.take(p.customer[edges.who] & p.customer[edges.whom] & (edges.who != edges.whom))
    home = credit.home_of(p)
    through = edges.take((p.entities.label[edges.who] == Label.PERSON) & (home[edges.who] >= 0))
    company = Edges(home[through.who], through.whom, through.time, through.fact, through.row)
    both = Edges(*(np.concatenate([getattr(edges, f.name), getattr(company, f.name)]) for f in fields(Edges)))
    is_company = p.entities.label[both.who] == Label.ORGANIZATION
    both = both.take(~(is_company & (home[both.whom] == both.who)))
    return both.take(np.lexsort((both.row, both.fact, both.whom, both.who)))


def _named(raw: dict[str, Floats], ranked: Ranked) -> dict[str, Floats]:
    shown = dict(zip(BESIDE, (raw[name] for name in FACTORS), strict=False))
    percentiles = {f"{name}_percentile": column for name, column in ranked.percentiles.items()}
    return {"value": ranked.value, **ranked.terms, **shown, **percentiles}


def _credited(p: Projection, params: BreadthParams) -> Edges:
    given = credit.credit_of(p, params.half_life_days)[0]
    some = given.share > 0
    later, earlier, events = given.later[some], given.earlier[some], given.events
    fact = np.ones(len(later), dtype=bool)
    return Edges(events.entity[earlier], events.entity[later], events.time[later], fact, events.row[later])


def _referred(p: Projection) -> Edges:
    f = p.facts_of("REFERRED", current=False)
    return Edges(f.subject, f.object, f.valid_from, np.ones(len(f), dtype=bool), f.row)


def _shared(p: Projection) -> Edges:
    x, rows = p.interactions, np.flatnonzero(is_kind(p, VOLUNTARY_KINDS))
    return Edges(x.actor[rows], x.target[rows], x.time[rows], np.zeros(len(rows), dtype=bool), x.row[rows])


def _rank(p: Projection, edges: Edges, frozen: int | None) -> tuple[Index, dict[str, Floats], Ranked]:
    who, raw = _factors(p, edges)
    if frozen is None:
        return who, raw, rank(raw, None)
    _, then = _factors(p, edges.take(edges.time <= frozen))
    return who, raw, rank(raw, then)


def _factors(p: Projection, edges: Edges) -> tuple[Index, dict[str, Floats]]:
    """Raw factors of everyone with an edge: customers influenced, and the classes they show over those expected."""
    who, place = np.unique(edges.who, return_inverse=True)
    unit = _customer_unit(p)
    seen = _seen(p)
    all_units, people = np.unique(unit[seen]), seen[p.entities.label[seen] == Label.PERSON]
    industry, level = p.entities.industry.astype(np.int64), p.entities.level.astype(np.int64)
    count, industries = _diversity(place, unit[edges.whom], industry, all_units, len(who))
    person = p.entities.label[edges.whom] == Label.PERSON  # organizations have no level; without people: neutral
    some, levels = _diversity(place[person], edges.whom[person], level, people, len(who))
    levels = np.where(some > 0, levels, 1.0)
    return who, {"customers": count, "industries": industries, "levels": levels}


def _seen(p: Projection) -> Index:
    """Customers with any edge: those a random draw could meet."""
    x, f = p.interactions, p.facts
    seen = np.zeros(len(p), dtype=bool)
    for side in (x.actor, x.target, f.subject, f.object):
        seen[side] = True
    out: Index = np.flatnonzero(seen & p.customer).astype(np.int32)
    return out


def _customer_unit(p: Projection) -> Index:
    """What counts as one customer: the organization, or a person whose employer is unknown."""
    home = credit.home_of(p)
    out: Index = np.where(home >= 0, home, np.arange(len(p))).astype(np.int32)
    return out


def _diversity(
    place: NDArray[np.int64], member: Index, cls: NDArray[np.int64], population: Index, n: int
) -> tuple[Floats, Floats]:
    """Distinct members per place, and distinct classes over those expected of as many random members."""
    size = len(cls)
    members = np.unique(pair_key(place, member, size))
    count = np.bincount(members // size, minlength=n)
    width = int(cls.max(initial=-1)) + 2  # a class is the code of a word, of which there may be more than members
    kinds = np.unique(pair_key(members // size, cls[members % size] + 1, width))
    seen = np.bincount(kinds // width, minlength=n)
    sizes = np.unique(cls[population], return_counts=True)[1]
    draws, back = np.unique(count, return_inverse=True)
    ratio: Floats = seen / np.maximum(expected_classes(sizes, np.maximum(draws, 1))[back], 1.0)
    return count.astype(np.float64), ratio


def _notes(p: Projection, edges: Edges, frozen: int | None, unmeasured: set[str]) -> tuple[Phrase, ...]:
    out = [reference_note(frozen)]
    if not p.own_known:
        out.append(phrase("scores.own_unknown"))
    if unmeasured:
        out.append(phrase("scores.not_measured", factors=", ".join(f for f in FACTORS if f in unmeasured)))
    whom = np.unique(edges.whom)
    unknown = (p.entities.industry[_customer_unit(p)[whom]] < 0) | (
        (p.entities.level[whom] <= 0) & (p.entities.label[whom] == Label.PERSON)
    )
    if unknown.any():
        out.append(phrase("scores.unknown_classes", count=int(unknown.sum())))
    return tuple(out)
