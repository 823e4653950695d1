"""What makes the context of every tie at a moment: what each person does with everybody, and which ties are alive.

It is worked out of all contacts once; after a few new ones it is renewed: figures of the people of these are made
anew of all their contacts, and those of everybody else stay, since they rest on nothing that changed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from graphsvc.kernels.common import Living, living
from graphsvc.kernels.fading import decays, latest
from graphsvc.projection import Bools, Floats, Index

if TYPE_CHECKING:
    from graphsvc.kernels.contacts import Contacts


@dataclass(frozen=True)
class People:
    """Figures of each entity, zero for those who did nothing.

    Attributes
    ----------
    total : contacts with everybody, each fading over 112 days.
    alive, quarter : ties, each counted as its contacts fading over 28, and 112, days, at most 1.
    sent : interactions in which they acted, fading over 28 days.
    took_112, took_28, took_7 : interactions in which they took part, fading over so many days.
    silent, absent : days since they acted, and since they took part, in any; infinite if never.
    """

    total: Floats
    alive: Floats
    quarter: Floats
    sent: Floats
    took_112: Floats
    took_28: Floats
    took_7: Floats
    silent: Floats
    absent: Floats

    def take(self, who: Index) -> People:
        """The figures of some entities."""
        return People(*(getattr(self, f.name)[who] for f in fields(self)))


NEVER = frozenset({"silent", "absent"})  # what has no end where nothing was


@dataclass(frozen=True)
class Context:
    """People and living ties at ``at`` [us]."""

    at: int
    people: People
    living: Living

    def renewed(self, c: Contacts, image: Index, anew: Bools) -> Context:
        """The context with all that rests on the contacts of some people made anew.

        Parameters
        ----------
        c : all contacts of these people, and no others.
        image : of each entity here its number in ``c``, ascending.
        anew : these people, shape (c.n,).
        """
        part = find_context(c, self.at)
        back = np.full(c.n, -1, dtype=np.int32)
        back[image] = np.arange(len(image), dtype=np.int32)
        columns = {}
        for f in fields(People):
            column = getattr(self.people, f.name).copy()
            if len(column) < c.n:
                column, here = np.full(c.n, np.inf if f.name in NEVER else 0.0), column
                column[image] = here
            column[anew] = getattr(part.people, f.name)[anew]
            columns[f.name] = column
        return Context(self.at, People(**columns), self.living.around(part.living, back, image, anew))


def find_context(c: Contacts, at: int) -> Context:
    """What contacts at or before ``at`` [us] say; later ones are never touched."""
    cut, pairs = c.cut(at), len(c.a)
    faded = decays(c.time[:cut], at, c.pair[:cut], pairs, halves=(112.0, 28.0, 7.0))
    return Context(at, _people(c, at, faded), living((c.a, c.b), (faded[28.0], faded[7.0]), c.n))


def _people(c: Contacts, at: int, faded: dict[float, Floats]) -> People:
    acts, took = c.acted.until(at), c.took_part.until(at)
    busy = decays(took.time, at, took.person, c.n, halves=(112.0, 28.0, 7.0))
    return People(
        total=per_person(c, faded[112.0]),
        alive=per_person(c, np.minimum(1.0, faded[28.0])),
        quarter=per_person(c, np.minimum(1.0, faded[112.0])),
        sent=decays(acts.time, at, acts.person, c.n, halves=(28.0,))[28.0],
        took_112=busy[112.0],
        took_28=busy[28.0],
        took_7=busy[7.0],
        silent=latest(acts.time, at, acts.person, c.n),
        absent=latest(took.time, at, took.person, c.n),
    )


def per_person(c: Contacts, per_pair: Floats) -> Floats:
    """Sum of a figure over each person's pairs."""
    one, two = (np.bincount(end, per_pair, c.n).astype(np.float64) for end in (c.a, c.b))
    out: Floats = one + two
    return out
