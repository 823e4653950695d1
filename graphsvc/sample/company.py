"""The sample company and its market: organizations, people and deals, before anybody has talked to anybody."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from graphsvc.sample import words
from graphsvc.sample.calendar import DAYS, Calendar
from graphsvc.sample.draw import Bools, Floats, Ints, heavy, one, pick
from graphsvc.sample.names import Name, ascii_word, chinese_names, western_names

FOREVER = float("inf")
CRM_SHARE = 0.8  # of the contacts are in the CRM
LEAVER_SHARE = 0.06  # in two years


@dataclass
class Organization:
    """One organization; ``domain`` is its key in every file, ``people`` are its first and last person + 1."""

    domain: str
    name: str
    industry: str
    region: words.Region
    kind: str
    owner: int = -1  # rep
    people: tuple[int, int] = (0, 0)
    plain: bool = False  # kept out of chance works, shares, referrals and supply: its signals are planted


@dataclass
class People:
    """One entry per person, in order of their organization; own staff come first."""

    name: list[Name] = field(default_factory=list)
    email: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    level: list[str] = field(default_factory=list)
    department: list[str] = field(default_factory=list)  # of own staff, else empty
    org: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    offset: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))  # hours ahead of UTC
    activity: Floats = field(default_factory=lambda: np.zeros(0))
    chinese: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    in_crm: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))
    reserved: Bools = field(default_factory=lambda: np.zeros(0, dtype=bool))  # only planted ties
    leaves: Floats = field(default_factory=lambda: np.zeros(0))  # day they leave their employer, else infinite

    def __len__(self) -> int:
        return len(self.email)

    @property
    def internal(self) -> Bools:
        """Own staff."""
        own: Bools = self.org == 0
        return own


@dataclass
class Deal:
    """An opportunity; ``closed`` is the day it was won or lost, or, while ``won`` is None, is expected to close."""

    account: int
    owner: int
    created: float
    closed: float
    won: bool | None
    stage: str
    amount: float
    product: str
    roles: list[tuple[int, str]] = field(default_factory=list)  # contact, role; the first is primary


@dataclass
class Company:
    """Everything there is, by index: organization 0 is ourselves."""

    calendar: Calendar
    orgs: list[Organization]
    people: People
    deals: list[Deal] = field(default_factory=list)

    def staff(self, department: str) -> list[int]:
        """Own staff of a department, in order."""
        return [i for i, d in enumerate(self.people.department) if d == department]

    def team_of(self, org: int) -> range:
        """People of an organization."""
        return range(*self.orgs[org].people)

    def domain_of(self, person: int) -> str:
        """Key of a person's organization."""
        return self.orgs[int(self.people.org[person])].domain


def found(rng: np.random.Generator, calendar: Calendar, scale: float) -> Company:
    """Make organizations, people and deals; ``scale`` 1 gives 300 accounts and 4,000 people."""
    orgs = _organizations(rng, max(90, round(300 * scale)))
    sizes = _sizes(rng, len(orgs) - 1, max(1200, round(4000 * scale)) - 60)
    company = Company(calendar, orgs, _people(rng, orgs, sizes))
    _owners(rng, company)
    for account in range(1, len(orgs)):
        company.deals += _deals(rng, company, account)
    return company


def _organizations(rng: np.random.Generator, n: int) -> list[Organization]:
    own = Organization(words.OWN_DOMAIN, words.OWN_NAME, "Software", words.REGIONS[0], "own")
    regions = [words.REGIONS[i] for i in pick(rng, [r.share for r in words.REGIONS], n)]
    kinds = rng.permutation(np.searchsorted([0.62, 0.90, 0.95], np.arange(n) / n, side="right"))
    taken: set[str] = {own.domain}
    orgs = [own]
    for region, kind in zip(regions, kinds, strict=True):
        name, industry, domain = _company_name(rng, region, taken)
        taken |= {domain, name}
        kind_name = ("customer", "prospect", "partner", "supplier")[kind]
        orgs.append(Organization(domain, name, industry, region, kind_name))
    return orgs


def _company_name(rng: np.random.Generator, region: words.Region, taken: set[str]) -> tuple[str, str, str]:
    while True:
        industry = one(rng, words.INDUSTRIES)
        if region.chinese:
            (a, pa), (b, pb) = one(rng, words.COINED_ZH), one(rng, words.COINED_ZH)
            name, stem = f"{a}{b}{industry.zh}{one(rng, words.SUFFIX_ZH)}", pa + pb
        else:
            stem = one(rng, words.COINED_EN) + one(rng, words.COINED_EN_END)
            name = f"{stem} {industry.en} {words.SUFFIX_EN[region.country]}"
        domain = f"{ascii_word(stem)}-{industry.word}.example"
        if domain not in taken and name not in taken:
            return name, industry.name, domain


