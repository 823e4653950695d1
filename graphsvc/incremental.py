"""What a few new events change of a score: which rows of a Projection are new, and scores made anew for these only.

A score may be renewed instead of computed where the moment, the model and everything but the interactions are the same,
and no interaction went away. What changed is found by comparing the two Projections, not by trusting a feed: whatever
is not plainly a few more interactions, perhaps of people new here (a retraction, a merge, another word), is computed in
full. No sums are carried over: a renewed row is computed from all its interactions, so that it equals that of a full
run.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.kernels.ties import pair_key
from graphsvc.narrow import is_repeated
from graphsvc.projection import Bools, Index, Ints, Projection, take
from graphsvc.scores import Scores

ENDS = ("actor", "target", "object", "subject", "entity", "organization", "owner")  # columns of entity indices
TOUCHED = "touched"  # what is known of other Projections, among what a Projection keeps
_lock = threading.RLock()
SHARE = 8  # above one interaction in so many, computing all is no slower


@dataclass(frozen=True, eq=False)
class Touched:
    """What is new in a Projection.

    Attributes
    ----------
    rows : indices of interactions that are new, or whose number of participants changed, ascending.
    fresh : those of them that are new.
    people : per entity: an end of one of these.
    image : index of each entity of the older Projection in the new one, ascending.
    older : the older Projection, as long as anybody else needs it.
    shared : what several scores work out of the same new events, by name.
    """

    rows: Ints
    fresh: Ints
    people: Bools
    image: Index
    older: Callable[[], Projection | None] = field(repr=False)
    shared: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def nobody_new(self) -> bool:
        """Has every entity the index it had?"""
        return len(self.image) == len(self.people)

    def since(self, p: Projection, time: int) -> bool:
        """Are all new events later than a time [us]?"""
        return not len(self.rows) or int(p.interactions.time[self.rows[0]]) > time


def touched(old: Projection, new: Projection) -> Touched | None:
    """What ``new`` has more than ``old``; None where it differs in anything else, or in too much.

    It is worked out once for all that ask.
    """
    with _lock:
        known = new.derived.setdefault(TOUCHED, _Known())
        return known.of(old, new) if isinstance(known, _Known) else None


class _Known:
    """What was found out of one Projection beside older ones."""

    def __init__(self) -> None:
        self._found: list[tuple[Callable[[], Projection | None], Touched | None]] = []

    def of(self, old: Projection, new: Projection) -> Touched | None:
        for whose, what in self._found:
            if whose() is old:
                return what
        self._found.append((weakref.ref(old), _compared(old, new)))
        return self._found[-1][1]


def _compared(old: Projection, new: Projection) -> Touched | None:
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
    return Touched(rows, np.flatnonzero(fresh), people, image, weakref.ref(old))


@dataclass(frozen=True)
class Places:
    """Where rows made anew belong among those there were.

    Attributes
    ----------
    at : the row of the older table that each one replaces, or that it comes before.
    new : those that come before it.
    """

    at: Ints
    new: Bools

    def joined(self, old: NDArray[Any], part: NDArray[Any]) -> NDArray[Any]:
        """A column of the older table with the rows made anew; no row vanishes while no interaction does."""
        out = inserted(old, self.at[self.new], part[self.new])
        out[self.at + np.cumsum(self.new) - self.new] = part
        return out


def places(old: Ints | Index, wanted: Ints | Index) -> Places:
    """Where rows of some keys belong among those of others; both ascend."""
    at = np.searchsorted(old, wanted)
    new = np.ones(len(wanted), dtype=bool)
    new[at < len(old)] = old[at[at < len(old)]] != wanted[at < len(old)]
    return Places(at, new)


def joined(old: Scores, part: Scores, n: int) -> Scores:
    """Scores with those rows in place that ``part`` has anew, and its notes.

    Parameters
    ----------
    old, part : rows by ascending (a, b), or a, of one graph; all that ``part`` says of the whole holds for the whole.
    n : number of entities.
    """
    where = places(*(s.a if s.b is None else pair_key(s.a, s.b, n) for s in (old, part)))
    alike = _alike(old, part)

    def table(a: Mapping[str, NDArray[Any]], b: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
        return {k: where.joined(a[k], v) for k, v in b.items()}

    def maybe(a: NDArray[Any] | None, b: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if a is None or b is None else where.joined(a, b)

    return replace(
        part,
        a=where.joined(old.a, part.a),
        b=maybe(old.b, part.b),
        value=where.joined(old.value, part.value),
        terms=table(old.terms, part.terms),
        beside=table(old.beside, part.beside),
        low=maybe(old.low, part.low),
        high=maybe(old.high, part.high),
        reason=maybe(*(s.reason for s in alike)),
        reasons=alike[1].reasons,
    )


def _alike(old: Scores, part: Scores) -> tuple[Scores, Scores]:
    """Both with the same numbers for the same reasons: those that a store gave back are numbered otherwise."""
    if old.reasons == part.reasons or old.reason is None:
        return old, replace(part, reasons=part.reasons or old.reasons)
    reasons = [*part.reasons, *(r for r in old.reasons if r not in part.reasons)]
    number = np.array([*(reasons.index(r) for r in old.reasons), -1], dtype=np.int8)  # the last one serves -1
    return replace(old, reason=number[old.reason], reasons=tuple(reasons)), replace(part, reasons=tuple(reasons))


def taken(scores: Scores, rows: Ints) -> Scores:
    """Some rows of a score."""

    def maybe(column: NDArray[Any] | None) -> NDArray[Any] | None:
        return None if column is None else column[rows]

    return replace(
        scores,
        a=scores.a[rows],
        b=maybe(scores.b),
        value=scores.value[rows],
        terms={k: v[rows] for k, v in scores.terms.items()},
        beside={k: v[rows] for k, v in scores.beside.items()},
        low=maybe(scores.low),
        high=maybe(scores.high),
        reason=maybe(scores.reason),
    )


def inserted(column: NDArray[Any], place: Ints, values: NDArray[Any]) -> NDArray[Any]:
    """A new column with some values before the places they belong to, ascending; quick where they are few."""
    if not len(place):
        return column.copy()
    kind = np.promote_types(column.dtype, values.dtype)
    pieces = [np.zeros(0, dtype=kind)]
    for piece, value in zip(np.split(column, place), [*np.split(values, len(values)), values[:0]], strict=True):
        pieces += [piece, value]
    return np.concatenate(pieces)


def between(p: Projection, what: Touched) -> Projection:
    """The same graph with only the interactions among the people touched: all rows of every pair that was."""
    return replace(p, interactions=take(p.interactions, rows_between(p, what)))


def rows_between(p: Projection, what: Touched) -> Ints:
    """The interactions among the people touched."""
    x = p.interactions
    return np.flatnonzero(what.people[x.actor] & what.people[x.target])


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
