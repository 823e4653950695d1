"""What a few new events change of a score: which rows of a Projection are new, and scores made anew for these only.

A score may be renewed instead of computed where the moment, the model and everything but the interactions are the same,
and no interaction went away. What changed is found by comparing the two Projections, not by trusting a feed: whatever
is not plainly a few more interactions, perhaps of people new here (a retraction, a merge, another word), is computed in
full. No sums are carried over: a renewed row is computed from all its interactions, so that it equals that of a full
run.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.narrow import is_repeated
from graphsvc.projection import Bools, Index, Ints, Projection, take

ENDS = ("actor", "target", "object", "subject", "entity", "organization", "owner")  # columns of entity indices
SHARE = 8  # above one interaction in so many, computing all is no slower


@dataclass(frozen=True)
class Touched:
    """What is new in a Projection.

    Attributes
    ----------
    rows : indices of interactions that are new, or whose number of participants changed, ascending.
    people : per entity: an end of one of these.
    image : index of each entity of the older Projection in the new one, ascending.
    """

    rows: Ints
    people: Bools
    image: Index


def touched(old: Projection, new: Projection) -> Touched | None:
    """What ``new`` has more than ``old``; None where it differs in anything else, or in too much."""
    same = (new.as_of, new.own_known, new.words, new.overrides) == (old.as_of, old.own_known, old.words, old.overrides)
    x, y = old.interactions, new.interactions
    more = len(y) - len(x)
    if not same or not 0 <= more <= len(x) // SHARE:
        return None
    image = _image(old, new)
    if image is None:
        return None
    fresh = _fresh(x.row, y.row, more)
    if fresh is None:
        return None
    kept = take(y, ~fresh) if more else y
    if not _equal(x, kept, image, ENDS, without=("key", "participants", "row")):
        return None
    changed = fresh.copy()
    changed[np.flatnonzero(~fresh)[kept.participants != x.participants]] = True
    rows = np.flatnonzero(changed)
    if len(rows) > len(x) // SHARE:
        return None
    people = np.zeros(len(new), dtype=bool)
    people[y.actor[rows]] = people[y.target[rows]] = True
    return Touched(rows, people, image)


def between(p: Projection, what: Touched) -> Projection:
    """The same graph with only the interactions among the people touched: all rows of every pair that was."""
    x = p.interactions
    rows = np.flatnonzero(what.people[x.actor] & what.people[x.target])
    return replace(p, interactions=take(x, rows))


def _image(old: Projection, new: Projection) -> Index | None:
    """Where each entity went; None unless all are there in their order, and all that is said of them is the same."""
    ids = new.entities.id
    if len(ids) == len(old) and np.array_equal(ids, old.entities.id):
        image = np.arange(len(ids), dtype=np.int32)
    else:
        image = np.flatnonzero(np.isin(ids, old.entities.id)).astype(np.int32)
    if len(image) != len(old) or not np.array_equal(ids[image], old.entities.id):
        return None
    told = _equal(old.facts, new.facts, image, ENDS) and _equal(old.opportunities, new.opportunities, image, ENDS)
    return image if told and _equal(old.entities, take(new.entities, image), image, ("organization",)) else None


def _fresh(old: NDArray[Any], new: NDArray[Any], more: int) -> Bools | None:
    """Which of the new handles are not among the old ones, when all old ones are still there in their order."""
    if not len(old):
        return None
    fresh: Bools = new > old.max()
    if int(fresh.sum()) != more:  # a row that was hidden by its double came to light
        fresh = ~np.isin(new, old)
    return fresh if int(fresh.sum()) == more and np.array_equal(new[~fresh], old) else None


def _equal(a: Any, b: Any, image: Index, ends: tuple[str, ...], without: tuple[str, ...] = ()) -> bool:
    """Whether two column tables say the same, the entities that ``ends`` name being counted as in the second."""
    moved = np.append(image, np.int32(-1))  # the last slot maps -1 to -1
    still = len(image) == 0 or int(image[-1]) == len(image) - 1

    def of(name: str) -> NDArray[Any]:
        column: NDArray[Any] = getattr(a, name)
        return column if still or name not in ends else moved[column]

    names = [f.name for f in fields(a) if f.name not in without]
    return all(_same(of(n), getattr(b, n)) for n in names)


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    if len(a) == len(b) and len(a) and is_repeated(a) and is_repeated(b):
        a, b = a[:1], b[:1]
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
