"""What a next conversation is worth: the account's value, what being in touch changes, and who is worn out.

Shared by the weekly list and the suggestions; nothing here is a score of its own. All arrays are dense, one entry per
entity of the Projection.

References
----------
Efron, B. & Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. JASA 70, 311-319: the
shrunken mean.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.response import response
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.ties import contacts, is_kind
from graphsvc.model import MUTUAL_KINDS, Label, Won
from graphsvc.projection import DAY, Bools, Codes, Floats, Index, Ints, Projection, take
from graphsvc.scores import Scores

SELF_SERVICE = frozenset({"download", "share", "event"})  # acts of a contact that wait for no answer
OUR_CONTACTS = "contacts of ours"  # among what a Projection keeps
WARM = 1.0  # tie strength of about one exchange per half-life: below it nobody would call the tie warm


class OutreachParams(BaseModel):
    """Defaults of the weekly list and the suggestions."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    size: int = Field(20, ge=1, description="Lines of a weekly list.")
    per_account: int = Field(3, ge=1, description="Lines of one account before the next account has its turn.")
    fatigue_days: float = Field(28.0, gt=0, description="Touches within this many days tire a contact.")
    fatigue_touches: float = Field(12.0, gt=0, description="Touches by one colleague that use up 63 % of patience.")
    fatigue_colleagues: float = Field(3.0, gt=0, description="Further colleagues that use up 63 % of patience.")
    overloaded: float = Field(0.8, gt=0, le=1, description="Fatigue from which a contact is left in peace.")
    shrinkage: float = Field(5.0, ge=0, description="Won deals the workspace mean is worth in a shrunken mean.")
    active_today: float = Field(1.1, description="Cold start: log-odds of activity within 28 days after a touch today.")
    silence: float = Field(0.95, gt=0, description="Cold start: log-odds lost per log(1 + silent weeks).")
    rest_days: float = Field(14.0, gt=0, description="A touch sooner after ours than this adds only a part of one.")
    reach_days: float = Field(180.0, gt=0, description="Each further silence of this length halves what a touch does.")
    never: float = Field(0.02, gt=0, lt=1, description="Cold start: P(active) of two people who never met.")
    never_touched: float = Field(0.10, gt=0, lt=1, description="Cold start: the same after a first touch.")
    away: frozenset[str] = Field(frozenset(), description="Public ids snoozed or declined: kept off lists.")


class Basis(IntEnum):
    """What an account's value rests on, best first."""

    OPEN = 0  # open amounts
    PRODUCT = 1  # shrunken mean won amount of its product
    SEGMENT = 2  # of its industry
    MEAN = 3  # of all deals
    UNIT = 4  # no amounts at all: 1 unit


class Grounds(IntEnum):
    """What a pair of chances rests on."""

    MODEL = 0  # the model of `active`, and the measured rate of answers
    SHIFTED = 1  # the model's probability, with the published rate of answers
    PRIOR = 2  # the published curve over days of silence
    NEVER = 3  # they never met


@dataclass(frozen=True)
class Worth:
    """Value of each organization in the workspace's most frequent currency (``currency``: a word code, -1 unknown).

    ``converted`` marks values that hold amounts of another currency, put on this scale by the ratio of mean won
    amounts; ``deals`` counts the open opportunities behind it.
    """

    value: Floats
    basis: Codes
    converted: Bools
    deals: Ints
    currency: int


@dataclass(frozen=True)
class Touches:
    """What we did to each person lately and who acted last; times [us], 0 = never."""

    touches: Ints
    colleagues: Ints
    wrote_last: Bools
    last: Ints
    fatigue: Floats


@dataclass(frozen=True)
class Chances:
    """P(active within 28 days) of each contact as it is and if touched now.

    ``partner`` is our side of the tie, -1 where nobody has one; ``silent_days`` since its last contact, NaN if never.
    """

    now: Floats
    touched: Floats
    grounds: Codes
    partner: Index
    silent_days: Floats


def own_accounts(p: Projection, rep: int) -> Index:
    """Organizations a rep owns: by a current OWNS fact or as owner of an opportunity."""
    owns, deals = p.facts_of("OWNS"), p.opportunities
    mine = deals.organization[(deals.owner == rep) & (deals.organization >= 0)]
    return np.union1d(owns.object[owns.subject == rep], mine).astype(np.int32)


def own_deals(p: Projection, rep: int) -> Bools:
    """Opportunities that count for a rep: those they own, and all of accounts that only they own.

    Of an account with several owners, deals of a colleague are the colleague's business.
    """
    owns, deals = p.facts_of("OWNS"), p.opportunities
    mine = np.unique(owns.object[owns.subject == rep])
    sole = mine[~np.isin(mine, owns.object[owns.subject != rep])]
    unowned = (deals.owner < 0) & np.isin(deals.organization, own_accounts(p, rep))
    out: Bools = (deals.owner == rep) | unowned | ((deals.organization >= 0) & np.isin(deals.organization, sole))
    return out


