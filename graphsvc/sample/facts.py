"""Dated statements and works: the book that collects them, and those that come about by chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphsvc.sample import words
from graphsvc.sample.calendar import DAYS
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Ints, choose, one, pick
from graphsvc.sample.interactions import reachable


@dataclass(frozen=True)
class Fact:
    """Subject KIND object, by their keys in the files, from a day to a day of the calendar (None: open)."""

    subject: str
    kind: str
    object: str
    start: float | None = None
    stop: float | None = None
    weight: float | None = None
    role: str | None = None


@dataclass(frozen=True)
class Work:
    """A work; ``author`` is the index of a person."""

    key: str
    name: str
    kind: str
    author: int
    day: float
    topic: str


@dataclass
class Book:
    """Facts and works so far; works are numbered in the order they are added."""

    company: Company
    facts: list[Fact] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)

    def say(self, subject: str, kind: str, object: str, start: float | None = None, stop: float | None = None) -> None:
        """Add a fact."""
        self.facts.append(Fact(subject, kind, object, start, stop))

    def person(self, index: int) -> str:
        """Key of a person: the mail address."""
        return self.company.people.email[index]

    def publish(self, author: int, kind: str, day: float, topic: str) -> int:
        """Add a work and its authorship; gives its index."""
        key = f"W-{len(self.works) + 1:04d}"
        self.works.append(Work(key, words.WORK_NAMES[kind].format(topic=topic), kind, author, day, topic))
        self.say(self.person(author), "AUTHORED", key, day)
        return len(self.works) - 1

    def follow(self, follower: int, followed: int, day: float) -> None:
        """``follower`` begins to follow ``followed``."""
        self.say(self.person(follower), "FOLLOWS", self.person(followed), day)

    def refer(self, person: int, org: int, day: float) -> None:
        """A person names an organization; the prefix says so, as a person may be referred too."""
        self.say(self.person(person), "REFERRED", f"organization:{self.company.orgs[org].domain}", day)

    def adopt(self, person: int, work: int, day: float) -> None:
        """A person takes a work up."""
        self.say(self.person(person), "ADOPTED", self.works[work].key, day)


def background(rng: np.random.Generator, book: Book, scale: float) -> None:
    """Facts that come about by chance."""
    followers = _follows(rng, book, round(5200 * scale))
    _customer_works(rng, book, followers, round(90 * max(scale, 0.3)))
    _supply(rng, book, round(70 * scale))
    _pains(rng, book)
    _referrals(rng, book, round(16 * max(scale, 0.4)))
    _asked(rng, book, 36)
    _known(rng, book, round(420 * scale))
    _careers(rng, book)
    _hierarchy(book)


def own_works(rng: np.random.Generator, book: Book) -> Ints:
    """Our own papers, designs and posts; gives their indices."""
    authors = book.company.staff("presales") + book.company.staff("product") + book.company.staff("marketing")
    days = np.sort(rng.uniform(-200, DAYS - 60, 36))
    return np.array(
        [book.publish(one(rng, authors), one(rng, words.WORK_KINDS), float(d), one(rng, words.TOPICS)) for d in days]
    )


def _active(company: Company) -> Ints:
    """Contacts in reach of chance at organizations whose signals are not planted."""
    plain = np.array([o.plain for o in company.orgs])
    return np.flatnonzero(reachable(company) & ~plain[company.people.org])


def _follows(rng: np.random.Generator, book: Book, n: int) -> dict[int, list[tuple[int, float]]]:
    """Followers by followed person: (follower, day); few people have many."""
    people = book.company.people
    famous = np.where(people.internal, 0.6, 1.0) * people.activity**1.5 * ~people.reserved
    eager = np.where(reachable(book.company), people.activity, 0.0)
    pairs = np.unique(np.stack([pick(rng, eager, n), pick(rng, famous, n)], axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    days = np.minimum(rng.uniform(-120, DAYS - 5, len(pairs)), people.leaves[pairs].min(axis=1) - 1)
    followers: dict[int, list[tuple[int, float]]] = {}
    for (follower, followed), day in zip(pairs.tolist(), days.tolist(), strict=True):
        book.follow(follower, followed, day)
        followers.setdefault(followed, []).append((follower, day))
    return followers


def _customer_works(
    rng: np.random.Generator, book: Book, followers: dict[int, list[tuple[int, float]]], n: int
) -> None:
    """Works of customers; some followers take them up some weeks later, and now and then a stranger does."""
    people, active = book.company.people, _active(book.company)
    weight = people.activity[active]
    for author in active[pick(rng, weight, n)].tolist():
        day = float(rng.uniform(-60, DAYS - 40))
        work = book.publish(author, one(rng, words.WORK_KINDS), day, one(rng, words.TOPICS))
        takers = {
            f: max(day, d) + float(rng.exponential(50)) for f, d in followers.get(author, ()) if rng.random() < 0.12
        }
        strangers = active[pick(rng, weight, int(rng.poisson(1.2)))].tolist()
        takers |= {s: day + float(rng.exponential(160)) for s in strangers}
        takers.pop(author, None)
        for person, when in sorted(takers.items()):
            if when < min(DAYS - 1.0, people.leaves[person]):
                book.adopt(person, work, when)


def adopt_ours(rng: np.random.Generator, book: Book, works: Ints) -> None:
    """Customers take up works of ours."""
    people, active = book.company.people, _active(book.company)
    for work in works.tolist():
        first = max(0.0, book.works[work].day)
        for person in np.unique(active[pick(rng, people.activity[active], int(rng.poisson(6)))]).tolist():
            when = first + float(rng.exponential(120))
            if when < min(DAYS - 1.0, people.leaves[person]):
                book.adopt(person, work, when)


def share_ours(rng: np.random.Generator, book: Book, works: Ints, n: int) -> None:
    """Customers post works of ours where everybody can see them, addressed to nobody."""
    for person in choose(rng, _active(book.company).tolist(), n):
        work = book.works[int(one(rng, works.tolist()))]
        day = min(max(0.0, work.day) + float(rng.exponential(90)), DAYS - 2.0)
        if day < book.company.people.leaves[person]:
            book.say(book.person(person), "SHARED", work.key, day)


def _open_orgs(company: Company) -> list[int]:
    return [i for i, o in enumerate(company.orgs) if i and not o.plain]


def _supply(rng: np.random.Generator, book: Book, n: int) -> None:
    orgs, open_orgs = book.company.orgs, _open_orgs(book.company)
    for _ in range(n):
        a, b = choose(rng, open_orgs, 2)
        book.say(orgs[a].domain, "SUPPLIES", orgs[b].domain, float(rng.uniform(-900, 500)))
    partners = [i for i in open_orgs if orgs[i].kind == "partner"]
    for partner in partners:
        for other in choose(rng, [i for i in open_orgs if i != partner], 3):
            book.say(orgs[partner].domain, "PARTNERS_WITH", orgs[other].domain, float(rng.uniform(-700, 400)))
        book.say(orgs[partner].domain, "PARTNERS_WITH", orgs[0].domain, float(rng.uniform(-700, 0)))
    for child, parent in zip(choose(rng, open_orgs, 10), choose(rng, open_orgs, 10), strict=True):
        if child != parent:
            book.say(orgs[child].domain, "SUBSIDIARY_OF", orgs[parent].domain, float(rng.uniform(-900, -100)))


def _pains(rng: np.random.Generator, book: Book) -> None:
    """Pains heard at customers; the planted chain's is also heard at a few that supply nobody."""
    common = [t for t in words.TOPICS if t != words.CHAIN_TOPIC]
    linked = {f.subject for f in book.facts if f.kind == "SUPPLIES"} | {
        f.object for f in book.facts if f.kind == "SUPPLIES"
    }
    open_orgs = _open_orgs(book.company)
    for i in open_orgs:
        if rng.random() < 0.6:
            for topic in choose(rng, common, int(rng.integers(1, 3))):
                book.say(book.company.orgs[i].domain, "HAS_PAIN", topic, float(rng.uniform(0, DAYS - 30)))
    alone = [book.company.orgs[i].domain for i in open_orgs if book.company.orgs[i].domain not in linked]
    for domain in choose(rng, alone, 4):
        book.say(domain, "HAS_PAIN", words.CHAIN_TOPIC, float(rng.uniform(0, DAYS - 30)))


