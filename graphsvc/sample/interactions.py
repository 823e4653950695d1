"""From ties to interactions: rhythms, bursts around deals, answers, copies, groups, salons, downloads and shares."""

from __future__ import annotations

import numpy as np

from graphsvc.model import Role
from graphsvc.sample import words
from graphsvc.sample.calendar import DAY, DAYS
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Bools, Ints, heavy, pick
from graphsvc.sample.lives import ONE_SIDED, Ties, days_of_life, take
from graphsvc.sample.rows import CHANNEL, KIND, MUTUAL, Ledger, Rows, draft
from graphsvc.sample.ties import ACROSS, CLIENT, COLLEAGUES, all_ties, colleague_of

# Shares of what a tie begins: mail, chat, call, meeting, visit, ticket.
_MIX_KINDS = np.array([KIND[k] for k in ("mail", "chat", "call", "meeting", "visit", "ticket")])
_MIX = np.array(
    [
        [0.46, 0.27, 0.12, 0.10, 0.03, 0.02],  # client, Chinese-speaking
        [0.66, 0.05, 0.14, 0.11, 0.02, 0.02],  # client, elsewhere
        [0.30, 0.50, 0.10, 0.10, 0.00, 0.00],  # contacts among themselves
        [0.40, 0.35, 0.10, 0.15, 0.00, 0.00],  # own staff
    ]
)


def background(rng: np.random.Generator, company: Company, ledger: Ledger, scale: float) -> Ties:
    """Everything that happens by chance; ``scale`` 1 gives about 200,000 rows in all. Gives our ties with contacts."""
    ties = all_ties(rng, company, min(1.0, 4000 * scale / len(company.people)))
    _happen(rng, company, ledger, *days_of_life(rng, company.calendar, ties))
    _fall_silent(company, ledger, ties)
    clients = take(ties, np.flatnonzero(ties.sort == CLIENT))
    _deal_bursts(rng, company, ledger, clients)
    _chat_groups(rng, company, ledger, round(40 * scale))
    _salons(rng, company, ledger, round(26 * max(scale, 0.3)))
    return clients


def _fall_silent(company: Company, ledger: Ledger, ties: Ties) -> None:
    """Contacts of one-sided ends do nothing towards our side any more, unless they write once at last."""
    gone = take(ties, np.flatnonzero((ties.fate == ONE_SIDED) & ~ties.revived & (ties.stop < DAYS)))
    ledger.silence(gone.a, gone.b, company.calendar.zero + (gone.stop * DAY).astype(np.int64))


def _happen(rng: np.random.Generator, company: Company, ledger: Ledger, ties: Ties, day: Ints) -> None:
    """One interaction per entry of ``ties`` on its day, with answers and further participants."""
    people = company.people
    forward = rng.random(len(ties)) < ties.ours
    actor, target = np.where(forward, ties.a, ties.b), np.where(forward, ties.b, ties.a)
    mix = np.where(ties.sort == CLIENT, np.where(people.chinese[ties.b], 0, 1), np.where(ties.sort == COLLEAGUES, 3, 2))
    kind = np.where(rng.random(len(ties)) < 0.35, _MIX_KINDS[ties.prefer], _kinds(rng, mix))
    kind = np.where(ties.silent & np.isin(kind, MUTUAL), KIND["mail"], kind)  # nobody meets who does not answer
    rows = draft(company.calendar.moments(rng, day, people.offset[actor]), actor, target, kind)
    rows["channel"] = np.where((ties.sort == ACROSS) & (kind == KIND["chat"]), CHANNEL["community"], rows["channel"])
    _about(rng, company, rows)
    rows = ledger.add(rows)
    answers = ledger.answer(rng, rows, ties.answer)
    ledger.answer(rng, answers, 0.3)
    _copies(rng, company, ledger, rows)


