"""Depth of a customer relationship: how often, how much to the point, and over how many channels we are in touch.

depth = 100 * (frequency * relevance * coverage)^(1/3), each factor as its mid-rank percentile among customers with
evidence (persons among persons, organizations among organizations), against a reference frozen at the start of the
calendar quarter.

References
----------
Marsden, P. V. & Campbell, K. E. (1984). Measuring tie strength. Social Forces 63(2), 482-501.
Jost, L. (2006). Entropy and diversity. Oikos 113(2), 363-375 (effective numbers).
Haythornthwaite, C. (2005). Social networks and Internet connectivity effects. Information, Communication & Society 8(2)
(strong ties use more channels).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from graphsvc.incremental import Touched, joined, rows_with
from graphsvc.kernels.joins import first_of_each
from graphsvc.kernels.percentiles import Ranked, rank, reference_note, reference_time
from graphsvc.kernels.ties import contacts, pair_key, proportional, unmeasured_relevance
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY, Bools, Floats, Index, Projection, take
from graphsvc.registry import Inputs, algorithm
from graphsvc.scores import Scores, TermEvidence

FACTORS = ("frequency", "relevance", "coverage")
RAW = {"frequency": "contacts_per_week", "relevance": "mean_relevance", "coverage": "channel_coverage"}
NO_CONTACT, NO_FACTOR = 0, 1
DRAWN = 1_000_000  # contacts drawn again at once
REFERENCES = "references of depth"  # among what a Projection keeps
TINY = 1e-300  # keeps means defined after a thousand half-lives
NO_INPUTS = Inputs({})


class DepthParams(BaseModel):
    """Defaults are the published run; a change of default is a new version."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    half_life_days: float = Field(90.0, gt=0, description="Age at which a contact counts half [days].")
    pseudo_contacts: float = Field(5.0, ge=0, description="Contacts' worth of pull of channel counts to the mean.")


@dataclass(frozen=True)
class _Evidence:
    """Contacts of customers with us: one row per customer and interaction, by (customer, interaction)."""

    customer: Index
    row: NDArray[np.int64]  # an interaction row of it

    def take(self, where: NDArray[np.generic]) -> _Evidence:
        """The rows a mask or an index selects."""
        return _Evidence(self.customer[where], self.row[where])


@dataclass(frozen=True)
class _Reference:
    """What customers of one kind are held against, as of the date of the reference.

    ``mean`` is the mean effective number of channels, which few contacts are drawn to, ``seen`` the number of channels
    there are; ``factors`` are the raw factors to rank among, None for those of today.
    """

    mean: float
    seen: int
    factors: dict[str, Floats] | None
    unmeasured: frozenset[str]


@dataclass(frozen=True)
class _References:
    """The references by kind of customer, when they were frozen [us] (None: today), and all channels ever seen."""

    params: DepthParams
    frozen: int | None
    by_label: dict[int, _Reference]
    channels: frozenset[int]


def explain(p: Projection, params: DepthParams, _inputs: Inputs, scores: Scores, row: int) -> list[TermEvidence]:
    """Open the terms into contacts: by recency, relevance by recency times relevance.

    All terms are logarithms of percentiles, at most 0: the share of a contact is its part of the evidence.
    """
    found = _evidence(p)
    rows = found.row[found.customer == scores.a[row]]
    recency = np.exp2(p.age_days(p.interactions.time[rows]) / -params.half_life_days)
    weights = {"frequency": recency, "relevance": recency * _relevance(p)[rows], "coverage": recency}
    handles, out = p.interactions.row[rows], []
    for name in FACTORS:
        value = float(scores.terms[name][row])
        if value == 0.0:
            out.append(TermEvidence(name, "constant", value, phrase=phrase("scores.not_measured", factors=name)))
        else:
            out.append(TermEvidence(name, "sum", value, rows=handles, shares=proportional(value, weights[name])))
    return out