def _sizes(rng: np.random.Generator, n: int, total: int) -> Ints:
    raw = heavy(rng, n, 0.85)
    sizes: Ints = np.maximum(4, np.round(raw * total / raw.sum())).astype(np.int64)
    order = np.argsort(-sizes, kind="stable")
    for k in range(abs(int(total - sizes.sum()))):  # what rounding and the minimum took, from the larger ones
        sizes[order[k % max(1, n // 3)]] += np.sign(total - sizes.sum())
    return sizes


def _people(rng: np.random.Generator, orgs: list[Organization], sizes: Ints) -> People:
    people = People()
    staff = [s for s in words.STAFF for _ in range(s[1])]
    counts = [len(staff), *sizes.tolist()]
    people.org = np.repeat(np.arange(len(orgs)), counts)
    n = len(people.org)
    at_chinese = np.array([o.region.chinese for o in orgs])[people.org]
    people.chinese = rng.random(n) < np.where(at_chinese, 0.96, 0.06)
    people.offset = np.array([o.region.offset for o in orgs])[people.org]
    people.activity = heavy(rng, n, 1.0)
    people.in_crm = (people.org > 0) & (rng.random(n) < CRM_SHARE)
    people.reserved = np.zeros(n, dtype=bool)
    leaves = (people.org > 0) & (rng.random(n) < LEAVER_SHARE)
    people.leaves = np.where(leaves, np.floor(rng.uniform(60, DAYS - 20, n)), FOREVER)
    _employ(orgs, counts)
    _call(rng, people, orgs)
    _promote(rng, people, staff)
    return people


def _employ(orgs: list[Organization], counts: list[int]) -> None:
    first = 0
    for org, count in zip(orgs, counts, strict=True):
        org.people = (first, first + count)
        first += count


def _call(rng: np.random.Generator, people: People, orgs: list[Organization]) -> None:
    n = len(people.org)
    chinese, western = chinese_names(rng, n), western_names(rng, n)
    people.name = [c if zh else w for c, w, zh in zip(chinese, western, people.chinese, strict=True)]
    taken: dict[str, int] = {}
    for name, org in zip(people.name, people.org, strict=True):
        address = f"{name.mailbox}@{orgs[org].domain}"
        taken[address] = count = taken.get(address, 0) + 1
        people.email.append(address if count == 1 else f"{name.mailbox}{count}@{orgs[org].domain}")


def _promote(rng: np.random.Generator, people: People, staff: list[tuple[str, int, str, str, str]]) -> None:
    n = len(people.org)
    english = rng.random(n) < 0.15  # a title in English in spite of a Chinese name
    for i, t in enumerate(pick(rng, [t.share for t in words.TITLES], n)):
        title = words.TITLES[t]
        department, _, en, zh, level = staff[i] if i < len(staff) else ("", 0, title.en, title.zh, title.level)
        people.title.append(zh if people.chinese[i] and not english[i] else en)
        people.level.append(level)
        people.department.append(department)


def _owners(rng: np.random.Generator, company: Company) -> None:
    reps = company.staff("sales")
    for k, i in enumerate(rng.permutation(len(company.orgs) - 1)):
        company.orgs[i + 1].owner = reps[k % len(reps)]


def _deals(rng: np.random.Generator, company: Company, account: int) -> list[Deal]:
    org = company.orgs[account]
    mean = {"customer": 3.0, "prospect": 1.2}.get(org.kind, 0.4)
    return [make_deal(rng, company, account, float(rng.uniform(0, DAYS - 12))) for _ in range(int(rng.poisson(mean)))]


def make_deal(rng: np.random.Generator, company: Company, account: int, created: float) -> Deal:
    """A deal that opens on a day; whether it is won, lost or open follows from its length and chance."""
    last = company.calendar.last
    closed = created + float(np.clip(rng.lognormal(np.log(75), 0.55), 14, 380))
    customer = company.orgs[account].kind == "customer"
    won = None if closed > last - 1 else bool(rng.random() < (0.48 if customer else 0.18))
    progress = (last - created) / (closed - created)
    open_stage = words.STAGES[min(5, int(progress * len(words.STAGES)))]
    stage = open_stage if won is None else "Closed Won" if won else "Closed Lost"
    scale = {"CNY": 900_000.0, "USD": 140_000.0, "EUR": 120_000.0}[company.orgs[account].region.currency]
    amount = round(scale * float(rng.lognormal(-0.3, 0.8)), -3)
    deal = Deal(account, company.orgs[account].owner, created, closed, won, stage, amount, one(rng, words.PRODUCTS))
    deal.roles = _roles(rng, company, account)
    return deal


def _roles(rng: np.random.Generator, company: Company, account: int) -> list[tuple[int, str]]:
    people = company.people
    team = np.array([i for i in company.team_of(account) if people.in_crm[i] and np.isinf(people.leaves[i])])
    if not len(team):
        return []
    rank = np.array([words.LEVELS.index(people.level[i]) for i in team])
    chosen = team[np.argsort(-(rank + rng.exponential(1.2, len(team))), kind="stable")][: int(rng.integers(1, 5))]
    roles = [one(rng, words.BUYING_ROLES), *(one(rng, words.BUYING_ROLES + words.OTHER_ROLES) for _ in chosen[1:])]
    return [(int(p), r) for p, r in zip(chosen, roles, strict=True)]