def _referrals(rng: np.random.Generator, book: Book, n: int) -> None:
    """A person names one other organization, seldom two."""
    people, active = book.company.people, _active(book.company)
    targets = _open_orgs(book.company)
    for person in choose(rng, active.tolist(), n):
        other = one(rng, [i for i in targets if i != people.org[person]])
        day = min(float(rng.uniform(10, DAYS - 20)), people.leaves[person] - 1)
        book.refer(person, other, day)


def _asked(rng: np.random.Generator, book: Book, n: int) -> None:
    """Reps asked contacts for an introduction; answered ones have an end and a weight: 1 given, 0 declined."""
    company = book.company
    reps, active = company.staff("sales"), _active(company)
    for person in choose(rng, active.tolist(), n):
        rep = company.orgs[int(company.people.org[person])].owner if rng.random() < 0.7 else one(rng, reps)
        day = min(float(rng.uniform(60, DAYS - 6)), company.people.leaves[person] - 2)
        answered = day + float(rng.exponential(9)) + 1
        done = answered < DAYS - 1
        weight = float(rng.random() < 0.6) if done else None
        stop = answered if done else None
        book.facts.append(Fact(book.person(rep), "ASKED_INTRODUCTION", book.person(person), day, stop, weight))


def _known(rng: np.random.Generator, book: Book, n: int) -> None:
    """Own staff say whom they know; more often said than shown."""
    staff, active = list(book.company.team_of(0)), _active(book.company)
    for person in choose(rng, active.tolist(), n):
        day = min(float(rng.uniform(0, DAYS - 10)), book.company.people.leaves[person] - 1)
        book.say(book.person(one(rng, staff)), "KNOWS", book.person(person), day)


def _careers(rng: np.random.Generator, book: Book) -> None:
    """When people came, left, or came over from another customer."""
    people, orgs = book.company.people, book.company.orgs
    outside = np.flatnonzero(~people.internal)
    for i in outside[np.isfinite(people.leaves[outside])].tolist():
        came = float(rng.uniform(-2500, -100))
        book.say(book.person(i), "WORKS_AT", book.company.domain_of(i), came, float(people.leaves[i]))
    for i in choose(rng, _active(book.company).tolist(), len(outside) // 100):
        before = one(rng, [k for k in range(1, len(orgs)) if k != people.org[i]])
        came = float(rng.uniform(-900, 0))
        if np.isinf(people.leaves[i]):
            book.say(book.person(i), "WORKS_AT", orgs[before].domain, came - float(rng.uniform(300, 1500)), came)
            book.say(book.person(i), "WORKS_AT", book.company.domain_of(i), came)


def _hierarchy(book: Book) -> None:
    """Own staff report to the four executives in turn."""
    chiefs = book.company.staff("exec")
    for i in book.company.team_of(0):
        if i not in chiefs:
            book.say(book.person(i), "REPORTS_TO", book.person(chiefs[i % len(chiefs)]))
