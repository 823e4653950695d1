"""What credit would be by chance: anybody like the adopter might have adopted at that moment in the adopter's place.

People who are alike adopt alike, at like times, and name each other: credit grows from likeness alone. So each
adoption is set against the people of the same group who take up works at all and had not taken up this one: had one of
them adopted at that moment, whom would the credit have gone to? The mean over them is expected by likeness; what the
real adopters gave beyond it is the excess. It keeps when each source adopted, how many adopted when in each group and
how many follow whom; it cannot tell influence from a likeness finer than the groups.

References
----------
Cox, D. R. (1972). Regression models and life-tables. Journal of the Royal Statistical Society B 34(2), 187-220 (the
risk set; the sums here are the score of the partial likelihood at no influence).
Goldstein, L. & Langholz, B. (1992). Asymptotic theory for nested case-control sampling in the Cox regression model.
Annals of Statistics 20(4), 1903-1928 (a sample of a large risk set serves as well).
Shalizi, C. R. & Thomas, A. C. (2011). Homophily and contagion are generically confounded in observational social
network studies. Sociological Methods & Research 40(2), 211-239.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.adoptions import Sources
from graphsvc.kernels.credit import Credit
from graphsvc.kernels.delays import Law
from graphsvc.kernels.joins import first_of_each
from graphsvc.projection import DAY, Bools, Floats, Index, Ints

MOST = 64  # people an adopter is compared with; of larger groups a sample


@dataclass(frozen=True)
class Excess:
    """Credit against likeness; the first four per entity, the others per event of ``Credit.events``.

    ``by_likeness`` is expected peer credit, direct and chained. ``known`` is direct credit from adopters who knew the
    source, with ``known_by_likeness`` and ``variance``. ``exposed``: 1 where an adopter had somebody to learn from
    who was no author, with what is expected of people like it, and its variance.
    """

    by_likeness: Floats
    known: Floats
    known_by_likeness: Floats
    variance: Floats
    exposed: Floats
    exposed_by_likeness: Floats
    exposed_variance: Floats

    def chance(self) -> Floats:
        """Per entity: probability of so much known credit by likeness alone; NaN where nothing can be compared."""
        from scipy.special import gammainc

        told = self.variance > 1e-12
        spread = np.where(told, self.variance / np.maximum(self.known_by_likeness, 1e-12), 1.0)
        p = gammainc(np.maximum(self.known, 1e-12) / spread, self.known_by_likeness / spread)
        out: Floats = np.where(told, np.where(self.known > 0, p, 1.0), np.nan)
        return out


def excess(given: Credit, known: Sources, law: Law, group: Index, person: Bools, seed: int = 0) -> Excess:
    """Credit expected by likeness.

    Parameters
    ----------
    group : group of each entity; people are compared inside it.
    person : per entity, whether it may stand in for an adopter.
    seed : of the sample of people in groups larger than ``MOST``.
    """
    from graphsvc.kernels.excess_loops import compare

    events, n = given.events, len(group)
    if not len(events) or events.author.all():
        return Excess(*np.zeros((4, n)), *np.zeros((3, len(events))))
    takes = np.zeros(n, dtype=bool)
    takes[events.entity[~events.author]] = True
    codes, members = _members(group, takes & person)
    blocks = np.append(np.flatnonzero(first_of_each(events.work.astype(np.int64))), len(events))
    first = np.searchsorted(known.who, np.arange(n + 1)).astype(np.int64)
    learnt = (first, known.of.astype(np.int64), known.since, known.until, known.relation.astype(np.int64))
    entity = events.entity.astype(np.int64)
    rows = (entity, events.time, codes[entity], events.author, 1.0 + given.onward)
    scale = law.scale.astype(np.float64)
    entities, adopters = compare(rows, blocks, members, learnt, (scale, float(law.tail), float(DAY)), (n, MOST, seed))
    return Excess(*entities, *adopters)


def _members(group: Index, counts: Bools) -> tuple[Ints, tuple[Ints, Ints, Ints]]:
    """Code of each entity's group; per group the first row, then the people, and the place of each entity."""
    _, codes = np.unique(group, return_inverse=True)
    codes = codes.astype(np.int64)
    who = np.flatnonzero(counts)
    who = who[np.argsort(codes[who], kind="stable")]
    begin = np.searchsorted(codes[who], np.arange(int(codes.max(initial=-1)) + 2)).astype(np.int64)
    place = np.full(len(group), -1, dtype=np.int64)
    place[who] = np.arange(len(who))
    return codes, (begin, who.astype(np.int64), place)
