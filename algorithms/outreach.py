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
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.our_contacts import Last, best_tie, contacts_around, last_contacts
from algorithms.response import response
from graphsvc.kernels.metrics import sigmoid
from graphsvc.kernels.ties import contacts, is_kind
from graphsvc.model import MUTUAL_KINDS, Label, Won
from graphsvc.projection import DAY, Bools, Codes, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

SELF_SERVICE = frozenset({"download", "share", "event"})  # acts of a contact that wait for no answer
TOUCHES, WARMTH = "touches", "warm contacts"  # among what a Projection keeps
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


# -- touches --------------------------------------------------------------------------------------------------------


def touches(p: Projection, us: Bools, params: OutreachParams) -> Touches:
    """Touches by our people (all of them, the rep included) and the fatigue they cause; kept for the next list.

    Fatigue = 1 - exp(-touches / 12 - (colleagues - 1) / 3), 0 where the contact acted last: it then waits for us.
    """
    told = (params.fatigue_days, params.fatigue_touches, params.fatigue_colleagues)
    kept = p.derived.get(TOUCHES)
    if isinstance(kept, tuple) and kept[0] == told and np.array_equal(kept[1], us):
        found: Touches = kept[2]
        return found
    made = _touches(p, us, params)
    p.derived[TOUCHES] = (told, us.copy(), made)
    return made


def _touches(p: Projection, us: Bools, params: OutreachParams) -> Touches:
    x, n, last = p.interactions, len(p), last_contacts(p, us)
    recent = _recent(p, us, p.as_of - int(params.fatigue_days * DAY))
    count = _distinct(x.target[recent], x.key[recent], n)
    people = _distinct(x.target[recent], x.actor[recent].astype(np.int64), n)
    waits = last.met[last.came[last.met] > last.sent[last.met]]
    waits = waits[~is_kind(p, SELF_SERVICE, rows=last.came[waits])]
    wrote_last, fatigue, newest = np.zeros(n, dtype=bool), np.zeros(n), np.zeros(n, dtype=np.int64)
    wrote_last[waits] = True
    tired = np.flatnonzero((count > 0) & ~wrote_last)
    load = count[tired] / params.fatigue_touches + np.maximum(people[tired] - 1, 0) / params.fatigue_colleagues
    fatigue[tired] = -np.expm1(-load)
    newest[last.met] = x.time[last.newest[last.met]]
    return Touches(count, people, wrote_last, newest, fatigue)


def _recent(p: Projection, us: Bools, since: int) -> Ints:
    """Contacts in which one of us reached somebody else, later than a time [us]."""
    x, rows = p.interactions, contacts_around(p, us)
    rows = rows[int(np.searchsorted(rows, np.searchsorted(x.time, since, side="right"))) :]
    out: Ints = rows[us[x.actor[rows]] & ~us[x.target[rows]]]
    return out


def _distinct(group: Index, item: Ints, n: int) -> Ints:
    """How many different items each group has."""
    order = np.lexsort((item, group))
    g, i = group[order], item[order]
    if not len(g):
        return np.zeros(n, dtype=np.int64)
    first = np.r_[True, (g[1:] != g[:-1]) | (i[1:] != i[:-1])]
    return np.bincount(g[first], minlength=n).astype(np.int64)


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


def chances(
    p: Projection, scores: Mapping[str, Scores], us: Bools, params: OutreachParams, last: Last | None = None
) -> Chances:
    """P(active) of every person's best tie with us, now and if touched now; implied by models, not measured.

    Now: the model behind ``active``, where it has none a published curve over the days of silence. Touched: a touch
    works beside whatever would have happened without it, as often as such silences were answered in the past
    (:mod:`algorithms.response`). Beyond half a year of silence it works half as often for every further half year:
    too few have been tried. ``last`` are the last contacts of ``us``, where they are at hand.
    """
    n, (who, time, mate, waiting) = len(p), _last_contact(p, last or last_contacts(p, us))
    met = time > 0
    some, days = who[met], np.maximum(p.as_of - time[met], 0) / DAY
    now, touched, silent = np.full(n, params.never), np.full(n, params.never_touched), np.full(n, np.nan)
    grounds, partner = np.full(n, int(Grounds.NEVER), dtype=np.int32), np.full(n, -1, dtype=np.int32)
    now[some] = sigmoid(params.active_today - params.silence * np.log1p(days / 7.0))
    grounds[some], partner[who], silent[some] = int(Grounds.PRIOR), mate, days
    answers = response(p)
    chance, ally = _modelled(scores, us)
    known = np.flatnonzero(ally >= 0)
    now[known], partner[known] = chance[known], ally[known]
    grounds[known] = int(Grounds.MODEL if answers.measured else Grounds.SHIFTED)
    fresh = np.where(waiting[met], 1.0, np.minimum(1.0, days / params.rest_days))  # twice in a week is hardly once more
    rate = fresh * answers.rate(days) * np.exp2(-np.maximum(days / params.reach_days - 1.0, 0.0))
    touched[some] = 1.0 - (1.0 - now[some]) * (1.0 - rate)
    return Chances(now, touched, grounds, partner, silent)


def _last_contact(p: Projection, last: Last) -> tuple[Ints, Ints, Index, Bools]:
    """Who had contact with one of us; the time of the last one [us], with whom of us, and was it their act?"""
    x = p.interactions
    rows, theirs = last.newest[last.met], last.came[last.met] > last.sent[last.met]
    return last.met, x.time[rows], np.where(theirs, x.target[rows], x.actor[rows]), theirs


def _modelled(scores: Mapping[str, Scores], us: Bools) -> tuple[Floats, Index]:
    """P(active) of everybody's likeliest tie with us by the model, and whose it is (-1).

    By the score ``active``, else by the column beside ``relationship_health``.
    """
    table = scores.get("active") or scores.get("relationship_health")
    value = None if table is None else table.value if table.name == "active" else table.beside.get("active")
    if table is None or table.b is None or value is None:
        return np.zeros(len(us)), np.full(len(us), -1, dtype=np.int32)
    return best_tie(table, value.astype(np.float64, copy=False), us, -np.inf)


# -- ties and channels ---------------------------------------------------------------------------------------------


def warm_contacts(p: Projection, scores: Mapping[str, Scores], us: Bools) -> tuple[Ints, Index]:
    """Per organization its people with a warm tie to us; per person whose their strongest tie with us is (-1).

    Without tie strengths no tie is warm, and whose tie it is goes by the last contact. Kept for the next list.
    """
    strength, kept = scores.get("tie_strength"), p.derived.get(WARMTH)
    if isinstance(kept, tuple) and kept[0] is strength and np.array_equal(kept[1], us):
        found: tuple[Ints, Index] = kept[2]
        return found
    made = _warm_contacts(p, strength, us)
    p.derived[WARMTH] = (strength, us.copy(), made)
    return made


def _warm_contacts(p: Projection, strength: Scores | None, us: Bools) -> tuple[Ints, Index]:
    e, n, (who, _, last, _) = p.entities, len(p), _last_contact(p, last_contacts(p, us))
    mate = np.full(n, -1, dtype=np.int32)
    mate[who] = last
    if strength is None or strength.b is None:
        return np.zeros(n, dtype=np.int64), mate
    best, ally = best_tie(strength, strength.value, us, 0.0)
    warm = np.flatnonzero((best >= WARM) & (e.organization >= 0) & ~e.left)
    return np.bincount(e.organization[warm], minlength=n).astype(np.int64), np.where(ally >= 0, ally, mate)


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