def ours(p: Projection, rep: int | None) -> Bools:
    """Our side: internal people; the rep alone where nobody said who we are."""
    out: Bools = p.entities.internal & (p.entities.label == Label.PERSON) & p.own_known
    if rep is not None:
        out[rep] = True
    return out


# -- value --------------------------------------------------------------------------------------------------------


def account_worth(p: Projection, counted: Bools, params: OutreachParams) -> Worth:
    """Value of each organization: open amounts, else a shrunken mean won amount, else 1 unit.

    Parameters
    ----------
    counted : which opportunities' open amounts count (a rep's own), shape (opportunities,).
    """
    amount, foreign, currency = _comparable(p)
    deals = p.opportunities
    n, known = len(p), deals.organization >= 0
    is_open = (deals.won == Won.OPEN) & known & counted
    given = is_open & np.isfinite(amount)
    total = np.bincount(deals.organization[given], weights=amount[given], minlength=n).astype(np.float64)
    fallback, basis = _expected(p, amount, is_open, params.shrinkage)
    has = total > 0
    converted = np.zeros(n, dtype=bool)
    converted[deals.organization[given & foreign]] = True
    return Worth(
        value=np.where(has, total, fallback),
        basis=np.where(has, int(Basis.OPEN), basis).astype(np.int32),
        converted=converted,
        deals=np.bincount(deals.organization[is_open], minlength=n).astype(np.int64),
        currency=currency,
    )


def _comparable(p: Projection) -> tuple[Floats, Bools, int]:
    """Amounts on the scale of the most frequent currency (NaN where none can be had), which were foreign, and it.

    No exchange rate is known here: an amount in another currency counts as many mean won deals of its own currency.
    """
    deals = p.opportunities
    given = np.isfinite(deals.amount) & (deals.amount > 0)
    amount = np.where(given, deals.amount, np.nan)
    foreign = np.zeros(len(deals), dtype=bool)
    named, counts = np.unique(deals.currency[given & (deals.currency >= 0)], return_counts=True)
    if not len(named):
        return amount, foreign, -1
    main = int(named[np.argmax(counts)])
    won = given & (deals.won == Won.WON)
    home = won & ((deals.currency == main) | (deals.currency < 0))  # an unnamed currency is the usual one
    for code in named.tolist():
        if code != main:
            foreign |= deals.currency == code
            there = won & (deals.currency == code)
            rate = amount[home].mean() / amount[there].mean() if home.any() and there.any() else np.nan
            amount = np.where(deals.currency == code, amount * rate, amount)
    return amount, foreign, main


def _expected(p: Projection, amount: Floats, is_open: Bools, shrinkage: float) -> tuple[Floats, Codes]:
    """Shrunken mean won amount of each organization's product, else industry, else of all; 1 without any."""
    n, deals = len(p), p.opportunities
    won = (deals.won == Won.WON) & np.isfinite(amount)
    if not won.any():
        return np.ones(n), np.full(n, int(Basis.UNIT), dtype=np.int32)
    mean = float(amount[won].mean())
    value, basis = np.full(n, mean), np.full(n, int(Basis.MEAN), dtype=np.int32)
    industry = np.where(deals.organization >= 0, p.entities.industry[deals.organization], -1).astype(np.int32)
    groups = (Basis.SEGMENT, industry, p.entities.industry), (Basis.PRODUCT, deals.product, _product_of(p, is_open))
    for kind, of_deal, of_entity in groups:  # the better basis comes last and wins
        means = _shrunken(of_deal[won], amount[won], mean, shrinkage, len(p.words))
        found = (of_entity >= 0) & np.isfinite(means[of_entity])
        value = np.where(found, means[of_entity], value)
        basis = np.where(found, int(kind), basis).astype(np.int32)
    return value, basis


def _shrunken(group: Codes, amount: Floats, mean: float, shrinkage: float, size: int) -> Floats:
    """Mean amount per group code, drawn towards ``mean`` as if by ``shrinkage`` more deals; NaN without deals."""
    known = group >= 0
    count = np.bincount(group[known], minlength=size + 1).astype(np.float64)
    total = np.bincount(group[known], weights=amount[known], minlength=size + 1)
    return np.where(count > 0, (total + shrinkage * mean) / np.maximum(count + shrinkage, 1e-12), np.nan)


