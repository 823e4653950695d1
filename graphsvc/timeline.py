"""All interactions of a workspace in the order of a Projection, renewed by what changed instead of read anew.

Interactions of different moments do not touch each other: their order, their doubles and their participants follow from
the rows of one moment alone. So a Timeline is renewed by reading the moments in which something changed with the very
code that reads everything, and putting them in place of what stood there. It has no cut at a date: as of T it is a
prefix, which costs nothing. Like a Projection it is never written to after it is made.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.attributes import Members, read_members
from graphsvc.narrow import is_repeated, looked_up, repeated
from graphsvc.projection import Bools, Index, Interactions, Ints, Small, freeze, narrowed
from graphsvc.replica import Kept, Replica

BLOCK = 1024  # rows that are looked into together


@dataclass(frozen=True)
class Timeline:
    """Every interaction known at a sequence number, those dated in the future included."""

    sequence: int
    members: Members
    rows: Interactions  # indices of ``members``; kind, channel and topic are the store's word handles

    def until(self, as_of: int) -> Interactions:
        """The interactions at or before a time [us], as views."""
        end = int(np.searchsorted(self.rows.time, as_of, "right"))
        return Interactions(**{f.name: getattr(self.rows, f.name)[:end] for f in fields(self.rows)})


def timeline_at(replica: Replica, sequence: int) -> Timeline:
    """The interactions known at a sequence number; the one of the replica's own is kept for the next time."""
    if sequence != replica.sequence:
        return read_timeline(replica, sequence)
    kept = replica.kept
    if kept is None:
        made = read_timeline(replica, sequence)
    elif kept.timeline.sequence == sequence:
        made = kept.timeline
    else:
        made = renewed(replica, kept)
    replica.kept = Kept(made)
    return made


def read_timeline(replica: Replica, sequence: int) -> Timeline:
    """All interactions known at a sequence number, from the columns."""
    members = read_members(replica, sequence)
    rows = read_interactions(replica, members, replica.visible("interactions", sequence))
    freeze(rows)
    return Timeline(sequence, members, rows)


def renewed(replica: Replica, kept: Kept) -> Timeline:
    """The Timeline at the replica's sequence number, from an older one and what changed since."""
    old, rows = kept.timeline, kept.timeline.rows
    members = read_members(replica, replica.sequence) if kept.regrouped else old.members
    changed = np.concatenate((*kept.interactions, _regrouped(replica, old.members, members)))
    if members is not old.members:
        image = np.append(members(old.members.canonical), np.int32(-1))  # the last slot maps -1 to -1
        rows = replace(rows, **{c: looked_up(image, getattr(rows, c)) for c in ("actor", "target", "object")})
    table = replica.tables["interactions"]
    moments = np.unique(table["time"][changed])
    if len(moments):
        inside = _rows_at(table["time"], moments)
        inside = inside[replica.visible_among("interactions", replica.sequence, inside)]
        rows = _spliced(rows, moments, read_interactions(replica, members, inside))
    freeze(rows)
    return Timeline(replica.sequence, members, rows)


def _regrouped(replica: Replica, old: Members, new: Members) -> Ints:
    """Handles of the interactions with somebody who is now another entity, by a link, a split or as a new member."""
    if new is old:
        return np.zeros(0, dtype=np.int64)
    moved = np.append(old.heads(len(new.of)) != new.heads(len(new.of)), False)
    if not moved.any():
        return np.zeros(0, dtype=np.int64)
    table = replica.tables["interactions"]
    hit = np.zeros(table.size, dtype=bool)
    for column in ("actor", "target", "object"):
        ends = table[column][:1] if is_repeated(table[column]) else table[column]
        hit |= looked_up(moved, np.minimum(ends, len(moved) - 1))
    return np.flatnonzero(hit)


def _among(values: Ints, ascending: Ints) -> Bools:
    """Which values occur in an ascending, non-empty list."""
    place = np.minimum(np.searchsorted(ascending, values), len(ascending) - 1)
    out: Bools = ascending[place] == values
    return out


def _rows_at(times: Ints, moments: Ints) -> Ints:
    """Rows of which the time is one of some moments (ascending, some); blocks that hold none are not looked into.

    Rows come to the store nearly in the order of their times, so that most blocks hold few moments.
    """
    start = np.arange(0, len(times), BLOCK)
    low, high = np.minimum.reduceat(times, start), np.maximum.reduceat(times, start)
    hit = start[np.searchsorted(moments, low) < np.searchsorted(moments, high, "right")]
    rows = (hit[:, None] + np.arange(BLOCK)).ravel()
    rows = rows[: np.searchsorted(rows, len(times))]
    out: Ints = rows[_among(times[rows], moments)]
    return out


def _spliced(old: Interactions, moments: Ints, fresh: Interactions) -> Interactions:
    """``old`` with all rows of some moments (ascending) replaced by ``fresh``; one copy of every column."""
    begin, end = (np.searchsorted(old.time, moments, side).tolist() for side in ("left", "right"))
    first, last = (np.searchsorted(fresh.time, moments, side).tolist() for side in ("left", "right"))
    stay = list(zip([0, *end], [*begin, len(old)], strict=True))
    come = list(zip(first, last, strict=True))

    def joined(a: NDArray[Any], b: NDArray[Any]) -> NDArray[Any]:
        if is_repeated(a) and (not len(b) or (is_repeated(b) and np.array_equal(a[:1], b[:1], equal_nan=_float(a)))):
            return repeated(a, sum(j - i for i, j in (*stay, *come)))
        parts = [a[stay[0][0] : stay[0][1]]]
        for (i, j), (k, m) in zip(come, stay[1:], strict=True):
            parts += [b[i:j], a[k:m]]
        return np.concatenate(parts, dtype=np.promote_types(a.dtype, b.dtype))

    spliced = Interactions(**{f.name: joined(getattr(old, f.name), getattr(fresh, f.name)) for f in fields(old)})
    since = begin[0]  # what stands before keeps its numbers
    key: Small = spliced.key.astype(np.int32 if len(spliced) < 2**31 else np.int64)
    key[since:] = _numbered(spliced.time[since:], key[since:]) + (int(key[since - 1]) + 1 if since else 0)
    return replace(spliced, key=key)


