"""Planted truths about organizations: referrals, a shared pain, inflated relationships, a pivot and a lighthouse."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np

from graphsvc.sample import words
from graphsvc.sample.cast import Cast
from graphsvc.sample.company import make_deal
from graphsvc.sample.plans import Plan, shares, weekly
from graphsvc.sample.rows import KIND, draft


def referral_star(cast: Cast) -> dict[str, Any]:
    """A customer's director who referred six organizations, each of which became a won deal."""
    org = cast.organization()
    person = cast.role(org, "Production Manager")
    rep = cast.company.orgs[org].owner
    cast.talk(rep, person, Plan(weekly(20, cast.last, 11), answer=0.85))
    days = np.linspace(120, 520, 6)
    referred = [_refer(cast, person, float(day), won=True) for day in days]
    return {
        "person": cast.who(person),
        "organization": cast.account(org),
        "rep": cast.mail(rep),
        "referred": referred,
        "decoys": [_empty_promises(cast)],
    }


def _refer(cast: Cast, person: int, day: float, won: bool) -> dict[str, Any]:
    """One referral and, where ``won``, the deal that came of it."""
    org = cast.organization("customer" if won else "prospect", 4)
    cast.book.refer(person, org, day)
    told = {"organization": cast.account(org), "time": cast.when(day)}
    cast.company.deals = [d for d in cast.company.deals if d.account != org]
    if not won:
        return told
    deal = make_deal(cast.rng, cast.company, org, day + float(cast.rng.uniform(12, 35)))
    deal.closed, deal.won, deal.stage = deal.created + float(cast.rng.uniform(60, 120)), True, "Closed Won"
    cast.company.deals.append(deal)
    return told | {"won": cast.when(deal.closed), "amount": deal.amount, "currency": _currency(cast, org)}


def _currency(cast: Cast, org: int) -> str:
    return cast.company.orgs[org].region.currency


def _empty_promises(cast: Cast) -> dict[str, Any]:
    """As many names dropped, but no deal came of any."""
    person = cast.role(cast.organization(), "Vice President Supply Chain")
    named = [_refer(cast, person, float(day), won=False) for day in np.linspace(150, 600, 6)]
    why = "named six organizations, no deal with any"
    return cast.who(person) | {"referred": [n["organization"]["key"] for n in named], "why": why}


def supply_chain(cast: Cast) -> dict[str, Any]:
    """Seven organizations that supply one another in a row and all have one pain."""
    chain = [cast.organization("customer" if k % 3 else "prospect", 4) for k in range(7)]
    for k, (a, b) in enumerate(pairwise(chain)):
        cast.book.say(cast.domain(a), "SUPPLIES", cast.domain(b), -300.0 + 40 * k)
    for k, org in enumerate(chain):
        cast.book.say(cast.domain(org), "HAS_PAIN", words.CHAIN_TOPIC, 90.0 + 70 * k)
    return {"topic": words.CHAIN_TOPIC, "organizations": [cast.domain(o) for o in chain]}


def inflated(cast: Cast) -> dict[str, Any]:
    """Three organizations with many signals from us and hardly any of their own: below the signal threshold."""
    return {"organizations": [_inflate(cast) for _ in range(3)]}


def _inflate(cast: Cast) -> dict[str, Any]:
    org = cast.organization(at_least=12, plain=True)
    people, staff = cast.ordinary(org, 10), list(cast.company.team_of(0))
    pairs = [(int(cast.rng.choice(staff)), int(cast.rng.choice(people))) for _ in range(150)]
    for ours, theirs in sorted(set(pairs))[:40]:
        cast.book.say(cast.mail(ours), "KNOWS", cast.mail(theirs), float(cast.rng.uniform(0, cast.last - 20)))
    _broadcast(cast, pairs)
    voluntary = [(people[k], people[k + 1], int(cast.works[k])) for k in range(2)]
    shares(cast.rng, cast.company, cast.ledger, voluntary)
    adopters = _cascade(cast, people[5], 2, 2, start=200.0)
    return cast.account(org) | {
        "declared_knows": min(40, len(set(pairs))),
        "voluntary_shares": len(voluntary),
        "adopting_organizations": sorted({cast.company.domain_of(p) for p in adopters}),
        "referrals": 0,
    }


