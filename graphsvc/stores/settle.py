"""Which rows of an interaction are kept: a function of the set of its rows, not of their order, page or number.

Per participant the smallest row by (role, topic, weight, relevance, object, channel, sender) is kept, larger weight and
relevance first, unknown last; the kind belongs to the interaction and is the smallest of all its rows. Taking a
minimum again and again, in any grouping, gives the same, which is what makes a merge repeatable.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.projection import Bools, Floats, Ints


@dataclass(frozen=True)
class Rows:
    """Interaction rows in columns, by the store's handles; ``old`` is the pk of a stored row, 0 for a new one."""

    time: Ints
    key: Ints
    actor: Ints
    target: Ints
    role: Ints
    kind: Ints
    channel: Ints
    topic: Ints
    object: Ints
    weight: Floats
    relevance: Floats  # NaN = not measured
    record: NDArray[np.object_]  # the source's id, None where it has none
    source: Ints
    old: Ints

    def __len__(self) -> int:
        return len(self.time)

    def take(self, where: NDArray[Any]) -> Rows:
        """The rows a mask or an index selects."""
        return Rows(**{f.name: getattr(self, f.name)[where] for f in fields(self)})


@dataclass(frozen=True)
class Ranks:
    """Order of the texts behind the handles, row by row; unknown (-1) ranks last."""

    kind: Ints
    topic: Ints
    object: Ints
    channel: Ints
    actor: Ints


@dataclass(frozen=True)
class Settled:
    """What to write: rows to insert (with their final kind), stored rows they replace, and the count of fates.

    ``replaces`` is the pk each inserted row replaces, 0 where it is a new participant; ``shared`` are (pk, source) of
    stored rows that a further source holds too.
    """

    insert: Rows
    replaces: Ints
    shared: list[tuple[int, int]]
    exact: int  # new rows equal in all columns to one that is there
    recipients: int  # new rows of a participant that is there, other columns differ


def joined(first: Rows, second: Rows) -> Rows:
    """Rows of both."""
    return Rows(**{f.name: np.concatenate((getattr(first, f.name), getattr(second, f.name))) for f in fields(Rows)})


def is_plain(rows: Rows) -> bool:
    """True when rows in (time, key, target) order have no repeated participant and one kind per interaction."""
    if len(rows) < 2:
        return True
    same = ~_changes(rows.time, rows.key)[1:]
    repeated = same & (rows.target[1:] == rows.target[:-1])
    mixed = same & (rows.kind[1:] != rows.kind[:-1])
    return not bool((repeated | mixed).any())


def settle(rows: Rows, ranks: Ranks) -> Settled:
    """Decide what is kept of stored and new rows of the same interactions."""
    relevance = np.where(np.isnan(rows.relevance), np.inf, -rows.relevance)
    ranked = (rows.role, ranks.topic, -rows.weight, relevance, ranks.object, ranks.channel, ranks.actor, ranks.kind)
    order = np.lexsort((rows.old == 0, *reversed(ranked), rows.target, rows.key, rows.time))
    s = rows.take(order)
    content: list[Any] = [column[order] for column in ranked]
    lead = _changes(s.time, s.key, s.target)
    group = np.cumsum(lead) - 1
    first = np.flatnonzero(lead)
    kind, kind_rank = _kinds(s, content[-1])
    stored, stored_source, stored_rank = (_of_stored(s, group, len(first), c) for c in (s.old, s.source, content[-1]))
    write = (stored == 0) | (s.old[first] == 0) | (stored_rank != kind_rank[first])
    winners = first[write]
    insert = s.take(winners)
    source = np.where(stored[write] > 0, stored_source[write], insert.source)
    final = Rows(**{**vars(insert), "kind": kind[winners], "source": source})
    equal = ~lead
    for column in content:
        equal[1:] &= column[1:] == column[:-1]
    new = s.old == 0
    taken = lead & (stored[group] == 0)
    return Settled(
        insert=final,
        replaces=stored[write],
        shared=_shared(s, new, stored[group], stored_source[group]),
        exact=int((new & equal).sum()),
        recipients=int((new & ~equal & ~taken).sum()),
    )


def _changes(*columns: Ints) -> Bools:
    """True where a row begins a new run of equal values."""
    out = np.ones(len(columns[0]), dtype=bool)
    if len(out):
        out[1:] = False
        for column in columns:
            out[1:] |= column[1:] != column[:-1]
    return out


def _kinds(s: Rows, rank: Ints) -> tuple[Ints, Ints]:
    """Kind of each row's interaction, as handle and as rank."""
    begin = np.flatnonzero(_changes(s.time, s.key))
    if not len(begin):
        return s.kind, rank
    lowest = np.minimum.reduceat(rank, begin)
    sizes = np.diff(np.append(begin, len(s)))
    per_row = np.repeat(lowest, sizes)
    handle = np.full(int(rank.max()) + 1, -1, dtype=np.int64)
    handle[rank] = s.kind
    return handle[per_row], per_row


def _of_stored(s: Rows, group: Ints, n: int, column: Ints) -> Ints:
    """Per group, a column's value of its stored row; 0 where it has none (handles are positive, ranks unused then)."""
    out = np.zeros(n, dtype=np.int64)
    where = s.old > 0
    out[group[where]] = column[where]
    return out


def _shared(s: Rows, new: Bools, stored: Ints, source: Ints) -> list[tuple[int, int]]:
    other = new & (stored > 0) & (s.source != source)
    return sorted(set(zip(stored[other].tolist(), s.source[other].tolist(), strict=True)))