def _float(column: NDArray[Any]) -> bool:
    return column.dtype.kind == "f"


def _numbered(time: Ints, key: NDArray[Any]) -> Small:
    """Numbers of the interactions in the order of the rows, from 0; rows of one stand together."""
    changed = _changes(time, key)
    if len(changed):
        changed[0] = False
    return np.cumsum(changed, dtype=np.int32 if len(changed) < 2**31 else np.int64)


# -- rows of the store to rows of a Projection ------------------------------------------------------------------------


def read_interactions(replica: Replica, members: Members, seen: Ints) -> Interactions:
    """Interactions in (time, key, target, actor) order, from rows of the store (handles, ascending).

    Rows of one moment must be given all or none. Not taken are rows with an unknown end, rows to oneself, and all but
    the first of the rows that say the same: two addresses of one person in one message are one participant.
    """
    table = replica.tables["interactions"]
    actor, target = members(table["actor"][seen]), members(table["target"][seen])
    known = (actor >= 0) & (target >= 0)
    if not known.all():
        seen, actor, target = seen[known], actor[known], target[known]
    time, key = table["time"][seen].astype(np.int64, copy=False), table["key"][seen]  # of no rows: of no width yet
    order = sorted_order(time, key, target, actor, table["role"][seen])
    seen, time, key, actor, target = seen[order], time[order], key[order], actor[order], target[order]
    participants = _participants(_changes(time, key), actor, target)
    keep = (actor != target) & _changes(time, key, target, actor)
    time, rows = time[keep], seen[keep]
    given = {c: _at(table[c], rows) for c in ("role", "kind", "channel", "topic", "weight", "relevance")}
    found = Interactions(
        time=time,
        key=_numbered(time, key[keep]),
        actor=actor[keep],
        target=target[keep],
        object=members(_at(table["object"], rows)),
        participants=participants[keep],
        row=rows,
        **given,
    )
    return narrowed(found)


def _at(column: NDArray[Any], rows: Ints) -> NDArray[Any]:
    return repeated(column, len(rows)) if is_repeated(column) else column[rows]


def sorted_order(major: Ints, *minor: NDArray[Any]) -> Ints:
    """Order of rows by some columns, then by position: what ``lexsort`` gives, quicker for rows nearly in order.

    Only runs of equal ``major`` that are out of order get sorted by the minor columns.

    Examples
    --------
    >>> sorted_order(np.array([1, 3, 3, 2]), np.array([0, 9, 8, 0])).tolist()
    [0, 3, 2, 1]
    """
    order: Ints = np.argsort(major, kind="stable")  # a merge sort: one pass for each run that is in order already
    ranked = major[order]
    tied = np.flatnonzero(ranked[1:] == ranked[:-1])
    wrong = _descending(order[tied], order[tied + 1], minor)
    if wrong.any():
        run = np.cumsum(np.append(True, ranked[1:] != ranked[:-1]))
        bad = np.zeros(int(run[-1]) + 1, dtype=bool)
        bad[run[tied[wrong]]] = True
        part = order[bad[run]]
        order[bad[run]] = part[np.lexsort((*(c[part] for c in reversed(minor)), major[part]))]
    return order


def _descending(first: Ints, second: Ints, columns: tuple[NDArray[Any], ...]) -> Bools:
    """Which pairs of rows stand in descending order of some columns."""
    wrong, open_ = np.zeros(len(first), dtype=bool), np.ones(len(first), dtype=bool)
    for column in columns:
        a, b = column[first], column[second]
        wrong |= open_ & (a > b)
        open_ &= a == b
    return wrong


def _changes(*columns: NDArray[Any]) -> Bools:
    """Which rows differ from the row before them in some column; the first does."""
    out = np.ones(len(columns[0]), dtype=bool)
    if len(out):
        out[1:] = columns[0][1:] != columns[0][:-1]
        for column in columns[1:]:
            out[1:] |= column[1:] != column[:-1]
    return out


def _participants(first: Bools, actor: Index, target: Index) -> Index:
    """Distinct persons of each row's interaction, the actors included; ``first`` marks where an interaction begins.

    Rows of an interaction stand in target order, so that its persons can be counted without sorting where it has one
    actor, as nearly all have.
    """
    if not len(first):
        return np.zeros(0, dtype=np.int32)
    start, group = np.flatnonzero(first), np.cumsum(first) - 1
    count = np.add.reduceat(first | _changes(target), start, dtype=np.int32) + np.int32(1)
    count -= np.logical_or.reduceat(actor == target, start)
    mixed = np.zeros(len(start), dtype=bool)
    mixed[group[~first & _changes(actor)]] = True
    if mixed.any():
        rows = np.flatnonzero(mixed[group])
        n = int(max(actor[rows].max(), target[rows].max())) + 1
        pairs = np.unique(np.concatenate((group[rows] * n + target[rows], group[rows] * n + actor[rows])))
        count[mixed] = np.bincount(pairs // n, minlength=len(start))[mixed]
    out: Index = count[group]
    return out