def rescore(p: Projection, params: DepthParams, inputs: Inputs, old: Scores, touched: Touched) -> Scores:
    """Renew the customers of some new events, and where they work: all that moves while the reference is frozen."""
    older = touched.older()
    against = None if older is None else _references(older, params)
    if against is None or not _still(p, against, touched):
        return depth(p, params, inputs)
    anew = touched.people.copy()
    home = p.entities.organization[touched.people]
    anew[home[home >= 0]] = True
    known = np.zeros(len(p), dtype=bool)
    known[touched.image] = True
    part = _of(p, anew)
    found = _evidence(part, anew)
    if not {*p.entities.label[found.customer].tolist()} <= against.by_label.keys():
        return depth(p, params, inputs)
    p.derived[REFERENCES] = against
    customers = np.flatnonzero((anew | ~known) & p.customer).astype(np.int32)
    made = _scores(part, params, found, against, customers)
    return joined(old, replace(made, notes=_notes(p, against)), len(p))


def _still(p: Projection, against: _References, touched: Touched) -> bool:
    """Do references hold after some new events? Not if they are of today, the events of before, or a channel is new."""
    if against.frozen is None:
        return False
    channels = {*p.interactions.channel[touched.rows].tolist()}
    return touched.since(p, against.frozen) and channels <= against.channels


def _of(p: Projection, entities: Bools) -> Projection:
    """The same graph with only the interactions of some persons, and of those who work at some organizations."""
    theirs = entities | (np.append(entities, False)[p.entities.organization])
    return replace(p, interactions=take(p.interactions, rows_with(p, theirs)))


@algorithm(
    name="depth",
    of="person",
    version=2,
    unit="points (0-100)",
    params=DepthParams,
    explain=explain,
    rescore=rescore,
)
def depth(p: Projection, params: DepthParams, _inputs: Inputs = NO_INPUTS) -> Scores:
    """Depth of the relationship with each customer, persons and organizations.

    Parameters
    ----------
    p : interactions of customers with us (of anyone with anyone, when nobody said who ours are); times in [us].

    Returns
    -------
    Scores with ``log(value / 100)`` = ``frequency`` + ``relevance`` + ``coverage``: float64, shape (n_customers,),
    points in (0, 100), null without any contact. Beside it the raw factors: ``contacts_per_week``
    ((7 ln 2 / h) * sum of 2^(-age / h)), ``mean_relevance`` (0-1), ``channel_coverage`` (effective number of channels
    over those seen in the workspace), their percentiles and ``contacts`` (count). A factor that does not vary is not
    measured and named in the notes.

    References
    ----------
    Marsden & Campbell (1984); Jost (2006); Haythornthwaite (2005).

    Examples
    --------
    >>> from graphsvc import toy
    >>> mail = [{"time": t, "from": "us", "to": who} for t, who in [(1, "a"), (1.2, "a"), (1.4, "b")]]
    >>> depth(toy.build(people=[{"id": "us", "internal": True}], interactions=mail, as_of=2), DepthParams()).value
    array([75., 25.])
    """
    found = _evidence(p)
    return _scores(p, params, found, _references(p, params, found), np.flatnonzero(p.customer).astype(np.int32))


def _scores(p: Projection, params: DepthParams, found: _Evidence, against: _References, customers: Index) -> Scores:
    """Depth of some customers, by all evidence of them."""
    value = np.full(len(p), np.nan)
    columns = {name: np.full(len(p), np.nan) for name in _columns()}
    reason = np.full(len(p), NO_CONTACT, dtype=np.int8)
    for label, reference in against.by_label.items():
        here = p.entities.label[found.customer] == label
        who, raw = _factors(p, params, found.take(here), p.as_of, reference)
        ranked = rank({name: raw[name] for name in FACTORS}, reference.factors)
        value[who] = ranked.value
        reason[who] = -1 if ranked.measured else NO_FACTOR
        for name, column in _named(raw, ranked).items():
            columns[name][who] = column
    return Scores(
        name="depth",
        of="person",
        a=customers,
        b=None,
        value=value[customers],
        terms={name: columns[name][customers] for name in FACTORS},
        unit="points (0-100)",
        link="log",
        beside={name: columns[name][customers] for name in _columns() if name not in FACTORS},
        reason=reason[customers],
        reasons=(phrase("scores.no_contact"), phrase("scores.no_factor")),
        notes=_notes(p, against) if against.by_label else (),
    )


