"""Who took up what and when, whom each could learn from, and the pairs of adopters that follow from both."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.joins import Rows, first_of_each, join, lookup
from graphsvc.kernels.order import lexical_order, stable_order
from graphsvc.kernels.ties import contacts, pair_key, split_key
from graphsvc.model import Label
from graphsvc.projection import FOREVER, Bools, Index, Ints, Projection

UNDATED = np.iinfo(np.int64).min
CHUNK = 50_000  # events joined at once
RELATIONS = ("author", "follows", "tie")  # kinds of sources; a code is the place in this tuple
AUTHOR, FOLLOWS, TIE = range(3)
Kinds = NDArray[np.int8]


@dataclass(frozen=True)
class Adoptions:
    """Events of works: one row per author of a work and per first adoption by somebody else, by (work, entity).

    ``time`` is the adoption's [us], ``UNDATED`` where unknown; an author's is the work's appearance, else the first
    adoption. ``row`` is the store's handle of the ADOPTED fact, -1 for authors.
    """

    entity: Index
    work: Index
    time: Ints
    author: Bools
    row: Ints

    def __len__(self) -> int:
        return len(self.entity)


@dataclass(frozen=True)
class Sources:
    """Whom each entity could learn from, when and by what relation: ``who`` learns from ``of``; by ascending who."""

    who: Index
    of: Index
    since: Ints
    until: Ints
    relation: Kinds

    def __len__(self) -> int:
        return len(self.who)

    def some(self, keep: Bools | Rows) -> Sources:
        """The rows of a mask or an index."""
        return Sources(self.who[keep], self.of[keep], self.since[keep], self.until[keep], self.relation[keep])


@dataclass(frozen=True)
class Candidates:
    """Pairs of events of one work, whatever their order in time, by (later, earlier); a pair may have several spans."""

    later: Rows
    earlier: Rows
    since: Ints
    until: Ints
    relation: Kinds


def adoptions(p: Projection, until: int | None = None) -> Adoptions:
    """Authors and first adoptions of all works, with time <= ``until`` (default: everything known at as_of)."""
    wrote, took = p.facts_of("AUTHORED", current=False), p.facts_of("ADOPTED", current=False)
    end = p.as_of if until is None else until
    seen = took.valid_from <= end
    entity = np.concatenate([wrote.subject, took.subject[seen]])
    work = np.concatenate([wrote.object, took.object[seen]])
    time = np.concatenate([_appeared(p, wrote.object, wrote.valid_from), took.valid_from[seen]])
    author = np.arange(len(entity)) < len(wrote)
    row = np.concatenate([np.full(len(wrote), -1, dtype=np.int64), took.row[seen]])
    order = np.lexsort((row, time, ~author, entity, work))
    order = order[first_of_each(pair_key(work[order], entity[order], len(p)))]
    out = Adoptions(entity[order], work[order], time[order], author[order], row[order])
    return replace(out, time=_date_authors(out))


def acquaintances(p: Projection) -> Sources:
    """Whom each person follows or has a tie with; a tie teaches both ways from its first contact on."""
    follows, x = p.facts_of("FOLLOWS", current=False), p.interactions
    contact = np.flatnonzero(contacts(p))
    low, high = np.minimum(x.actor, x.target)[contact], np.maximum(x.actor, x.target)[contact]
    key = pair_key(low, high, len(p))
    order = stable_order(key)
    first = order[first_of_each(key[order])]  # rows are in time order
    a, b = split_key(key[first], len(p))
    met, followed = x.time[contact[first]], len(follows)
    who = np.concatenate([follows.subject, a, b])
    of = np.concatenate([follows.object, b, a])
    since = np.concatenate([follows.valid_from, met, met])
    until = np.concatenate([follows.valid_to, np.full(2 * len(a), FOREVER)])
    relation = np.where(np.arange(len(who)) < followed, FOLLOWS, TIE).astype(np.int8)
    return ordered(Sources(who, of, since, until, relation).some(who != of))


def ordered(known: Sources) -> Sources:
    """Rows by (who, of); those of one pair keep their order."""
    return known.some(lexical_order(known.who, known.of))


_newest: list[tuple[weakref.ref[Projection], Sources]] = []  # at most one


def sources(p: Projection) -> Sources:
    """Whom each person, and each organization through its people, follows or has a tie with.

    Those of the last Projection asked for are kept as long as it is: several scores need them, and some twice.
    """
    for whose, found in list(_newest):
        if whose() is p:
            return found
    made = with_organizations(p, acquaintances(p))
    _newest[:] = [(weakref.ref(p, lambda _: _newest.clear()), made)]
    return made


def with_organizations(p: Projection, known: Sources) -> Sources:
    """The same, and organizations that adopt: they learn from their people and from whom these learn."""
    takers = p.facts_of("ADOPTED", current=False).subject
    takers = np.unique(takers[p.entities.label[takers] == Label.ORGANIZATION])
    members = p.people[np.isin(p.entities.organization[p.people], takers)]
    if not len(members):
        return known
    home = p.entities.organization[members]
    i, j = join(members, known.who)
    who = np.concatenate([known.who, home, home[i]])
    of = np.concatenate([known.of, members, known.of[j]])
    since = np.concatenate([known.since, np.full(len(members), UNDATED), known.since[j]])
    until = np.concatenate([known.until, np.full(len(members), FOREVER), known.until[j]])
    staff = np.full(len(members), TIE, dtype=np.int8)
    return ordered(Sources(who, of, since, until, np.concatenate([known.relation, staff, known.relation[j]])))


def candidates(p: Projection, events: Adoptions, learnt: Sources) -> Candidates:
    """Every pair of events of one work in which one could have learned from the other but for their dates."""
    learnt = learnt.some(np.isin(learnt.of, events.entity) & np.isin(learnt.who, events.entity))
    key = pair_key(events.work, events.entity, len(p))  # ascending
    later, earlier, span = [], [], []
    adopters = np.flatnonzero(~events.author)
    for at in range(0, len(adopters), CHUNK):
        rows = adopters[at : at + CHUNK]
        i, j = join(events.entity[rows], learnt.who)
        place, found = lookup(pair_key(events.work[rows[i]], learnt.of[j], len(p)), key)
        later.append(rows[i[found]])
        earlier.append(place[found])
        span.append(j[found])
    v, u, j = (_joined(part) for part in (later, earlier, span))
    peer = ~events.author[u]  # authors come below, whether followed or not
    v, u, j = v[peer], u[peer], j[peer]
    authors = np.flatnonzero(events.author)
    i, k = join(events.work[adopters], events.work[authors])
    always, ever = np.full(len(i), UNDATED), np.full(len(i), FOREVER)
    v, u = np.concatenate([v, adopters[i]]), np.concatenate([u, authors[k]])
    since, until = np.concatenate([learnt.since[j], always]), np.concatenate([learnt.until[j], ever])
    relation = np.concatenate([learnt.relation[j], np.full(len(i), AUTHOR, dtype=np.int8)])
    order = np.lexsort((u, v))
    return Candidates(v[order], u[order], since[order], until[order], relation[order])


def shuffled(events: Adoptions, group: Ints | Index, rng: np.random.Generator) -> Ints:
    """Adoption times dealt out anew among the adopters of one work in one group (``group`` per entity)."""
    rows = np.flatnonzero(~events.author & (events.time != UNDATED))
    block = (group[events.entity[rows]], events.work[rows])
    order, dealt = rows[np.lexsort(block)], rows[np.lexsort((rng.random(len(rows)), *block))]
    time = events.time.copy()
    time[order] = events.time[dealt]
    return time


def home_of(p: Projection) -> Index:
    """Organization of each entity: a person's employer, an organization itself; -1 unknown."""
    itself = np.arange(len(p), dtype=np.int32)
    out: Index = np.where(p.entities.label == Label.ORGANIZATION, itself, p.entities.organization)
    return out


def _appeared(p: Projection, work: Index, said: Ints) -> Ints:
    known: Ints = np.where(said != UNDATED, said, p.entities.time[work])
    return np.where((said == UNDATED) & (known == 0), UNDATED, known)


def _date_authors(events: Adoptions) -> Ints:
    """Times in which an author without a date stands at the first dated adoption of the work."""
    rows = np.flatnonzero(events.time != UNDATED)
    first = np.full(int(events.work.max(initial=-1)) + 1, FOREVER)
    np.minimum.at(first, events.work[rows], events.time[rows])
    begin = first[events.work]
    lacking = events.author & (events.time == UNDATED) & (begin != FOREVER)
    return np.where(lacking, begin, events.time)


def _joined(parts: list[Rows]) -> Rows:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
