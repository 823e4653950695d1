"""Groups of people that structure is told by: organizations with all of ours as one, communities, or teams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from algorithms.structure import Communities
from graphsvc.projection import Index, Projection

By = Literal["organization", "community", "team"]
OURS = -2  # in Groups.named: all of our own people together


@dataclass(frozen=True)
class Groups:
    """Group per entity index, -1 for who is in none.

    ``named`` says what each group is: an organization, the manager of a team, the number of a community, or
    :data:`OURS`.
    """

    by: By
    of: Index
    named: Index

    def __len__(self) -> int:
        return len(self.named)

    def members(self, group: int) -> Index:
        """Entities of a group, ascending."""
        out: Index = np.flatnonzero(self.of == group).astype(np.int32)
        return out


def grouped(p: Projection, by: By, communities: Communities | None = None, least: int = 3) -> Groups:
    """People by organization (ours are one group), by team (a manager and who reports to them) or by community.

    Parameters
    ----------
    communities : of the same Projection; needed for ``by="community"``.
    least : communities of fewer members are no group.
    """
    if by == "community":
        if communities is None:
            raise ValueError("groups by community need communities")
        label = communities.of_entities(len(p))
        size = np.append(communities.parts.size, 0)
        return Groups(
            by, np.where(size[label] >= least, label, -1).astype(np.int32), np.arange(len(communities), dtype=np.int32)
        )
    home = np.full(len(p), -1, dtype=np.int64)
    people = p.people
    if by == "organization":
        home[people] = p.entities.organization[people]
        if p.own_known:
            home[people[p.entities.internal[people]]] = OURS
    else:
        boss = p.facts_of("REPORTS_TO")
        home[boss.object] = boss.object
        home[boss.subject] = boss.object
    return _numbered(by, home)


def best_grouping(p: Projection, who: Index) -> By:
    """Organizations where those of most of some people are known, else communities."""
    known = (p.entities.organization[who] >= 0) | (p.entities.internal[who] & p.own_known)
    return "organization" if len(who) and known.mean() > 0.5 else "community"


def _numbered(by: By, home: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Groups:
    named, place = np.unique(home, return_inverse=True)
    unknown = int((named == -1).any())
    at = int(np.searchsorted(named, -1))
    shift = np.where(np.arange(len(named)) > at, unknown, 0) if unknown else np.zeros(len(named), dtype=np.int64)
    number = np.arange(len(named)) - shift
    number[named == -1] = -1
    return Groups(by, number[place].astype(np.int32), named[named != -1].astype(np.int32))
