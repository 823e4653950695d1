"""What holds of people's decisions, read from the columns: merges, splits, overrides; and what joined by itself.

What joins by itself is a link of a record to its exact mail address or domain that another source speaks of too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal

import numpy as np

from graphsvc.projection import Bools, Ints
from graphsvc.replica import Replica

Kind = Literal["merge", "split", "override"]
_DESCRIBING = ("people", "organizations", "works", "opportunities")


@dataclass(frozen=True)
class Held:
    """One correction that holds, over members' handles.

    Attributes
    ----------
    table, pk : the row that says so.
    name : of an override: the score, ``role:ROLE`` or ``restricted``.
    a, b : members, ``b`` -1 for none.
    rec : number of the change it came with.
    automatic : no person said so.
    """

    table: Literal["links", "judgements"]
    pk: int
    kind: Kind
    name: str | None
    a: int
    b: int
    value: float | None
    rec: int
    automatic: bool = False


def judged(replica: Replica, sequence: int) -> list[Held]:
    """What people decided and holds at a sequence number, newest first."""
    links, seen = replica.tables["links"], replica.visible("links", sequence)
    found = [*merges(replica, seen[links["judged"][seen] == 1], automatic=False), *_said(replica, sequence)]
    return sorted(found, key=lambda h: (-h.rec, h.table, -h.pk))


def joined(replica: Replica, sequence: int) -> Ints:
    """Links that nobody decided on and that hold at a sequence number, newest first: handles.

    A link to a mail address or domain that no other record has and that nothing else describes joins nothing.
    """
    links, seen = replica.tables["links"], replica.visible("links", sequence)
    rows = seen[links["judged"][seen] == 0]
    key = links["b"][rows].astype(np.int64)
    shared = np.bincount(key, minlength=replica.tables["members"].size) > 1
    kept: Ints = rows[shared[key] | described(replica, sequence)[key]]
    out: Ints = kept[np.lexsort((-kept, -links["rec"][kept].astype(np.int64)))]
    return out


def merges(replica: Replica, rows: Ints, *, automatic: bool) -> Iterator[Held]:
    """Some links, one by one."""
    links = replica.tables["links"]
    columns = (rows, links["a"][rows], links["b"][rows], links["rec"][rows])
    for pk, a, b, rec in zip(*(c.tolist() for c in columns), strict=True):
        yield Held("links", pk, "merge", None, a, b, None, rec, automatic)


def neighbours(replica: Replica, sequence: int, among: Bools) -> Mapping[int, Sequence[int]]:
    """Members that exact keys join to each of some members (a mask)."""
    links, seen = replica.tables["links"], replica.visible("links", sequence)
    rows = seen[(links["judged"][seen] == 0) & among[links["a"][seen]]]
    out: dict[int, list[int]] = {}
    for a, b in zip(links["a"][rows].tolist(), links["b"][rows].tolist(), strict=True):
        out.setdefault(a, []).append(b)
        out.setdefault(b, []).append(a)
    return out


def reached(near: Mapping[int, Sequence[int]], start: int, barrier: Set[frozenset[int]]) -> list[int]:
    """What is joined to a member, itself included, without going over some links; ascending.

    Examples
    --------
    >>> reached({1: [2], 2: [1, 3], 3: [2]}, 1, {frozenset((2, 3))})
    [1, 2]
    """
    seen, todo = {start}, [start]
    while todo:
        here = todo.pop()
        for other in near.get(here, ()):
            if other not in seen and frozenset((here, other)) not in barrier:
                seen.add(other)
                todo.append(other)
    return sorted(seen)


def described(replica: Replica, sequence: int) -> Bools:
    """Per member: some record describes it."""
    out = np.zeros(replica.tables["members"].size, dtype=bool)
    for name in _DESCRIBING:
        out[replica.tables[name]["member"][replica.visible(name, sequence)]] = True
    return out


def moment_of(replica: Replica, rec: int) -> int | None:
    """When a change was committed [us]."""
    commits = replica.tables["commits"]
    return int(commits["time"][rec]) if rec < commits.size and commits.living[rec] else None


def ids_of(replica: Replica, pks: Ints) -> list[str]:
    """Public ids of members."""
    return [ident.decode() for ident in replica.tables["members"]["id"][pks].tolist()]


def _said(replica: Replica, sequence: int) -> Iterator[Held]:
    table, words = replica.tables["judgements"], replica.words
    rows = replica.visible("judgements", sequence)
    columns = (rows, *(table[c][rows] for c in ("kind", "name", "a", "b", "value", "rec")))
    for pk, kind, name, a, b, value, rec in zip(*(c.tolist() for c in columns), strict=True):
        what = words[kind]
        if what == "apart":
            yield Held("judgements", pk, "split", None, a, b, None, rec)
        else:
            said = f"role:{words[name]}" if what == "role" else words[name]
            yield Held("judgements", pk, "override", said, a, b, None if np.isnan(value) else value, rec)
