"""Credit for adoptions: who learned from whom, how one unit is split, and what travels on along chains.

For each work its adopters stand in time order; an adopter splits one unit over those it could have learned from: the
work's authors, and people it follows or has a tie with who adopted strictly before. The parts are in proportion to the
density of the delay (:mod:`graphsvc.kernels.delays`). Credit that travels on is the product of the parts along every
chain.

References
----------
Goyal, A., Bonchi, F. & Lakshmanan, L. V. S. (2011). A data-based approach to social influence maximization. PVLDB 5(1),
73-84 (the credit distribution model; there the parts are not normalised by delay).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.adoptions import FOLLOWS as FOLLOWS
from graphsvc.kernels.adoptions import RELATIONS as RELATIONS
from graphsvc.kernels.adoptions import TIE as TIE
from graphsvc.kernels.adoptions import UNDATED as UNDATED
from graphsvc.kernels.adoptions import Adoptions as Adoptions
from graphsvc.kernels.adoptions import Candidates as Candidates
from graphsvc.kernels.adoptions import Sources as Sources
from graphsvc.kernels.adoptions import acquaintances as acquaintances
from graphsvc.kernels.adoptions import adoptions as adoptions
from graphsvc.kernels.adoptions import candidates as candidates
from graphsvc.kernels.adoptions import home_of as home_of
from graphsvc.kernels.adoptions import shuffled as shuffled
from graphsvc.kernels.adoptions import sources as sources
from graphsvc.kernels.delays import Delays, Law, fit_law
from graphsvc.kernels.joins import Rows, first_of_each, lookup
from graphsvc.kernels.ties import pair_key
from graphsvc.projection import DAY, Floats, Ints, Projection

if TYPE_CHECKING:
    from scipy import sparse

    Matrix = sparse.csr_array[np.float64, tuple[int, int]]


@dataclass(frozen=True)
class Credit:
    """``share`` of the unit of event ``later`` that goes to event ``earlier``; ``onward`` per event: all that comes.

    Shares of one ``later`` add up to 1; ``onward`` is direct and chained credit together.
    """

    events: Adoptions
    later: Rows
    earlier: Rows
    delay: Floats  # [days]
    relation: NDArray[np.int8]  # of the adopter to the source, as in RELATIONS
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


def acquainted(p: Projection, given: Credit) -> Floats:
    """Direct credit per entity from adopters who followed it, or had a tie with it, by the time they adopted.

    An author gets credit of every adopter; without any contact it may be mere fashion.
    """
    events, known = given.events, sources(p)
    known = known.some(np.isin(known.who, events.entity) & np.isin(known.of, events.entity))
    pair, n = pair_key(known.who, known.of, len(p)), len(p)
    order = np.lexsort((known.since, pair))
    earliest, at = np.unique(pair[order], return_index=True)
    since = known.since[order][at]
    place, found = lookup(pair_key(events.entity[given.later], events.entity[given.earlier], n), earliest)
    rows = np.flatnonzero(found)
    rows = rows[since[place[rows]] <= events.time[given.later[rows]]]
    return _sums(events.entity[given.earlier[rows]], given.share[rows], n)


def credit_of(p: Projection, half_life_days: float) -> tuple[Credit, Candidates, Law]:
    """Credit of all adoptions of a Projection, the pairs behind it and the law of delay it was split with.

    The law is read from the data where there are enough pairs, else it is exponential with the given half-life.
    """
    events = adoptions(p)
    pairs = candidates(p, events, sources(p))
    law = fit_law(delays(credit(events, pairs, None), p.as_of), len(RELATIONS), half_life_days)
    return credit(events, pairs, law), pairs, law


def credit(events: Adoptions, pairs: Candidates, law: Law | None, time: Ints | None = None) -> Credit:
    """Split one unit per adopter over those it learned from, and follow it along the chains.

    Parameters
    ----------
    law : of delay, by relation to the source; None: no matter how long ago.
    time : other adoption times in place of the real ones (for shuffles).
    """
    when = events.time if time is None else time
    rows = _learned(events, pairs, when)
    later, earlier, relation = pairs.later[rows], pairs.earlier[rows], pairs.relation[rows]
    dated = when[later] != UNDATED
    delay = np.where(dated, np.maximum(0.0, (when[later] - when[earlier]) / DAY), 0.0)
    weight = np.zeros(len(rows)) if law is None else law.log_density(delay, relation.astype(np.int64))
    share = _split(later, weight, len(events))
    flow = _flow(later, earlier, share, len(events))
    onward = _travel(flow, np.ones((len(events), 1)), _in_time(events, when))[:, 0]
    return Credit(events, later, earlier, delay, relation, share, onward)


def delays(given: Credit, as_of: int) -> Delays:
    """The positive delays behind credit, each with the time its source has had up to ``as_of``."""
    some = given.delay > 0
    age = np.maximum((as_of - given.events.time[given.earlier[some]]) / DAY, given.delay[some])
    return Delays(given.later[some], given.delay[some], age, given.relation[some].astype(np.int64))


def landing(p: Projection, given: Credit) -> Floats:
    """Per entity: its credit, direct and chained, that lands in other organizations than its own.

    Adopters whose employer is unknown, and credit of people whose employer is unknown, do not count.
    """
    from graphsvc.kernels.credit_loops import land

    events = given.events
    if not len(given.later):
        return np.zeros(len(p))
    home = home_of(p)[events.entity].astype(np.int64)
    place = np.empty(len(events), dtype=np.int64)
    place[_in_time(events, events.time)] = np.arange(len(events))
    work = events.work[given.later].astype(np.int64)
    order = np.lexsort((-place[given.earlier], work))
    blocks = np.append(np.flatnonzero(first_of_each(work[order])), len(order))
    outward = land(blocks, given.later[order], given.earlier[order], given.share[order], home)
    return _sums(events.entity, outward, len(p))


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


def _learned(events: Adoptions, pairs: Candidates, when: Ints) -> Rows:
    """The pairs whose dates allow it: the source adopted strictly before, and was known then; each pair once."""
    v, u = when[pairs.later], when[pairs.earlier]
    before = (u < v) & (u != UNDATED) & (pairs.since <= v) & (v < pairs.until)
    keep = np.flatnonzero(before | events.author[pairs.earlier])
    return keep[first_of_each(pair_key(pairs.later[keep], pairs.earlier[keep], len(events)))]


def _split(later: Rows, weight: Floats, n: int) -> Floats:
    """Parts of one unit per later event, by log weights; less the greatest, so that centuries do not underflow."""
    greatest = np.full(n, -np.inf)
    np.maximum.at(greatest, later, weight)
    part = np.exp(weight - greatest[later])
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
