"""Planted truths about people: influence, ties that live, fade or are one-way, a path, a leaver, an overload."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphsvc.sample.cast import Cast
from graphsvc.sample.company import make_deal
from graphsvc.sample.plans import Plan, weekly

ADOPTERS = 23


def hidden_influencer(cast: Cast) -> dict[str, Any]:
    """A CTO without a buying role whose design 23 peers adopt after following or meeting, one by one."""
    org = cast.organization()
    cto = cast.role(org, "Chief Technology Officer")
    design = cast.book.publish(cto, "design", 110.0, "Predictive maintenance")
    adopters = cast.crowd(ADOPTERS, 15)
    cast.rng.shuffle(adopters)
    days = np.linspace(150, cast.last - 18, ADOPTERS) + cast.rng.uniform(-8, 8, ADOPTERS)
    for k, (person, day) in enumerate(zip(adopters, days.tolist(), strict=True)):
        _learn(cast, person, cto, day)
        cast.book.adopt(person, design, day)
        if k % 4 == 3:  # some saw it at a peer's too
            cast.book.follow(person, adopters[k - 3], float(days[k - 3]) + 5)
    waiting = cast.crowd(30, 20)
    for person in waiting:
        cast.book.follow(person, cto, float(cast.rng.uniform(200, cast.last - 10)))
    cast.talk(cast.company.orgs[org].owner, cto, Plan(weekly(40, cast.last - 9, 30), ("mail", "meeting"), 0.8, 0.4))
    for colleague in cast.ordinary(org, 3):
        cast.talk(cto, colleague, Plan(weekly(20, cast.last, 16), ("chat", "meeting"), 0.7, 0.5))
    return {
        "person": cast.who(cto),
        "work": cast.book.works[design].key,
        "adopters": [{"key": cast.mail(p), "time": cast.when(d)} for p, d in zip(adopters, days.tolist(), strict=True)],
        "organizations": sorted({cast.company.domain_of(p) for p in adopters}),
        "followers_waiting": cast.mails(waiting),
        "decoys": [_busy_vice_president(cast), _fashion(cast)],
    }


def _learn(cast: Cast, person: int, author: int, adopted: float) -> None:
    """Follow the author some weeks before adopting, and meet or chat in between."""
    followed = adopted - float(cast.rng.uniform(12, 32))
    cast.book.follow(person, author, followed)
    kind = ("meeting", "chat", "event")[int(cast.rng.integers(0, 3))]
    cast.talk(author, person, Plan([followed + 4, adopted - 3], (kind, "chat"), 0.9, 0.3))


def _busy_vice_president(cast: Cast) -> dict[str, Any]:
    """Many mails and many followers, but nobody ever took up anything."""
    org = cast.organization()
    person = cast.role(org, "Vice President Operations")
    cast.talk(cast.company.orgs[org].owner, person, Plan(weekly(30, cast.last - 6, 21), ("mail", "meeting")))
    for peer in cast.crowd(56, 28):
        days = np.sort(cast.rng.uniform(10, cast.last, 6))
        cast.talk(peer, person, Plan(days, ("mail", "mail", "chat"), 0.35, 0.15))
    for peer in cast.crowd(70, 35):
        cast.book.follow(peer, person, float(cast.rng.uniform(-100, cast.last - 20)))
    return cast.who(person) | {"why": "many mails and followers, no adoption"}


def _fashion(cast: Cast) -> dict[str, Any]:
    """A design that 31 people take up at one moment; none of them follows its author or is ever in touch."""
    person = cast.role(cast.organization("partner", 3), "Data Analyst")
    design = cast.book.publish(person, "design", 380.0, "Carbon reporting")
    for adopter in cast.crowd(31, 24):
        cast.book.adopt(adopter, design, 401.25)
    return cast.who(person) | {"work": cast.book.works[design].key, "adopters": 31, "why": "all on one day"}


def dying_tie(cast: Cast) -> dict[str, Any]:
    """A key contact with whom our rep was in touch weekly for 18 months and more, fading in the last ten weeks.

    Two mails are answered yet, the later eight weeks before the end; two more are not, then nobody writes any more.
    """
    org, rep = cast.organization(at_least=14), cast.reps()[0]
    cast.give(org, rep)
    contact = cast.role(org, "Procurement Director")
    deal = make_deal(cast.rng, cast.company, org, cast.last - 120.0)
    deal.closed, deal.won, deal.stage, deal.amount = cast.last + 45.0, None, "Negotiation/Review", 4_800_000.0
    deal.roles = [(contact, "Decision Maker")]
    cast.company.deals.append(deal)
    fading_from = cast.last - 70
    cast.talk(rep, contact, Plan(weekly(15, fading_from, 6), answer=0.9, back=0.45))
    cast.talk(rep, contact, Plan([cast.last - 65, cast.last - 56], ("mail",), 1.0, 0.0))
    cast.talk(rep, contact, Plan([cast.last - 47, cast.last - 36], ("mail",), 0.0, 0.0))
    return {
        "rep": cast.who(rep),
        "contact": cast.who(contact),
        "organization": cast.account(org),
        "weekly_from": cast.when(15),
        "fading_from": cast.when(fading_from),
        "open_amount": deal.amount,
    }


def ignored_rep(cast: Cast) -> dict[str, Any]:
    """A contact who stopped answering three months ago, while our rep keeps writing every week."""
    org, rep = cast.organization(), cast.reps()[1]
    cast.give(org, rep)
    contact = cast.role(org, "IT Director")
    silent_from = cast.last - 92
    cast.talk(rep, contact, Plan(weekly(90, silent_from - 13), answer=0.9, back=0.35))
    cast.talk(rep, contact, Plan(weekly(silent_from + 3, cast.last), ("mail",), 0.0, 0.0))
    return {
        "rep": cast.who(rep),
        "contact": cast.who(contact),
        "organization": cast.account(org),
        "silent_from": cast.when(silent_from),
    }


def overloaded_account(cast: Cast) -> dict[str, Any]:
    """A contact whom five of us write and chat to seven times each in four weeks, and who does not answer."""
    org, rep = cast.organization(at_least=10), cast.reps()[2]
    cast.give(org, rep)
    contact = cast.role(org, "Quality Director")
    staff = cast.company.staff
    team = [rep, cast.reps()[3], staff("presales")[0], staff("service")[0], staff("exec")[0]]
    for k, colleague in enumerate(team):
        cast.talk(colleague, contact, Plan(weekly(250 + 5 * k, cast.last - 52, 19), answer=0.9))
        days = np.linspace(cast.last - 26, cast.last - 1, 7) + k * 0.1
        cast.talk(colleague, contact, Plan(days, ("mail", "chat"), 0.0, 0.0))
    return {
        "contact": cast.who(contact),
        "organization": cast.account(org),
        "colleagues": cast.mails(team),
        "from": cast.when(cast.last - 28),
        "touches": 7 * len(team),
    }


def left_person(cast: Cast) -> dict[str, Any]:
    """A well connected contact who left two months before the end; the CRM still shows the old employer."""
    org, rep = cast.organization(at_least=12), cast.reps()[4]
    cast.give(org, rep)
    contact = cast.role(org, "Vice President Engineering")
    left = cast.last - 60
    cast.company.people.leaves[contact] = left
    ours = [rep, cast.reps()[5], cast.company.staff("presales")[1]]
    for k, colleague in enumerate(ours):
        cast.talk(colleague, contact, Plan(weekly(30 + 3 * k, left - 2, 8), answer=0.9))
    for peer in cast.ordinary(org, 4) + cast.crowd(6, 6):
        cast.talk(contact, peer, Plan(weekly(40, left - 2, 14), ("chat", "meeting", "mail")))
    return {"person": cast.who(contact), "organization": cast.account(org), "left": cast.when(left)}


def referral_path(cast: Cast) -> dict[str, Any]:
    """A target nobody of us knows: three strong hops from one rep, and three weak ones from another."""
    rep, other = cast.reps()[6], cast.reps()[7]
    target = cast.role(cast.organization("prospect", 4), "Chief Information Officer", in_crm=False)
    introducer = cast.role(cast.organization(), "R&D Director")
    middle = cast.role(cast.organization(), "Quality Director", in_crm=False)
    weak_introducer = cast.role(cast.organization(), "IT Manager")
    weak_middle = cast.role(cast.organization(), "Project Manager", in_crm=False)
    cast.give(int(cast.company.people.org[introducer]), rep)
    for k, (a, b) in enumerate(((rep, introducer), (introducer, middle), (middle, target))):
        kinds = ("meeting", "chat", "mail", "call") if k else ("meeting", "mail", "call", "chat", "mail")
        cast.talk(a, b, Plan(weekly(60 + k, cast.last, 3.4), kinds, 0.9, 0.5))
    for a, b in ((other, weak_introducer), (weak_introducer, weak_middle), (weak_middle, target)):
        cast.talk(a, b, Plan(weekly(300, cast.last - 30, 45), ("mail", "chat"), 0.6, 0.4))
    for asker in cast.reps()[8:11]:  # the weak introducer has asks to answer already
        cast.book.say(cast.mail(asker), "ASKED_INTRODUCTION", cast.mail(weak_introducer), cast.last - 20.0)
    return {
        "rep": cast.who(rep),
        "target": cast.who(target),
        "path": cast.mails([rep, introducer, middle, target]),
        "introducer": cast.who(introducer),
        "weaker_path": cast.mails([other, weak_introducer, weak_middle, target]),
        "hops": 3,
    }