def _kinds(rng: np.random.Generator, mix: Ints) -> Ints:
    edges = np.cumsum(_MIX, axis=1)[mix]
    column = (rng.random(len(mix))[:, None] > edges).sum(axis=1)
    kinds: Ints = _MIX_KINDS[np.minimum(column, _MIX.shape[1] - 1)]
    return kinds


def _about(rng: np.random.Generator, company: Company, rows: Rows) -> None:
    """Topic and relevance where a channel measures them: some of the meetings, calls, visits and chats."""
    n = len(rows)
    measured = rng.random(n) < np.where(rows["kind"] == KIND["mail"], 0.1, 0.45)
    favourite = (company.people.org[rows["target"]] * 7 + company.people.org[rows["actor"]] * 3) % len(words.TOPICS)
    topic = np.where(rng.random(n) < 0.7, favourite, rng.integers(0, len(words.TOPICS), n))
    rows["topic"] = np.where(measured, topic, -1)
    rows["relevance"] = np.where(measured, np.round(rng.beta(3.2, 2.0, n), 2), np.nan)


def _copies(rng: np.random.Generator, company: Company, ledger: Ledger, rows: Rows) -> None:
    """Colleagues in cc of mails, further attendees of meetings, from either side.

    Three pairs in ten do this, and then with the same colleague of either side again and again.
    """
    usual, reserved = companions(company), company.people.reserved
    habit = (rows["actor"].astype(np.int64) + rows["target"]) * 2_654_435_761 // 4096 % 10
    mail, meeting = rows["kind"] == KIND["mail"], rows["kind"] == KIND["meeting"]
    for k, (chance_mail, chance_meeting) in enumerate(((0.45, 0.9), (0.2, 0.6))):
        chance = np.where(mail, chance_mail, np.where(meeting, chance_meeting, 0.0)) * (habit < 3 - k)
        some = rows[rng.random(len(rows)) < chance]
        brings = (np.maximum if k == 0 else np.minimum)(some["actor"], some["target"])  # contacts come after own staff
        extra = usual[brings]
        fit = ~reserved[extra] & (extra != some["actor"]) & (extra != some["target"])
        some, extra = some[fit], extra[fit]
        cc = some["kind"] == KIND["mail"]
        ledger.join(some[cc], extra[cc], Role.CC)
        ledger.join(some[~cc], extra[~cc], Role.ATTENDEE)


def companions(company: Company) -> Ints:
    """The colleague each person brings along: the next one of the same organization."""
    first, stop = np.array([o.people for o in company.orgs])[company.people.org].T
    out: Ints = first + (np.arange(len(first)) - first + 1) % (stop - first)
    return out


def _deal_bursts(rng: np.random.Generator, company: Company, ledger: Ledger, ties: Ties) -> None:
    """While a deal is open, its account's ties are livelier, most of all near the close."""
    org = company.people.org[ties.b]
    order = np.argsort(org, kind="stable")
    low, high = np.searchsorted(org[order], (np.arange(len(company.orgs)), np.arange(len(company.orgs)) + 1))
    index, days = [], []
    for deal in company.deals:
        of_account = order[low[deal.account] : high[deal.account]]
        chosen = of_account[rng.random(len(of_account)) < 0.35]
        busy = np.repeat(chosen, rng.poisson(2.2, len(chosen)))
        index.append(busy)
        span = min(deal.closed, DAYS - 1.0) - deal.created
        days.append(deal.created + span * rng.beta(2.0, 1.2, len(busy)))
    day = np.concatenate(days)
    events = take(ties, np.concatenate(index))
    alive = (day >= events.start) & (day < events.stop)
    _happen(rng, company, ledger, take(events, np.flatnonzero(alive)), company.calendar.workday(day[alive]))


def spread(rng: np.random.Generator, company: Company, n: int, host: int) -> Ints:
    """Moments over the two years, in office hours of one person."""
    day = company.calendar.days(rng.random(n), np.zeros(n), np.full(n, float(DAYS)))
    return company.calendar.moments(rng, day, np.full(n, company.people.offset[host]))


