"""Credit for adoptions: who learned from whom, how one unit is split, and what travels on along chains.

For each work its adopters stand in time order; an adopter splits one unit over those it could have learned from: the
work's authors, and people it follows or has a tie with who adopted strictly before. The parts are in proportion to
2^(-delay / half-life). Credit that travels on is the product of the parts along every chain.

References
----------
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1),
73-84 (the credit distribution model; there the parts are not normalised by delay).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.joins import Rows, first_of_each, join, lookup
from graphsvc.kernels.ties import contacts, pair_key, split_key
from graphsvc.model import Label
from graphsvc.projection import DAY, FOREVER, Bools, Floats, Index, Ints, Projection

if TYPE_CHECKING:
    from scipy import sparse

    Matrix = sparse.csr_array[np.float64, tuple[int, int]]

UNDATED = np.iinfo(np.int64).min
MIN_PAIRS = 20  # delays needed before the half-life is read from the data
CHUNK = 50_000  # events joined at once
COLUMNS = 64  # organizations solved at once


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
    """Whom each entity could learn from and when: ``who`` follows, or has a tie with, ``of``; by ascending who."""

    who: Index
    of: Index
    since: Ints
    until: Ints


@dataclass(frozen=True)
class Candidates:
    """Pairs of events of one work, whatever their order in time, by (later, earlier); a pair may have two spans."""

    later: Rows
    earlier: Rows
    since: Ints
    until: Ints


@dataclass(frozen=True)
class Credit:
    """``share`` of the unit of event ``later`` that goes to event ``earlier``; ``onward`` per event: all that comes.

    Shares of one ``later`` add up to 1; ``onward`` is direct and chained credit together.
    """

    events: Adoptions
    later: Rows
    earlier: Rows
    delay: Floats  # [days]
    share: Floats
    onward: Floats

    def direct(self, n: int) -> Floats:
        """Direct credit per entity index below ``n``."""
        return _sums(self.events.entity[self.earlier], self.share, n)

    def chains(self, n: int) -> Floats:
        """Credit per entity that travelled over at least one other adopter."""
        return _sums(self.events.entity[self.earlier], self.share * self.onward[self.later], n)

    def as_author(self, n: int) -> Floats:
        """The part of all credit that an entity has as an author."""
        authored = np.where(self.events.author, self.onward, 0.0)
        return _sums(self.events.entity, authored, n)


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


def sources(p: Projection) -> Sources:
    """Whom each person, and each organization through its people, follows or has a tie with."""
    follows, x = p.facts_of("FOLLOWS", current=False), p.interactions
    contact = np.flatnonzero(contacts(p))
    low, high = np.minimum(x.actor, x.target)[contact], np.maximum(x.actor, x.target)[contact]
    key, first = np.unique(pair_key(low, high, len(p)), return_index=True)  # rows are in time order
    a, b = split_key(key, len(p))
    met = x.time[contact[first]]
    who = np.concatenate([follows.subject, a, b])
    of = np.concatenate([follows.object, b, a])
    since = np.concatenate([follows.valid_from, met, met])
    until = np.concatenate([follows.valid_to, np.full(2 * len(a), FOREVER)])
    order = np.lexsort((of, who))
    return _with_organizations(p, Sources(who[order], of[order], since[order], until[order]))


def candidates(p: Projection, events: Adoptions, learnt: Sources) -> Candidates:
    """Every pair of events of one work in which one could have learned from the other but for their dates."""
    known = np.isin(learnt.of, events.entity) & np.isin(learnt.who, events.entity)
    of, since, until = learnt.of[known], learnt.since[known], learnt.until[known]
    key = pair_key(events.work, events.entity, len(p))  # ascending
    later, earlier, span = [], [], []
    adopters = np.flatnonzero(~events.author)
    for at in range(0, len(adopters), CHUNK):
        rows = adopters[at : at + CHUNK]
        i, j = join(events.entity[rows], learnt.who[known])
        place, found = lookup(pair_key(events.work[rows[i]], of[j], len(p)), key)
        later.append(rows[i[found]])
        earlier.append(place[found])
        span.append(j[found])
    v, u, j = (_joined(part) for part in (later, earlier, span))
    peer = ~events.author[u]  # authors come below, whether followed or not
    authors = np.flatnonzero(events.author)
    i, k = join(events.work[adopters], events.work[authors])
    always, ever = np.full(len(i), UNDATED), np.full(len(i), FOREVER)
    v, u = np.concatenate([v[peer], adopters[i]]), np.concatenate([u[peer], authors[k]])
    since, until = np.concatenate([since[j[peer]], always]), np.concatenate([until[j[peer]], ever])
    order = np.lexsort((u, v))
    return Candidates(v[order], u[order], since[order], until[order])


def acquainted(p: Projection, given: Credit) -> Floats:
    """Direct credit per entity from adopters who followed it, or had a tie with it, by the time they adopted.

    An author gets credit of every adopter; without any contact it may be mere fashion.
    """
    known = sources(p)
    pair, n = pair_key(known.who, known.of, len(p)), len(p)
    order = np.lexsort((known.since, pair))
    earliest, at = np.unique(pair[order], return_index=True)
    since = known.since[order][at]
    events = given.events
    place, found = lookup(pair_key(events.entity[given.later], events.entity[given.earlier], n), earliest)
    rows = np.flatnonzero(found)
    rows = rows[since[place[rows]] <= events.time[given.later[rows]]]
    return _sums(events.entity[given.earlier[rows]], given.share[rows], n)


def credit_of(p: Projection, half_life_days: float) -> tuple[Credit, Candidates, float]:
    """Credit of all adoptions of a Projection, the pairs behind it and the half-life of delay it was split with.

    The half-life is read from the data where there are enough pairs, else it is the given one [days].
    """
    events = adoptions(p)
    pairs = candidates(p, events, sources(p))
    fitted = delay_half_life(credit(events, pairs, None), half_life_days)
    return credit(events, pairs, fitted), pairs, fitted


def credit(events: Adoptions, pairs: Candidates, half_life_days: float | None, time: Ints | None = None) -> Credit:
    """Split one unit per adopter over those it learned from, and follow it along the chains.

    Parameters
    ----------
    half_life_days : delay at which learning from someone is half as likely; None: no matter how long ago.
    time : other adoption times in place of the real ones (for shuffles).
    """
    when = events.time if time is None else time
    later, earlier = _learned(events, pairs, when)
    dated = when[later] != UNDATED
    delay = np.where(dated, np.maximum(0.0, (when[later] - when[earlier]) / DAY), 0.0)
    share = _split(later, delay, half_life_days, len(events))
    flow = _flow(later, earlier, share, len(events))
    onward = _travel(flow, np.ones((len(events), 1)), _in_time(events, when))[:, 0]
    return Credit(events, later, earlier, delay, share, onward)


def delay_half_life(given: Credit, default: float) -> float:
    """Median positive delay between an adopter and those it could have learned from; default below 20 pairs [days]."""
    positive = given.delay[given.delay > 0]
    return float(np.median(positive)) if len(positive) >= MIN_PAIRS else default


def shuffled(events: Adoptions, group: Ints | Index, rng: np.random.Generator) -> Ints:
    """Adoption times dealt out anew among the adopters of one work in one group (``group`` per entity)."""
    rows = np.flatnonzero(~events.author & (events.time != UNDATED))
    block = (group[events.entity[rows]], events.work[rows])
    order, dealt = rows[np.lexsort(block)], rows[np.lexsort((rng.random(len(rows)), *block))]
    time = events.time.copy()
    time[order] = events.time[dealt]
    return time


def landing(p: Projection, given: Credit) -> Floats:
    """Per entity: its credit, direct and chained, that lands in other organizations than its own.

    Adopters whose employer is unknown, and credit of people whose employer is unknown, do not count.
    """
    home = home_of(p)[given.events.entity]
    flow = _flow(given.later, given.earlier, given.share, len(given.events))
    order = _in_time(given.events, given.events.time)
    earning = np.unique(home[given.earlier])
    earning = earning[earning >= 0]
    outward = np.zeros(len(given.events))
    for at in range(0, len(earning), COLUMNS):
        some = earning[at : at + COLUMNS]
        abroad = ((home[:, None] >= 0) & (home[:, None] != some[None, :])).astype(np.float64)
        gained = _travel(flow, abroad, order)
        place, mine = lookup(home.astype(np.int64), some.astype(np.int64))
        outward[mine] = gained[mine, place[mine]]
    return _sums(given.events.entity, outward, len(p))


def reached(given: Credit, entity: int) -> tuple[Floats, Floats]:
    """Per event: the direct credit, and the chained credit, that it brings to one entity."""
    from scipy.sparse.linalg import spsolve_triangular

    events = given.events
    mine = (events.entity == entity).astype(np.float64)
    flow = _flow(given.later, given.earlier, given.share, len(events))
    order = _in_time(events, events.time)
    system = _system(flow, order).T.tocsr()
    total = np.zeros(len(events))
    total[order] = spsolve_triangular(system, mine[order], lower=True, unit_diagonal=True)
    direct = np.asarray(flow.T @ mine, dtype=np.float64)
    return direct, np.maximum(0.0, total - mine - direct)


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


def _with_organizations(p: Projection, known: Sources) -> Sources:
    """An organization learns from its people and from whom they learn."""
    takers = p.facts_of("ADOPTED", current=False).subject
    takers = np.unique(takers[p.entities.label[takers] == Label.ORGANIZATION])
    members = p.people[np.isin(p.entities.organization[p.people], takers)]
    home = p.entities.organization[members]
    i, j = join(members, known.who)
    who = np.concatenate([known.who, home, home[i]])
    of = np.concatenate([known.of, members, known.of[j]])
    since = np.concatenate([known.since, np.full(len(members), UNDATED), known.since[j]])
    until = np.concatenate([known.until, np.full(len(members), FOREVER), known.until[j]])
    order = np.lexsort((of, who))
    return Sources(who[order], of[order], since[order], until[order])


def _learned(events: Adoptions, pairs: Candidates, when: Ints) -> tuple[Rows, Rows]:
    """The pairs whose dates allow it: the source adopted strictly before, and was known then."""
    v, u = when[pairs.later], when[pairs.earlier]
    before = (u < v) & (u != UNDATED) & (pairs.since <= v) & (v < pairs.until)
    keep = np.flatnonzero(before | events.author[pairs.earlier])
    later, earlier = pairs.later[keep], pairs.earlier[keep]
    once = first_of_each(pair_key(later, earlier, len(events)))
    return later[once], earlier[once]


def _split(later: Rows, delay: Floats, half_life_days: float | None, n: int) -> Floats:
    """Parts of one unit per later event; the shortest delay is taken off first, so that centuries do not underflow."""
    if half_life_days is None:
        part = np.ones(len(later))
    else:
        shortest = np.full(n, np.inf)
        np.minimum.at(shortest, later, delay)
        part = np.exp2((shortest[later] - delay) / half_life_days)
    out: Floats = part / np.bincount(later, weights=part, minlength=n)[later]
    return out


def _flow(later: Rows, earlier: Rows, share: Floats, n: int) -> Matrix:
    from scipy import sparse

    return sparse.csr_array((share, (earlier, later)), shape=(n, n))


def _in_time(events: Adoptions, when: Ints) -> Rows:
    """Events with all sources before those who learned: authors, then by time (no two of one time are linked)."""
    return np.lexsort((when, ~events.author))


def _system(flow: Matrix, order: Rows) -> Matrix:
    """I - flow with events in time order: upper triangular."""
    from scipy import sparse

    one = sparse.eye_array(flow.shape[0], format="csr")
    return sparse.csr_array(one - flow[order][:, order])


def _travel(flow: Matrix, gain: Floats, order: Rows) -> Floats:
    """Gain that reaches each event over chains of any length: X = flow (gain + X), solved from the end of time."""
    from scipy.sparse.linalg import spsolve_triangular

    first = np.asarray(flow @ gain)
    if flow.nnz == 0:
        return np.zeros_like(first)
    out = np.empty_like(first)
    out[order] = spsolve_triangular(_system(flow, order), first[order], lower=False, unit_diagonal=True)
    return out


def _sums(where: NDArray[np.integer], what: Floats, n: int) -> Floats:
    return np.bincount(where, weights=what, minlength=n).astype(np.float64)


def _joined(parts: list[Rows]) -> Rows:
    return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
