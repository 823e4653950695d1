"""Contacts: distinct (interaction, pair of persons), and what each person did, as sorted columns.

Everything a walk-forward model may know at a moment R is a prefix of these columns, because each is in time order or
carries the time at which it came to be known. Nothing here looks at R, so the columns are made once for all moments.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphsvc.kernels.joins import first_of_each
from graphsvc.kernels.order import lexical_order, stable_order
from graphsvc.kernels.ties import contacts as is_contact
from graphsvc.kernels.ties import is_kind, pair_key, split_key
from graphsvc.kernels.together import Together, beside, find_together
from graphsvc.model import MUTUAL_KINDS
from graphsvc.projection import Bools, Floats, Index, Interactions, Ints, Projection, take


@dataclass(frozen=True)
class Took:
    """Who did something when: one row per (interaction, person), in time order."""

    time: Ints  # [us]
    person: Index

    def until(self, at: int) -> Took:
        """What was known at ``at``."""
        cut = int(np.searchsorted(self.time, at, side="right"))
        return Took(self.time[:cut], self.person[:cut])


@dataclass(frozen=True)
class Gaps:
    """Days between consecutive active days of a pair, by (pair, days); ``end`` is when the later day began to be."""

    pair: Ints
    days: Floats
    end: Ints  # [us]


@dataclass(frozen=True)
class Contacts:
    """One row per distinct (interaction, unordered pair), in time order; list and robot mail is no contact.

    Attributes
    ----------
    n : number of entities.
    a, b : the pairs, ``a < b``, ascending.
    first : time of each pair's first contact [us].
    time, pair, by_a, by_b, spread, source : per contact: time [us], pair, who acted (both in a meeting or call),
        1 / (participants - 1), and the row of the Projection's interactions it stands for.
    active_pair, active_time : per (pair, day with a contact), in time order of that day's first contact.
    together : small interactions in which both of a pair were addressed, whoever began them.
    """

    n: int
    a: Index
    b: Index
    first: Ints
    time: Ints
    pair: Ints
    by_a: Bools
    by_b: Bools
    spread: Floats
    source: Ints
    active_pair: Ints
    active_time: Ints
    gaps: Gaps
    acted: Took
    took_part: Took
    together: Together

    def __len__(self) -> int:
        return len(self.time)

    def cut(self, at: int) -> int:
        """Number of contacts at or before ``at``."""
        return int(np.searchsorted(self.time, at, side="right"))

    @cached_property
    def gaps_by(self) -> tuple[Gaps, Gaps]:
        """Gaps between the days on which ``a`` acted, and between those on which ``b`` did."""
        one, two = (self._gaps_of(np.flatnonzero(by)) for by in (self.by_a, self.by_b))
        return one, two

    def _gaps_of(self, some: Ints) -> Gaps:
        pair = self.pair[some]
        return _active_days(pair, self.time[some], stable_order(pair))[2]


_newest: list[tuple[weakref.ref[Projection], Contacts]] = []  # at most one


def find_contacts(p: Projection, since: int | None = None) -> Contacts:
    """The contacts of a Projection; those of the last one asked for are kept as long as it is.

    Parameters
    ----------
    p : interactions actor -> target; times in [us].
    since : earlier interactions are left out [us].
    """
    if since is not None:
        return _found(p, since)
    for whose, found in list(_newest):
        if whose() is p:
            return found
    made = _found(p, None)
    _newest[:] = [(weakref.ref(p, lambda _: _newest.clear()), made)]
    return made


def contacts_of(p: Projection, people: Bools) -> Contacts:
    """All contacts of some people, with whomever, and no others; ``source`` and what others did are not told.

    Parameters
    ----------
    people : per entity: is it one of them?
    """
    from graphsvc.kernels.rows_loops import rows_of

    x = p.interactions
    mine = rows_of(x.actor, x.target, people, False)
    y = take(x, np.union1d(mine, beside(x, mine)))
    part = replace(p, interactions=y)
    found = _contact_rows(part)
    return _made(part, found[people[y.actor[found]] | people[y.target[found]]], found)


def _found(p: Projection, since: int | None) -> Contacts:
    rows = _contact_rows(p)
    if since is not None:
        rows = rows[p.interactions.time[rows] >= since]
    return _made(p, rows, rows)


def _contact_rows(p: Projection) -> Ints:
    x = p.interactions
    return np.flatnonzero(is_contact(p) & (x.actor != x.target))


def _made(p: Projection, rows: Ints, addressed: Ints) -> Contacts:
    """Contacts of some rows; who was addressed together is told of pairs among them, by the rows ``addressed``."""
    x, n = p.interactions, len(p)
    number, code = _numbers(x)[rows], _codes(x, rows, n)
    order = _within(number, code)
    if order is not None:
        rows, number, code = rows[order], number[order], code[order]
    start = _starts(number, code)
    by_pair = stable_order(code[start])
    new = first_of_each(code[start[by_pair]])
    pair = np.empty(len(start), dtype=np.int64)
    pair[by_pair] = np.cumsum(new) - 1
    a, b = split_key(code[start[by_pair[new]]], n)
    time = x.time[rows[start]]
    active_pair, active_time, gaps = _active_days(pair, time, by_pair)
    low, mutual = (x.actor < x.target)[rows], is_kind(p, MUTUAL_KINDS)[rows]
    return Contacts(
        n=n,
        a=a,
        b=b,
        first=time[by_pair[new]],
        time=time,
        pair=pair,
        by_a=_any(low | mutual, start),
        by_b=_any(~low | mutual, start),
        spread=1.0 / np.maximum(1, x.participants[rows[start]] - 1),
        source=rows[start],
        active_pair=active_pair,
        active_time=active_time,
        gaps=gaps,
        acted=_took(x, rows, number, mutual),
        took_part=_took(x, rows, number, np.ones(len(rows), dtype=bool)),
        together=find_together(p, addressed, a, b),
    )


def _codes(x: Interactions, rows: Ints, n: int) -> Ints:
    """Key of the unordered pair of each row."""
    actor, target = x.actor[rows], x.target[rows]
    return pair_key(np.minimum(actor, target), np.maximum(actor, target), n)


def _numbers(x: Interactions) -> Ints:
    """Numbers of the interactions, ascending with (time, key), the order the rows are in: one column to sort by."""
    new = np.zeros(len(x), dtype=bool)
    new[1:] = (x.time[1:] != x.time[:-1]) | (x.key[1:] != x.key[:-1])
    return np.cumsum(new)


def _within(number: Ints, code: Ints) -> Ints | None:
    """The order by interaction and pair of rows that are by interaction; None where it is the one they have."""
    same = number[1:] == number[:-1]
    if not (same & (code[1:] < code[:-1])).any():
        return None
    several = np.zeros(len(number), dtype=bool)
    several[1:] |= same
    several[:-1] |= same
    rows, order = np.flatnonzero(several), np.arange(len(number))
    order[rows] = rows[lexical_order(number[rows], code[rows])]
    return order


def _took(x: Interactions, rows: Ints, number: Ints, both: Bools) -> Took:
    """Distinct (interaction, person) of rows by interaction: actors, and targets where ``both`` did something."""
    from graphsvc.kernels.contacts_loops import took

    return Took(*took(x.time[rows], number, x.actor[rows], x.target[rows], both))


def _active_days(pair: Ints, time: Ints, by_pair: Ints) -> tuple[Ints, Ints, Gaps]:
    """Days with a contact, and gaps between them, of contacts in time order; ``by_pair`` is their order by pair."""
    from graphsvc.kernels.contacts_loops import active_days

    seen, owner, days, end = active_days(pair, time, by_pair)
    return pair[seen], time[seen], Gaps(owner, days, end)


def _starts(*columns: Ints) -> Ints:
    """Where a new combination of values begins in columns that are sorted by them."""
    n = len(columns[0])
    new = np.zeros(n, dtype=bool)
    new[:1] = True
    for c in columns:
        new[1:] |= c[1:] != c[:-1]
    return np.flatnonzero(new)


def _any(flags: Bools, start: Ints) -> Bools:
    """Logical or over the runs that begin at ``start``."""
    if not len(start):
        return np.zeros(0, dtype=bool)
    out: Bools = np.logical_or.reduceat(flags, start)
    return out
