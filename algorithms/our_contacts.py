"""Contacts of our side, found once per graph for every list of every rep; and who of us was last in touch with whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphsvc.kernels.ties import contact_kinds
from graphsvc.narrow import is_repeated
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

CONTACTS = "contacts of ours"  # among what a Projection keeps
LAST = "last contacts of ours"
FEW = 2  # sides whose last contacts a Projection keeps: all of us, and those of us who are still here


@dataclass(frozen=True, eq=False)
class Last:
    """Per entity beside us the row of the last contact in which we reached it, and in which it reached us; -1: none."""

    sent: Ints
    came: Ints

    @cached_property
    def newest(self) -> Ints:
        """The later one."""
        return np.maximum(self.sent, self.came)  # rows are in time order

    @cached_property
    def met(self) -> Ints:
        """Entities with any contact, ascending."""
        return np.flatnonzero(self.newest >= 0)


def contacts_around(p: Projection, us: Bools) -> Ints:
    """Rows of all contacts of us, ascending; where we are of our own people, those of all of these."""
    ours = p.entities.internal
    if us[~ours].any():
        return _contacts(p, us)
    kept = p.derived.get(CONTACTS)
    if not isinstance(kept, np.ndarray):
        kept = p.derived[CONTACTS] = _contacts(p, ours)
    return kept


def _contacts(p: Projection, us: Bools) -> Ints:
    from graphsvc.kernels.outreach_loops import contact_rows

    x = p.interactions
    kind, weight = (c[:1] if is_repeated(c) else c for c in (x.kind, x.weight))
    out = np.empty(len(x), dtype=np.int64)  # memory is taken as far as it is written
    return out[: contact_rows((x.actor, x.target), kind, weight, contact_kinds(p), us, out)].copy()


def last_contacts(p: Projection, us: Bools) -> Last:
    """Who of us was last in touch with whom: contacts between one of us and somebody else."""
    from graphsvc.kernels.outreach_loops import last_rows

    found = p.derived.get(LAST)
    kept: list[tuple[Bools, Last]] = found if isinstance(found, list) else []
    for side, last in kept:
        if np.array_equal(side, us):
            return last
    x = p.interactions
    made = Last(np.full(len(p), -1), np.full(len(p), -1))
    last_rows(contacts_around(p, us), x.actor, x.target, us, made.sent, made.came)
    if len(kept) < FEW and int(us.sum()) > 1:  # that of one rep is of no use to the next
        p.derived[LAST] = [*kept, (us.copy(), made)]
    return made


def best_tie(scores: Scores, value: Floats, us: Bools, above: float) -> tuple[Floats, Index]:
    """Per entity its tie with one of us of the highest value above some, and whose it is; ``above`` and -1 for none."""
    from graphsvc.kernels.outreach_loops import best_ties

    best, mate = np.full(len(us), above), np.full(len(us), -1, dtype=np.int32)
    if scores.b is not None:
        best_ties(scores.a, scores.b, value, us, best, mate)
    return best, mate
