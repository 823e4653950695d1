"""Contacts that the two sides of a tie have in common, and are in touch with now.

References
----------
Newman, M. E. J. (2001). Clustering and preferential attachment in growing networks. Physical Review E 64, 025102
(common contacts make ties).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.projection import Bools, Floats, Index, Ints

LIVE = 0.03  # decayed contacts below it make nobody a common contact


@dataclass(frozen=True)
class Living:
    """The ties that are alive at a moment, both ways, in rows by person.

    ``root`` holds per link the square root of how alive it is, 0 to 1, by the contacts of a month and of a week; shape
    (links, 2).
    """

    start: Ints
    head: Index
    root: Floats

    def common(self, one: Index, two: Index) -> tuple[Floats, Floats]:
        """Common contacts of pairs of persons, of a month and of a week: summed geometric means of the two ties.

        Neighbours of the side with fewer of them are looked up among the other's, so that a hub costs little: the work
        is the sum over pairs of the smaller degree.
        """
        from graphsvc.kernels.common_loops import products

        degree = np.diff(self.start)
        more = degree[one] >= degree[two]
        large, small = np.where(more, one, two), np.where(more, two, one)
        found = products(self.start, self.head, self.root, large, small, np.argsort(large, kind="stable"))
        return found[:, 0], found[:, 1]

    def around(self, part: Living, back: Index, image: Index, anew: Bools) -> Living:
        """These ties with all those of some persons as in ``part``.

        Parameters
        ----------
        back, image : of each person the number here (-1 where new), and of each here the number there, ascending.
        anew : the persons all of whose ties are in ``part``, which has no others.
        """
        from graphsvc.kernels.common_loops import around

        here, there = (self.start, self.head, self.root), (part.start, part.head, part.root)
        return Living(*around(here, there, back, image, anew))


def living(ends: tuple[Index, Index], decayed: tuple[Floats, Floats], n: int) -> Living:
    """The living ones of some pairs.

    Parameters
    ----------
    ends : the two persons of every pair, ``a < b``, ascending.
    decayed : contacts of every pair, decayed over a month and over a week.
    n : number of entities.
    """
    from graphsvc.kernels.common_loops import rows_of

    live = np.flatnonzero(decayed[0] > LIVE)
    start, head, pair = rows_of(ends[0][live], ends[1][live], n)
    root = np.sqrt(np.minimum(1.0, np.stack([d[live] for d in decayed], axis=1)))
    return Living(start, head, root[pair])