def _product_of(p: Projection, is_open: Bools) -> Codes:
    """Product of each organization's newest open opportunity, else of its newest one; -1 unknown."""
    deals = p.opportunities
    out = np.full(len(p), -1, dtype=np.int32)
    known = (deals.organization >= 0) & (deals.product >= 0)
    order = np.lexsort((-deals.entity.astype(np.int64), deals.created, is_open))
    for i in order[known[order]].tolist():
        out[deals.organization[i]] = deals.product[i]
    return out


def contacts_with(p: Projection, us: Bools) -> Ints:
    """Contacts with at least one of us; those of all our people are found once per graph."""
    x, ours = p.interactions, p.entities.internal
    if us[~ours].any():
        return np.flatnonzero(contacts(p) & (us[x.actor] | us[x.target]))
    kept = p.derived.get(OUR_CONTACTS)
    if not isinstance(kept, np.ndarray):
        kept = p.derived[OUR_CONTACTS] = np.flatnonzero(contacts(p) & (ours[x.actor] | ours[x.target]))
    out: Ints = kept[us[x.actor[kept]] | us[x.target[kept]]]
    return out


# -- touches --------------------------------------------------------------------------------------------------------


def touches(p: Projection, us: Bools, params: OutreachParams) -> Touches:
    """Touches by our people (all of them, the rep included) and the fatigue they cause.

    Fatigue = 1 - exp(-touches / 12 - (colleagues - 1) / 3), 0 where the contact acted last: it then waits for us.
    """
    x, n = p.interactions, len(p)
    rows = _across(p, us)
    by_us = us[x.actor[rows]]
    sent, came = rows[by_us], rows[~by_us]
    recent = sent[np.searchsorted(x.time[sent], p.as_of - int(params.fatigue_days * DAY), side="right") :]
    count = _distinct(x.target[recent], x.key[recent], n)
    people = _distinct(x.target[recent], x.actor[recent].astype(np.int64), n)
    last_sent, last_came = _latest(x.target[sent], sent, n), _latest(x.actor[came], came, n)
    wrote_last = (last_came > last_sent) & (last_came >= 0)
    said = replace(p, interactions=take(x, last_came[wrote_last]))
    wrote_last[wrote_last] = ~is_kind(said, SELF_SERVICE)
    load = count / params.fatigue_touches + np.maximum(people - 1, 0) / params.fatigue_colleagues
    newest = np.maximum(last_sent, last_came)
    return Touches(
        touches=count,
        colleagues=people,
        wrote_last=wrote_last,
        last=np.where(newest >= 0, x.time[newest], 0) if len(x) else np.zeros(n, dtype=np.int64),
        fatigue=np.where(wrote_last, 0.0, -np.expm1(-load)),
    )


def _across(p: Projection, us: Bools) -> Ints:
    """Contacts between one of us and somebody else."""
    rows = contacts_with(p, us)
    out: Ints = rows[us[p.interactions.actor[rows]] != us[p.interactions.target[rows]]]
    return out


def _distinct(group: Index, item: Ints, n: int) -> Ints:
    """How many different items each group has."""
    order = np.lexsort((item, group))
    g, i = group[order], item[order]
    if not len(g):
        return np.zeros(n, dtype=np.int64)
    first = np.r_[True, (g[1:] != g[:-1]) | (i[1:] != i[:-1])]
    return np.bincount(g[first], minlength=n).astype(np.int64)


def _latest(group: Index, rows: Ints, n: int) -> Ints:
    """The last row of each group, -1 where it has none; rows are in time order."""
    out = np.full(n, -1, dtype=np.int64)
    out[group] = rows  # of repeated groups the last row stays
    return out


def unanswered(p: Projection, us: Bools, person: int) -> tuple[int, float]:
    """Messages of ours to a person since they last acted towards us, and how many days ago that was.

    A meeting, call or visit is an act of both. (0, nan) where the person never acted: nobody waits for an answer then.
    """
    x = p.interactions
    rows = np.flatnonzero(contacts(p) & ((us[x.actor] & (x.target == person)) | ((x.actor == person) & us[x.target])))
    both = is_kind(p, MUTUAL_KINDS)[rows]
    acts = rows[(x.actor[rows] == person) | both]
    if not len(acts):
        return 0, float("nan")
    last = int(x.time[acts].max())
    since = rows[(x.time[rows] > last) & (x.target[rows] == person)]
    return len(np.unique(x.key[since])), float(p.age_days(np.array([last]))[0])


# -- chances ----------------------------------------------------------------------------------------------------------


