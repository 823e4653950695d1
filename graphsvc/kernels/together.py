"""Who was addressed together: pairs of persons who took part in the same small interaction, whoever began it.

Two who keep being written to together work together, though they may not have written to each other of late. The
pairs grow with the square of an interaction's size, and a large one says little of any two: sizes above ``LARGEST``
are left out, so that the work is at most ``LARGEST`` passes over the rows.

References
----------
Newman, M. E. J. (2001). Scientific collaboration networks. II. Physical Review E 64, 016132 (a joint work of k
persons weighs 1 / (k - 1)).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.ties import pair_key
from graphsvc.projection import Floats, Index, Interactions, Ints, Projection

LARGEST = 10  # participants


@dataclass(frozen=True)
class Together:
    """One row per (interaction, pair of those addressed in it), in time order; only pairs that are ties have any."""

    time: Ints  # [us]
    pair: Ints
    weight: Floats  # 1 / (participants - 1)

    def until(self, at: int) -> Together:
        """What was known at ``at``."""
        cut = int(np.searchsorted(self.time, at, side="right"))
        return Together(self.time[:cut], self.pair[:cut], self.weight[:cut])


def beside(x: Interactions, rows: Ints) -> Ints:
    """The other rows of the small interactions that some rows belong to: who else was addressed in them."""
    small = rows[(x.participants[rows] > 2) & (x.participants[rows] <= LARGEST)]
    out = []
    for step in (1, -1):
        at = small
        while len(at):
            at = at[(at + step >= 0) & (at + step < len(x))]
            at = at[(x.key[at + step] == x.key[at]) & (x.time[at + step] == x.time[at])] + step
            out.append(at)
    return np.concatenate([small, *out])


def find_together(p: Projection, rows: Ints, a: Index, b: Index) -> Together:
    """Joint appearances of the targets of interactions.

    Parameters
    ----------
    p : interactions actor -> target; times in [us].
    rows : rows of them that are contacts.
    a, b : the ties, ``a < b``, ascending.
    """
    x = p.interactions
    rows = rows[(x.participants[rows] > 2) & (x.participants[rows] <= LARGEST)]
    rows = rows[np.lexsort((x.target[rows], x.key[rows], x.time[rows]))]
    key, target = x.key[rows], x.target[rows]
    ties = pair_key(a, b, len(p))
    found = [_at_distance(lag, key, target, ties, len(p)) for lag in range(1, LARGEST) if lag < len(rows)]
    first = np.concatenate([np.zeros(0, dtype=np.int64), *(i for i, _ in found)])
    pair = np.concatenate([np.zeros(0, dtype=np.int64), *(tie for _, tie in found)])
    when = x.time[rows[first]]
    order = np.lexsort((pair, when))
    size = x.participants[rows[first]]
    return Together(when[order], pair[order], 1.0 / (size - 1.0)[order])


def _at_distance(lag: int, key: Ints, target: Index, ties: Ints, n: int) -> tuple[Ints, Ints]:
    """Rows whose ``lag``-th next row is of the same interaction and another person of a tie, and the tie."""
    one = np.flatnonzero((key[lag:] == key[:-lag]) & (target[lag:] != target[:-lag]))
    code = pair_key(target[one], target[one + lag], n)  # targets ascend within an interaction
    place = np.searchsorted(ties, code)
    known = ties[np.minimum(place, len(ties) - 1)] == code
    return one[known], place[known]