def reachable(company: Company) -> Bools:
    """Contacts that chance may touch."""
    mask: Bools = ~company.people.internal & ~company.people.reserved
    return mask


def _chat_groups(rng: np.random.Generator, company: Company, ledger: Ledger, n: int) -> None:
    """WeCom groups across customers: every message reaches all members."""
    people = company.people
    weight = np.where(reachable(company) & people.chinese, people.activity, 0.0)
    hosts = company.staff("marketing") + company.staff("presales")
    for k in range(n):
        members = np.unique(np.r_[hosts[k % len(hosts)], pick(rng, weight, int(rng.integers(6, 16)))])
        times = spread(rng, company, int(rng.poisson(16)), int(members[0]))
        speaker = members[pick(rng, heavy(rng, len(members), 1.0), len(times))]
        first = members[(np.searchsorted(members, speaker) + 1) % len(members)]
        rows = draft(times, speaker, first, KIND["chat"])
        rows["topic"] = k % len(words.TOPICS)
        rows = ledger.add(rows)
        for other in members:
            ledger.join(rows, np.full(len(rows), other), Role.TO)


def _salons(rng: np.random.Generator, company: Company, ledger: Ledger, n: int) -> None:
    """Events of ours: one organizer, 25 to 60 attendees."""
    hosts = company.staff("marketing")
    weight = np.where(reachable(company), np.sqrt(company.people.activity), 0.0)
    for k, time in enumerate(np.sort(spread(rng, company, n, hosts[0]))):
        guests = np.unique(pick(rng, weight, int(rng.integers(25, 60))))
        host = np.full(1, hosts[k % len(hosts)])
        rows = draft(np.full(1, time), host, guests[:1], KIND["event"])
        rows["topic"], rows["role"] = k % len(words.TOPICS), Role.ATTENDEE
        rows = ledger.add(rows)
        ledger.join(np.repeat(rows, len(guests)), guests, Role.ATTENDEE)


def downloads(rng: np.random.Generator, company: Company, ledger: Ledger, works: Ints, n: int, ties: Ties) -> None:
    """Contacts take our papers from the site, most while their tie with us lives; their account's owner is told."""
    people, owners = company.people, np.array([o.owner for o in company.orgs])
    known = np.flatnonzero((ties.a == owners[people.org[ties.b]]) & ~people.reserved[ties.b])
    tie = known[pick(rng, people.activity[ties.b[known]] * (ties.stop - ties.start)[known], n - n // 5)]
    strangers = pick(rng, np.where(reachable(company), people.activity, 0.0), n // 5)
    who = np.r_[ties.b[tie], strangers]
    start, stop = np.r_[ties.start[tie], np.zeros(n // 5)], np.r_[ties.stop[tie], np.full(n // 5, float(DAYS))]
    day = company.calendar.days(rng.random(n), start, stop)
    times = company.calendar.moments(rng, day, people.offset[who])
    rows = draft(times, who, owners[people.org[who]], KIND["download"])
    rows["object"] = works[pick(rng, 1.0 / (np.arange(len(works)) + 3.0), n)]
    ledger.add(rows)


def pass_on(rng: np.random.Generator, company: Company, ledger: Ledger, works: Ints, n: int) -> None:
    """A few contacts pass our works on to others, unasked; nobody does at organizations with planted signals."""
    plain = np.array([o.plain for o in company.orgs])[company.people.org]
    weight = np.where(reachable(company) & ~plain, company.people.activity**2, 0.0)
    who = pick(rng, weight * (rng.random(len(weight)) < 0.06), n)
    near = rng.random(n) < 0.4
    to = np.where(
        near, colleague_of(rng, company, who), pick(rng, np.where(reachable(company), company.people.activity, 0.0), n)
    )
    to = np.where(company.people.reserved[to], who, to)  # dropped as self-addressed
    rows = draft(spread(rng, company, n, 0), who, to, KIND["share"])
    rows["object"] = works[pick(rng, np.ones(len(works)), n)]
    ledger.add(rows)
