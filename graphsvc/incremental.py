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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.narrow import CHUNK, is_repeated
from graphsvc.projection import Bools, Index, Ints, Projection, take
from graphsvc.scores import Scores

ENDS = ("actor", "target", "object", "subject", "entity", "organization", "owner")  # columns of entity indices
BETWEEN = "rows between"  # what several scores share of new events
TOUCHED = "touched"  # what is known of other Projections, among what a Projection keeps
_lock = threading.RLock()
PIECE = 4096  # ids compared at a time
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
    fresh = None if image is None else _fresh(x.row, y.row, more)
    if image is None or fresh is None:
        return None
    kept = _Kept(fresh, len(y), image)
    if not kept.alike(x, y, without=("key", "participants", "row")):
        return None
    rows = np.union1d(fresh, kept.unlike(x.participants, y.participants))
    if len(rows) > len(x) // SHARE:
        return None
    people = np.zeros(len(new), dtype=bool)
    people[y.actor[rows]] = people[y.target[rows]] = True
    return Touched(rows, fresh, people, image, weakref.ref(old))


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


def _places(old: Scores, part: Scores) -> Places:
    """Where rows of some scores belong among others."""
    if old.b is None or part.b is None:
        return places(old.a, part.a)
    from graphsvc.kernels.ties_loops import find_pairs

    at, there = find_pairs(old.a, old.b, part.a, part.b)
    return Places(at, ~there)


def joined(old: Scores, part: Scores, n: int) -> Scores:
    """Scores with those rows in place that ``part`` has anew, and its notes.

    Parameters
    ----------
    old, part : rows by ascending (a, b), or a, of one graph; all that ``part`` says of the whole holds for the whole.
    n : number of entities.
    """
    where = _places(old, part)
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
    from graphsvc.kernels.rows_loops import rows_of

    kept = what.shared.get(BETWEEN)
    if not isinstance(kept, np.ndarray):
        kept = what.shared[BETWEEN] = rows_of(p.interactions.actor, p.interactions.target, what.people, True)
    return kept


def rows_with(p: Projection, people: Bools) -> Ints:
    """The interactions with one of some people, ascending."""
    from graphsvc.kernels.rows_loops import rows_of

    return rows_of(p.interactions.actor, p.interactions.target, people, False)


class _Kept:
    """The rows of an older table in a new one that has a few more; compared piece by piece, copied nowhere.

    Parameters
    ----------
    new : the rows that the older table does not have, ascending.
    rows : how many rows the new table has.
    image : where each entity went, ascending.
    """

    def __init__(self, new: Ints, rows: int, image: Index) -> None:
        self._pieces = list(_pieces(new, rows))
        self._moved = np.append(image, np.int32(-1))  # the last slot maps -1 to -1
        self._still = len(image) == 0 or int(image[-1]) == len(image) - 1

    def alike(self, a: Any, b: Any, without: tuple[str, ...] = ()) -> bool:
        """Whether all columns say the same, entities being counted as in the new table."""
        names = [f.name for f in fields(a) if f.name not in without]
        return all(self._alike(getattr(a, n), getattr(b, n), moved=n in ENDS and not self._still) for n in names)

    def _alike(self, a: NDArray[Any], b: NDArray[Any], *, moved: bool) -> bool:
        if len(a) and is_repeated(a) and is_repeated(b):
            return _same(self._moved[a[:1]] if moved else a[:1], b[:1])
        return all(_same(self._moved[a[i]] if moved else a[i], b[j]) for i, j in self._pieces)

    def unlike(self, a: NDArray[Any], b: NDArray[Any]) -> Ints:
        """The rows, as the new table counts them, in which a column says something else."""
        if len(a) and is_repeated(a) and is_repeated(b) and a[0] == b[0]:
            return np.zeros(0, dtype=np.int64)
        found = [j.start + np.flatnonzero(a[i] != b[j]) for i, j in self._pieces]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])


def _pieces(new: Ints, rows: int) -> Iterator[tuple[slice, slice]]:
    """Where rows that stayed are in an older table and in one with ``new`` rows, no piece longer than ``CHUNK``."""
    starts, stops = (np.append(0, new + 1).tolist(), np.append(new, rows).tolist())
    for before, (start, stop) in enumerate(zip(starts, stops, strict=True)):
        for at in range(start, stop, CHUNK):
            end = min(at + CHUNK, stop)
            yield slice(at - before, end - before), slice(at, end)


def _image(old: Projection, new: Projection) -> Index | None:
    """Where each entity went; None unless all are there in their order, and all that is said of them is the same."""
    strangers = _strangers(old.entities.id, new.entities.id)
    if strangers is None:
        return None
    kept = np.ones(len(new), dtype=bool)
    kept[strangers] = False
    image = np.flatnonzero(kept).astype(np.int32)
    told = ((old.facts, new.facts), (old.opportunities, new.opportunities))
    nothing = np.zeros(0, dtype=np.int64)
    same = all(len(a) == len(b) and _Kept(nothing, len(b), image).alike(a, b) for a, b in told)
    return image if same and _Kept(strangers, len(new), image).alike(old.entities, new.entities, ("id",)) else None


def _strangers(old: NDArray[np.bytes_], new: NDArray[np.bytes_]) -> Ints | None:
    """The places of ids that are not among the old ones; None unless all old ones are there in their order."""
    found: list[int] = []
    more, at = len(new) - len(old), 0  # up to ``at`` the old ones are found
    while at < len(old) and 0 <= len(found) <= more:
        size = min(PIECE, len(old) - at)
        here = at + len(found)
        unlike = np.flatnonzero(old[at : at + size] != new[here : here + size])
        at += int(unlike[0]) if len(unlike) else size
        found += [at + len(found)] if len(unlike) else []
    found += range(at + len(found), len(new))
    return np.array(found, dtype=np.int64) if len(found) == more and at == len(old) else None


def _fresh(old: NDArray[Any], new: NDArray[Any], more: int) -> Ints | None:
    """The rows whose handles are not among the old ones, when all old ones are still there in their order."""
    if not len(old):
        return None
    fresh = np.flatnonzero(new > old.max())
    if len(fresh) != more:  # a row that was hidden by its double came to light
        fresh = np.flatnonzero(~np.isin(new, old))
    if len(fresh) != more:
        return None
    return fresh if all(_same(old[i], new[j]) for i, j in _pieces(fresh, len(new))) else None


def _same(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return np.array_equal(a, b, equal_nan=a.dtype.kind == "f")
