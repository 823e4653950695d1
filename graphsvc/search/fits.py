"""What it costs to read a word as each entity, and why; and what of a Directory a caller may find."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Index

NONE = 99  # the cost of what does not fit
# Why an entity was found.
WHY = ("name", "key", "email", "title", "pinyin", "initials", "organization", "similar")
NAME, KEY, EMAIL, TITLE, READ, INITIALS, EMPLOYER, SIMILAR = range(len(WHY))

AnyInts = NDArray[np.integer]


@dataclass(frozen=True)
class View:
    """What one caller may find at one moment, row by row of a Directory.

    Attributes
    ----------
    there : entities there are; full : those all of whose texts may be searched; of others only what everybody sees.
    colleague : whose key stands in for a name; employer : row of the employer, -1 for none.
    known : how well the caller knows them, for the order of equals.
    """

    there: Bools
    full: Bools
    colleague: Bools
    employer: Index
    known: NDArray[np.int64]


@dataclass(frozen=True)
class Hit:
    """A row of the Directory and why it was found."""

    row: int
    why: int


@dataclass(frozen=True)
class Hits:
    """Some hits, best first, and how many entities fit in all."""

    page: list[Hit]
    total: int


class Fit:
    """The least cost per row so far, and the reason for it.

    Examples
    --------
    >>> name, title = Fit(3), Fit(3)
    >>> name.offer(np.array([0, 1, 0]), np.array([4, 2, 3]), NAME)
    >>> title.offer(np.array([1, 2]), 5, TITLE)
    >>> both = all_of([name, title])
    >>> name.cost.tolist(), both.cost.tolist(), WHY[both.why[1]]
    ([3, 2, 99], [99, 7, 99], 'title')
    """

    def __init__(self, n: int) -> None:
        self.cost: NDArray[np.int16] = np.full(n, NONE, dtype=np.int16)
        self.why: NDArray[np.int8] = np.zeros(n, dtype=np.int8)

    @property
    def rows(self) -> NDArray[np.intp]:
        """What fits."""
        return np.flatnonzero(self.cost < NONE)

    def offer(self, rows: AnyInts, cost: AnyInts | int, why: AnyInts | int) -> None:
        """Take what is cheaper than what was there; rows may come several times."""
        costs, whys = np.broadcast_to(cost, rows.shape), np.broadcast_to(why, rows.shape)
        better = np.flatnonzero(costs < self.cost[rows])
        order = better[np.argsort(-costs[better], kind="stable")]  # the last one written stays
        self.cost[rows[order]], self.why[rows[order]] = costs[order], whys[order]


def all_of(fits: Iterable[Fit]) -> Fit:
    """What fits all: the sum of the costs; the reason is that of the dearest."""
    first, *others = fits
    out, dearest = Fit(len(first.cost)), first.cost
    out.cost, out.why = first.cost, first.why
    for fit in others:
        out.why = np.where(fit.cost > dearest, fit.why, out.why)
        dearest = np.maximum(dearest, fit.cost)
        out.cost = np.minimum(out.cost + fit.cost, NONE).astype(np.int16)
    return out


def any_of(one: Fit, other: Fit) -> Fit:
    """What fits either, at the lower cost."""
    out = Fit(len(one.cost))
    out.cost, out.why = np.minimum(one.cost, other.cost), np.where(other.cost < one.cost, other.why, one.why)
    return out
