"""Casting: which organizations and people of the sample play the planted truths, and how they are prepared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from graphsvc.sample import words
from graphsvc.sample.calendar import DAYS
from graphsvc.sample.company import Company
from graphsvc.sample.draw import Ints
from graphsvc.sample.facts import Book
from graphsvc.sample.plans import Plan, dialogue
from graphsvc.sample.rows import Ledger

STAGE = {"customer": 38, "prospect": 12}  # organizations kept for parts; of other kinds all are
MAILBOXES = 5  # so many reps' mail is written as mailboxes
_TITLES = {t.en: t for t in words.TITLES}


@dataclass
class Cast:
    """Hands out organizations and people once each; ``works`` are the indices of our own works."""

    rng: np.random.Generator
    company: Company
    ledger: Ledger
    book: Book
    works: Ints
    _stage: dict[str, list[int]] = field(default_factory=dict, init=False)
    _lent: set[int] = field(default_factory=set, init=False)
    people_used: set[int] = field(default_factory=set, init=False)

    @property
    def last(self) -> int:
        """Last day of the calendar."""
        return DAYS - 1

    def __post_init__(self) -> None:
        size = np.array([len(self.company.team_of(i)) for i in range(len(self.company.orgs))])
        likely = np.argsort(-size * self.rng.lognormal(0, 0.6, len(size)), kind="stable").tolist()
        for kind in ("customer", "prospect", "partner", "supplier"):
            of_kind = [i for i in likely if self.company.orgs[i].kind == kind]
            self._stage[kind] = sorted(of_kind[: STAGE.get(kind)])
        used = {i for group in self._stage.values() for i in group}
        self._audience = [i for i in range(1, len(size)) if i not in used]

    def organization(self, kind: str = "customer", at_least: int = 8, plain: bool = False) -> int:
        """An organization of a kind for one part, with ``at_least`` people to cast, not many times more."""
        size = {i: len(self._free_people(i)) for i in self._stage[kind]}
        fit = [i for i in size if size[i] >= at_least] or [max(size, key=lambda i: size[i])]
        near = [i for i in fit if size[i] <= 3 * at_least] or fit
        chosen = near[int(self.rng.integers(0, len(near)))]
        self._stage[kind].remove(chosen)
        self.company.orgs[chosen].plain = plain
        return chosen

    def give(self, org: int, rep: int) -> int:
        """Make a rep the owner of an account and its deals."""
        self.company.orgs[org].owner = rep
        for deal in self.company.deals:
            if deal.account == org:
                deal.owner = rep
        return rep

    def role(self, org: int, title: str, in_crm: bool = True) -> int:
        """A person of an organization under a title, without chance ties and without a role in any deal."""
        people, known = self.company.people, _TITLES[title]
        person = self.ordinary(org, 1)[0]
        people.title[person] = known.zh if people.chinese[person] else known.en
        people.level[person] = known.level
        people.reserved[person], people.in_crm[person] = True, in_crm
        for deal in self.company.deals:
            deal.roles = [r for r in deal.roles if r[0] != person]
        return person

    def ordinary(self, org: int, n: int) -> list[int]:
        """People of an organization that stay, with all their chance ties; each handed out once."""
        fit = self._free_people(org)
        chosen = [fit[int(k)] for k in self.rng.permutation(len(fit))[:n]]
        self.people_used.update(chosen)
        return chosen

    def _free_people(self, org: int) -> list[int]:
        leaves = self.company.people.leaves
        return [i for i in self.company.team_of(org) if i not in self.people_used and np.isinf(leaves[i])]

    def crowd(self, n: int, orgs: int) -> list[int]:
        """``n`` ordinary contacts (fewer in a small sample) at up to ``orgs`` organizations that play no part.

        One crowd has nobody twice; two crowds share people only where there are no others.
        """
        per = -(-n // orgs)
        found: list[int] = []
        for k in self.rng.permutation(len(self._audience))[:orgs]:
            team = self._free_people(self._audience[int(k)])
            fresh = [p for p in team if p not in self._lent]
            pool = fresh if len(fresh) >= per else team
            found += [pool[int(m)] for m in self.rng.permutation(len(pool))[:per]]
        found = found[:n]
        self._lent.update(found)
        return found

    @property
    def people(self) -> Ints:
        """Everybody who plays a part, crowds included."""
        reserved = np.flatnonzero(self.company.people.reserved)
        return np.unique(np.r_[reserved, sorted(self.people_used | self._lent)]).astype(np.int64)

    def talk(self, a: int, b: int, plan: Plan) -> None:
        """Plant a tie."""
        dialogue(self.rng, self.company, self.ledger, (a, b), plan)

    def reps(self) -> list[int]:
        """Reps; the first ``MAILBOXES`` of them have mailboxes in the sample."""
        return self.company.staff("sales")

    def mail(self, person: int) -> str:
        """Key of a person."""
        return self.company.people.email[person]

    def mails(self, people: Iterable[int]) -> list[str]:
        """Keys of people, in the given order."""
        return [self.mail(p) for p in people]

    def domain(self, org: int) -> str:
        """Key of an organization."""
        return self.company.orgs[org].domain

    def who(self, person: int) -> dict[str, Any]:
        """A person as written into truth.json."""
        people, org = self.company.people, self.company.orgs[int(self.company.people.org[person])]
        name = people.name[person].full
        return {"key": self.mail(person), "name": name, "title": people.title[person], "organization": org.domain}

    def account(self, org: int) -> dict[str, Any]:
        """An organization as written into truth.json."""
        o = self.company.orgs[org]
        return {"key": o.domain, "name": o.name, "owner": self.mail(o.owner)}

    def when(self, day: float) -> str:
        """A day as ISO 8601."""
        return self.company.calendar.iso(day)