def _broadcast(cast: Cast, pairs: list[tuple[int, int]]) -> None:
    """Mails and shares from us that nobody asked for and nobody answers."""
    ours, theirs = (np.array(side) for side in zip(*pairs, strict=True))
    day = cast.company.calendar.days(cast.rng.random(len(pairs)), np.zeros(len(pairs)), np.full(len(pairs), 731.0))
    kind = np.where(cast.rng.random(len(pairs)) < 0.2, KIND["share"], KIND["mail"])
    rows = draft(cast.company.calendar.moments(cast.rng, day, cast.company.people.offset[ours]), ours, theirs, kind)
    rows["object"] = np.where(kind == KIND["share"], cast.works[np.arange(len(pairs)) % len(cast.works)], -1)
    cast.ledger.add(rows)


def _cascade(cast: Cast, author: int, n: int, orgs: int, start: float) -> list[int]:
    """A work of ``author`` that ``n`` followers at ``orgs`` other organizations take up, one after another."""
    kind = ("design", "paper", "solution")[int(cast.rng.integers(0, 3))]
    work = cast.book.publish(author, kind, start, words.TOPICS[int(cast.rng.integers(0, 14))])
    adopters = cast.crowd(n, orgs)
    days = start + 30 + np.sort(cast.rng.uniform(0, cast.last - start - 45, len(adopters)))
    for person, day in zip(adopters, days.tolist(), strict=True):
        cast.book.follow(person, author, day - float(cast.rng.uniform(6, 24)))
        cast.book.adopt(person, work, day)
    return adopters


def pivot(cast: Cast) -> dict[str, Any]:
    """An organization whose people's works spread widely, that refers, supplies and shares: invest."""
    org = cast.organization(at_least=12, plain=True)
    people = cast.ordinary(org, 8)
    adopters = [p for k in range(3) for p in _cascade(cast, people[k], 9, 9, start=80.0 + 60 * k)]
    others = cast.crowd(8, 8)
    shares(cast.rng, cast.company, cast.ledger, [(people[k % 5], o, int(cast.works[k])) for k, o in enumerate(others)])
    for k in range(2):
        cast.book.say(cast.mail(people[k]), "SHARED", cast.book.works[int(cast.works[k + 9])].key, 300.0 + 40 * k)
    supplied = [cast.organization("customer", 3) for _ in range(6)]
    for k, other in enumerate(supplied):
        cast.book.say(cast.domain(org), "SUPPLIES", cast.domain(other), -200.0 + 30 * k)
    referred = [_refer(cast, people[6], day, won=True)["organization"]["key"] for day in (240.0, 430.0)]
    return {
        "organization": cast.account(org),
        "authors": cast.mails(people[:3]),
        "adopting_organizations": sorted({cast.company.domain_of(p) for p in adopters}),
        "voluntary_shares": len(others) + 2,
        "supplied": [cast.domain(o) for o in supplied],
        "referred": referred,
    }


def lighthouse(cast: Cast) -> dict[str, Any]:
    """A customer we know in depth and won three times, with little reach of its own: serve and show."""
    org = cast.organization(at_least=14, plain=True)
    cast.company.deals = [d for d in cast.company.deals if d.account != org]
    for day, amount in ((40.0, 2_600_000.0), (260.0, 3_900_000.0), (470.0, 3_100_000.0)):
        deal = make_deal(cast.rng, cast.company, org, day)
        deal.closed, deal.won, deal.stage, deal.amount = day + 95, True, "Closed Won", amount
        cast.company.deals.append(deal)
    staff = cast.company.staff
    team = [
        cast.company.orgs[org].owner,
        staff("presales")[2],
        staff("service")[2],
        staff("service")[3],
        staff("exec")[1],
    ]
    people = cast.ordinary(org, 9)
    kinds = ("meeting", "mail", "call", "chat", "visit", "mail", "ticket", "chat")
    for k, contact in enumerate(people):
        for colleague in (team[k % 5], team[(k + 2) % 5]):
            plan = Plan(weekly(20 + 2 * k, cast.last, 6), kinds, 0.9, 0.45, topic="Shop-floor data")
            cast.talk(colleague, contact, plan)
    inside = [
        (people[0], people[1], 0),
        (people[2], people[3], 1),
        (people[4], people[5], 2),
        (people[1], people[6], 3),
    ]
    shares(cast.rng, cast.company, cast.ledger, [(a, b, int(cast.works[w])) for a, b, w in inside])
    return {
        "organization": cast.account(org),
        "contacts": cast.mails(people),
        "won_deals": 3,
        "voluntary_shares": len(inside),
    }