def chances(p: Projection, scores: Mapping[str, Scores], us: Bools, params: OutreachParams) -> Chances:
    """P(active) of every person's best tie with us, now and if touched now; implied by models, not measured.

    Now: the model behind ``active``, where it has none a published curve over the days of silence. Touched: a touch
    works beside whatever would have happened without it, as often as such silences were answered in the past
    (:mod:`algorithms.response`). Beyond half a year of silence it works half as often for every further half year:
    too few have been tried.
    """
    last, partner, waiting = _last_contact(p, us)
    met = last > 0
    days = np.where(met, np.maximum(p.as_of - last, 0) / DAY, 0.0)
    now = np.where(met, sigmoid(params.active_today - params.silence * np.log1p(days / 7.0)), params.never)
    grounds = np.where(met, int(Grounds.PRIOR), int(Grounds.NEVER)).astype(np.int32)
    answers = response(p)
    found = _modelled(scores)
    if found is not None:
        a, b, chance = found
        side = us[a] != us[b]
        who, mate, chance = np.where(us[a], b, a)[side], np.where(us[a], a, b)[side], chance[side]
        order = np.lexsort((-mate, chance))  # per contact the likeliest tie comes last and stands; then the first mate
        who, mate = who[order], mate[order]
        now[who], partner[who] = chance[order], mate
        grounds[who] = int(Grounds.MODEL if answers.measured else Grounds.SHIFTED)
    fresh = np.where(waiting, 1.0, np.minimum(1.0, days / params.rest_days))  # twice in a week is hardly once more
    rate = fresh * answers.rate(days) * np.exp2(-np.maximum(days / params.reach_days - 1.0, 0.0))
    touched = np.where(met, 1.0 - (1.0 - now) * (1.0 - rate), params.never_touched)
    return Chances(now, touched, grounds, partner, np.where(met, days, np.nan))


def _last_contact(p: Projection, us: Bools) -> tuple[Ints, Index, Bools]:
    """Per person the time of the last contact with one of us [us], 0 = never, with whom (-1), and was it their act?"""
    x, n = p.interactions, len(p)
    rows = _across(p, us)
    other = np.where(us[x.actor[rows]], x.target[rows], x.actor[rows])
    newest = _latest(other, rows, n)
    if not len(x):
        return np.zeros(n, dtype=np.int64), np.full(n, -1, dtype=np.int32), np.zeros(n, dtype=bool)
    theirs, seen = ~us[x.actor[newest]], newest >= 0
    mate = np.where(theirs, x.target[newest], x.actor[newest])
    return np.where(seen, x.time[newest], 0), np.where(seen, mate, -1).astype(np.int32), theirs & seen


def _modelled(scores: Mapping[str, Scores]) -> tuple[Index, Index, Floats] | None:
    """P(active) of ties by the model: of the score ``active``, else of the column beside ``relationship_health``."""
    table = scores.get("active") or scores.get("relationship_health")
    if table is None or table.b is None:
        return None
    value = table.value if table.name == "active" else table.beside.get("active")
    if value is None:
        return None
    keep = np.flatnonzero(np.isfinite(value.astype(np.float64)))
    return table.a[keep], table.b[keep], value[keep].astype(np.float64)


# -- ties and channels ---------------------------------------------------------------------------------------------


def warm_contacts(p: Projection, scores: Mapping[str, Scores], us: Bools) -> tuple[Ints, Floats, Index]:
    """Per organization its people with a warm tie to us; per person the strongest tie with us and whose it is (-1).

    Without tie strengths no tie is warm, and whose tie it is goes by the last contact.
    """
    n, strength = len(p), scores.get("tie_strength")
    best, (_, mate, _) = np.zeros(n), _last_contact(p, us)
    if strength is not None and strength.b is not None:
        side = np.flatnonzero((us[strength.a] != us[strength.b]) & (strength.value > 0))
        a, b, value = strength.a[side], strength.b[side], strength.value[side]
        who, ally = np.where(us[a], b, a), np.where(us[a], a, b)
        order = np.lexsort((-ally, value))
        best[who[order]], mate[who[order]] = value[order], ally[order]
    e = p.entities
    warm = (best >= WARM) & (e.organization >= 0) & ~e.left
    return np.bincount(e.organization[warm], minlength=n).astype(np.int64), best, mate


def best_channel(p: Projection, us: Bools, person: int) -> int:
    """Word code of the channel in which a person wrote to us most, the last year before all of time; -1 if never."""
    x = p.interactions
    rows = np.flatnonzero((x.actor == person) & us[x.target] & (x.channel >= 0))
    recent = rows[x.time[rows] > p.as_of - 365 * DAY]
    rows = recent if len(recent) else rows
    if not len(rows):
        return -1
    _, first = np.unique(x.key[rows], return_index=True)
    codes, counts = np.unique(x.channel[rows[first]], return_counts=True)
    return int(codes[np.argmax(counts)])