def resampled(p: Projection, params: DepthParams, scores: Scores, who: Index, draws: int, seed: int) -> Floats:
    """Depth of some customers of one kind with their contacts drawn again, each Poisson(1) times.

    Parameters
    ----------
    scores : the score ``depth`` of this Projection, whose ranks are kept: it tells what a raw factor is worth.
    who : persons, or organizations, ascending.

    Returns
    -------
    float64, shape (draws, len(who)); NaN where no contact was drawn.
    """
    found, rng = _evidence(p), np.random.default_rng(seed)
    against = _references(p, params, found).by_label[int(p.entities.label[who[0]])]
    mine = np.flatnonzero(np.isin(found.customer, who))
    place = np.searchsorted(who, found.customer[mine])
    alike = p.entities.label[scores.a] == p.entities.label[who[0]]
    out = np.full((draws, len(who)), np.nan)
    at_once = max(1, DRAWN // max(1, len(mine)))
    for first in range(0, draws, at_once):
        times = rng.poisson(1.0, (min(at_once, draws - first), len(mine)))
        draw, row = (np.repeat(column, times.ravel()) for column in np.indices(times.shape).reshape(2, -1))
        customer = ((first + draw) * len(who) + place[row]).astype(np.int32)  # each draw has customers of its own
        got, raw = _factors(p, params, _Evidence(customer, found.row[mine[row]]), p.as_of, against)
        out.flat[got] = _worth(scores, alike, raw)
    return out


def _worth(scores: Scores, alike: Bools, raw: dict[str, Floats]) -> Floats:
    """Depth of raw factors among customers alike, read off their raw factors and percentiles."""
    logs = []
    for name in FACTORS:
        known = np.flatnonzero(alike & np.isfinite(scores.terms[name]))
        if len(known) and scores.terms[name][known].any():
            figures = np.asarray(scores.beside[RAW[name]], dtype=np.float64)[known]
            order = np.argsort(figures, kind="stable")
            percentile = np.asarray(scores.beside[f"{name}_percentile"], dtype=np.float64)[known]
            logs.append(np.log(np.interp(raw[name], figures[order], percentile[order])))
    return 100.0 * np.exp(np.mean(logs, axis=0)) if logs else np.full(len(raw[FACTORS[0]]), np.nan)


def _columns() -> tuple[str, ...]:
    return (*FACTORS, *RAW.values(), *(f"{name}_percentile" for name in FACTORS), "contacts")


def _named(raw: dict[str, Floats], ranked: Ranked) -> dict[str, Floats]:
    percentiles = {f"{name}_percentile": column for name, column in ranked.percentiles.items()}
    shown = {RAW[name]: raw[name] for name in FACTORS}
    return {**ranked.terms, **percentiles, **shown, "contacts": raw["contacts"]}


def _evidence(p: Projection, of: Bools | None = None) -> _Evidence:
    """Contacts between a customer and our side, an interaction once per customer however many rows it has.

    ``of`` says per entity whether it is a customer in question.
    """
    x, internal, home = p.interactions, p.entities.internal, p.entities.organization
    rows = np.flatnonzero(contacts(p))
    if p.own_known:
        rows = rows[internal[x.actor[rows]] != internal[x.target[rows]]]
        person = np.where(internal[x.actor[rows]], x.target[rows], x.actor[rows])
        company = home[person]
    else:  # everyone is a customer of everyone; talk inside one organization is no contact with it
        both = np.concatenate([rows, rows])
        person, other = np.concatenate([x.actor[rows], x.target[rows]]), np.concatenate([x.target[rows], x.actor[rows]])
        rows, company = both, np.where(home[person] == home[other], -1, home[person])
    customer = np.concatenate([person, company[company >= 0]])
    rows = np.concatenate([rows, rows[company >= 0]])
    if of is not None:
        wanted = of[customer]
        customer, rows = customer[wanted], rows[wanted]
    event = pair_key(customer, x.key[rows], int(x.key.max(initial=0)) + 1)
    order = np.argsort(event, kind="stable") if p.own_known else np.lexsort((rows, event))  # rows ascend already
    customer, rows = customer[order].astype(np.int32), rows[order]
    once = first_of_each(customer.astype(np.int64)) | first_of_each(x.key[rows])
    return _Evidence(customer[once], rows[once])


def _references(p: Projection, params: DepthParams, found: _Evidence | None = None) -> _References:
    """The references of a graph, which stay with it; ``found`` is all evidence, where it is at hand."""
    kept = p.derived.get(REFERENCES)
    if isinstance(kept, _References) and kept.params == params:
        return kept
    found = found or _evidence(p)
    time = p.interactions.time[found.row]
    frozen = reference_time(p.as_of, int(time.min())) if len(time) else None
    channels = frozenset(np.unique(p.interactions.channel[contacts(p)]).tolist())
    by_label = {}
    for label in (Label.PERSON, Label.ORGANIZATION):
        here = p.entities.label[found.customer] == label
        if here.any():
            by_label[int(label)] = _reference(p, params, found.take(here), frozen, len(channels))
    out = p.derived[REFERENCES] = _References(params, frozen, by_label, channels)
    return out


def _reference(p: Projection, params: DepthParams, found: _Evidence, frozen: int | None, seen: int) -> _Reference:
    then = found if frozen is None else found.take(p.interactions.time[found.row] <= frozen)
    at = p.as_of if frozen is None else frozen
    free = _Reference(0.0, seen, None, frozenset())
    effective = _factors(p, params, then, at, free)[1]["channels"]
    drawn = replace(free, mean=float(effective.mean()) if len(effective) else 1.0)
    raw = _factors(p, params, then, at, drawn)[1]
    factors = {name: raw[name] for name in FACTORS}
    unmeasured = frozenset(FACTORS) - frozenset(rank(factors, None).measured)
    return replace(drawn, factors=None if frozen is None else factors, unmeasured=unmeasured)


def _factors(
    p: Projection, params: DepthParams, found: _Evidence, at: int, against: _Reference
) -> tuple[Index, dict[str, Floats]]:
    """Raw factors of each customer with evidence, as of a time."""
    who, place = np.unique(found.customer, return_inverse=True)
    n, half_life = len(who), params.half_life_days
    age = (at - p.interactions.time[found.row]) / DAY
    w = np.maximum(np.exp2(-age / half_life), TINY)
    total: Floats = np.bincount(place, weights=w, minlength=n).astype(np.float64)
    relevance = np.bincount(place, weights=w * _relevance(p)[found.row], minlength=n) / total
    channel = p.interactions.channel[found.row].astype(np.int64)
    effective = _effective_channels(place, channel, w, total)
    pull = params.pseudo_contacts
    shrunk = (total * effective + pull * against.mean) / (total + pull)
    return who, {
        "frequency": 7.0 * np.log(2.0) / half_life * total,
        "relevance": relevance,
        "channels": effective,
        "coverage": shrunk / max(1, against.seen),
        "contacts": np.bincount(place, minlength=n).astype(np.float64),
    }


def _effective_channels(place: NDArray[np.int64], channel: NDArray[np.int64], w: Floats, total: Floats) -> Floats:
    """Exponential of the entropy of each customer's channel shares: 1 for one channel, k for k alike."""
    width = int(channel.max(initial=0)) + 2  # channel -1, unknown, is a class of its own
    key, inverse = np.unique(place * width + channel + 1, return_inverse=True)
    customer = key // width
    share = np.bincount(inverse, weights=w, minlength=len(key)) / total[customer]
    entropy = -np.bincount(customer, weights=share * np.log(share), minlength=len(total))
    out: Floats = np.exp(entropy)
    return out


def _relevance(p: Projection) -> Floats:
    """Relevance of each interaction row, 1 where not measured."""
    return np.nan_to_num(p.interactions.relevance.astype(np.float64), nan=1.0)


def _notes(p: Projection, against: _References) -> tuple[Phrase, ...]:
    out = [reference_note(against.frozen)]
    if not p.own_known:
        out.append(phrase("scores.own_unknown"))
    unmeasured = frozenset().union(*(reference.unmeasured for reference in against.by_label.values()))
    if unmeasured:
        out.append(phrase("scores.not_measured", factors=", ".join(f for f in FACTORS if f in unmeasured)))
    if lacking := unmeasured_relevance(p):
        out.append(phrase("scores.relevance_unmeasured", count=lacking, total=len(p.interactions)))
    return tuple(out)
