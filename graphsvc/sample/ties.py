"""Who talks with whom by chance, and how each tie is disposed: rhythm, fate, channels and willingness to answer."""

from __future__ import annotations

import numpy as np

from graphsvc.sample.company import Company
from graphsvc.sample.draw import Ints, heavy, pick
from graphsvc.sample.lives import BURST, Ties, deal_days, fates, lifetimes, rhythms

CLIENT, INSIDE, ACROSS, COLLEAGUES = range(4)
_BUSY = np.array([0.071, 0.006, 0.0045, 0.05])  # begun per day by an average tie of each sort


def all_ties(rng: np.random.Generator, company: Company, share: float = 1.0) -> Ties:
    """All chance ties, or a ``share`` of them; planted people (``reserved``) have none."""
    made = [
        _client_pairs(rng, company),
        _inside_pairs(rng, company),
        _across_pairs(rng, company),
        _colleagues(rng, company),
    ]
    pairs = np.concatenate(made)
    sort = np.repeat(np.arange(4), [len(m) for m in made])
    reserved = company.people.reserved
    keep = (pairs[:, 0] != pairs[:, 1]) & ~reserved[pairs[:, 0]] & ~reserved[pairs[:, 1]]
    keep &= rng.random(len(pairs)) < share
    return _dress(rng, company, pairs[keep], sort[keep])


def _client_pairs(rng: np.random.Generator, company: Company) -> Ints:
    """Owners know about half of an account, one or two colleagues a few people more."""
    people, owner = company.people, np.array([o.owner for o in company.orgs])
    contacts = np.flatnonzero(~people.internal)
    senior = np.isin(np.array(people.level)[contacts], ("director", "vp", "c_level"))
    met = contacts[rng.random(len(contacts)) < np.where(senior, 0.65, 0.42)]
    first = np.stack([owner[people.org[met]], met], axis=1)
    helpers = np.array(
        company.staff("presales") + company.staff("service") + company.staff("sales") + company.staff("exec")
    )
    team = rng.choice(helpers, size=(len(company.orgs), 3))
    also = contacts[rng.random(len(contacts)) < np.where(senior, 0.35, 0.2)]
    second = np.stack([team[people.org[also], rng.integers(0, 3, len(also))], also], axis=1)
    return np.unique(np.concatenate([first, second]), axis=0)


def colleague_of(rng: np.random.Generator, company: Company, person: Ints) -> Ints:
    """Someone of the same organization as each person (now and then the person itself)."""
    bounds = np.array([o.people for o in company.orgs])[company.people.org[person]]
    out: Ints = bounds[:, 0] + (rng.random(len(person)) * (bounds[:, 1] - bounds[:, 0])).astype(np.int64)
    return out


def _inside_pairs(rng: np.random.Generator, company: Company) -> Ints:
    """Contacts with colleagues at the same customer."""
    contacts = np.flatnonzero(~company.people.internal)
    one = contacts[rng.random(len(contacts)) < 0.45]
    return np.unique(np.sort(np.stack([one, colleague_of(rng, company, one)], axis=1)), axis=0)


def _across_pairs(rng: np.random.Generator, company: Company) -> Ints:
    """Contacts of different customers, met in the community and at events; the active meet the active."""
    people = company.people
    n = round(0.55 * len(people))
    weight = np.where(people.internal, 0.0, people.activity)
    pairs = np.stack([pick(rng, weight, n), pick(rng, weight, n)], axis=1)
    apart = people.org[pairs[:, 0]] != people.org[pairs[:, 1]]
    return np.unique(np.sort(pairs[apart]), axis=0)


def _colleagues(rng: np.random.Generator, company: Company) -> Ints:
    """Own staff among themselves."""
    staff = np.flatnonzero(company.people.internal)
    n = 4 * len(staff)
    return np.unique(np.sort(np.stack([rng.choice(staff, n), rng.choice(staff, n)], axis=1)), axis=0)


def _dress(rng: np.random.Generator, company: Company, pairs: Ints, sort: Ints) -> Ties:
    n, people = len(pairs), company.people
    a, b = pairs[:, 0], pairs[:, 1]
    rate = heavy(rng, n, 0.6) * np.sqrt(people.activity[a].clip(0.2, 6) * people.activity[b].clip(0.05, 8))
    gap = rhythms(rng, rate * _BUSY[sort])
    fate = fates(rng, sort, gap)
    gap = np.where(fate == BURST, rng.uniform(2.5, 6.0, n), gap)
    start, stop, tail, revived = lifetimes(rng, fate, gap, deal_days(rng, company, people.org[b]))
    stop = np.minimum(stop, np.minimum(people.leaves[a], people.leaves[b]))
    return Ties(
        a=a,
        b=b,
        sort=sort,
        fate=fate,
        gap=gap,
        start=np.minimum(start, stop - 1),
        stop=stop,
        tail=tail,
        revived=revived,
        answer=rng.beta(4.5, 1.6, n),
        ours=np.where(sort == CLIENT, rng.beta(5, 5, n), rng.beta(2, 2, n)),
        prefer=rng.integers(0, 4, n),
        silent=np.zeros(n, dtype=bool),
    )
