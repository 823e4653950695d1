"""What is known of an organization at a moment: its ties, how many of them are independent, and what its people did."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from algorithms.health_model import FURTHEST, Ties, find_ties
from graphsvc.incremental import rows_with
from graphsvc.kernels.fading import decays, latest
from graphsvc.kernels.features import Column
from graphsvc.kernels.metrics import sigmoid
from graphsvc.projection import Bools, Floats, Index, Ints, Projection, take
from graphsvc.scores import Scores

WARM = 0.5  # probability from which a tie is warm
NEVER = 3650.0  # days since the last act where there was none
HALVES = (28.0, 112.0)  # half-lives of what was done lately [days]
EVER = -(2**62)  # before any time [us]

COLUMNS = (
    Column("best_tie", "best_tie"),
    Column("log_sum", "all_ties"),
    Column("expected", "all_ties"),
    Column("independent", "all_ties"),
    Column("warm", "warm_ties"),
    Column("acts_28", "activity"),
    Column("acts_112", "activity"),
    Column("since", "activity"),
)


@dataclass(frozen=True)
class TiesOf:
    """Directed ties with the organization of the other side: ours, theirs and organization per tie, log-odds."""

    organization: Index
    ours: Index
    theirs: Index
    z: Floats

    @property
    def p(self) -> Floats:
        """Probabilities of the ties."""
        return sigmoid(self.z)


@dataclass(frozen=True)
class Grouped:
    """Organizations at one moment with their features; ``warm`` counts independent warm ties, ``ties`` all of them."""

    organization: Index
    x: Floats
    warm: Ints
    ties: Ints
    expected: Floats


def assessed(p: Projection, health: Scores) -> TiesOf:
    """Ties of one of ours with a customer of a known employer that have a probability."""
    if health.b is None or not p.own_known or not len(health):
        nobody = np.zeros(0, dtype=np.int32)
        return TiesOf(nobody, nobody, nobody, np.zeros(0))
    ours = p.entities.internal
    some = np.flatnonzero((ours[health.a] != ours[health.b]) & np.isfinite(health.value))
    return with_organization(p, health.a[some], health.b[some], health.linked()[some])


def with_organization(p: Projection, a: Index, b: Index, z: Floats) -> TiesOf:
    ours = p.entities.internal
    us, them = np.where(ours[a], a, b).astype(np.int32), np.where(ours[a], b, a).astype(np.int32)
    organization = p.entities.organization[them]
    keep = (organization >= 0) & ~ours[organization]
    return TiesOf(organization[keep], us[keep], them[keep], z[keep])


def log_odds(p: Floats) -> Floats:
    """Log-odds up to ``FURTHEST``."""
    low = 1.0 / (1.0 + np.exp(FURTHEST))
    p = p.clip(low, 1.0 - low)
    out: Floats = np.log(p / (1.0 - p))
    return out


def at_least_one(tied: TiesOf, organization: Index, n: int) -> Floats:
    nobody = np.bincount(tied.organization, np.log1p(-tied.p.clip(0.0, 1.0 - 1e-12)), n)
    out: Floats = -np.expm1(nobody[organization])
    return out


def acts_of(p: Projection, ties: Ties) -> tuple[Ints, Index]:
    """Contacts in which a customer acted towards one of ours, and the customer's organization (-1 unknown)."""
    c = ties.contacts
    if ties.other is None:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32)
    other = ties.other[c.pair]
    theirs = np.flatnonzero(np.where(other, c.by_a, c.by_b) & ties.counted[c.pair])
    person = np.where(other, c.a[c.pair], c.b[c.pair])[theirs]
    organization = p.entities.organization[person]
    return theirs[organization >= 0], organization[organization >= 0]


def grouped(p: Projection, tied: TiesOf, acts: Floats) -> Grouped:
    """Features of every organization that has an assessed tie; ``acts`` are its :func:`recent_acts`."""
    organization = np.unique(tied.organization)
    place = np.searchsorted(organization, tied.organization)
    n = len(organization)
    best = np.full(n, -np.inf)
    np.maximum.at(best, place, tied.z)
    log_sum = best + np.log(np.maximum(np.bincount(place, np.exp(tied.z - best[place]), n), 1e-300))
    expected = np.bincount(place, tied.p, n).astype(np.float64)
    warm = independent(tied, place, n)
    free = log_odds(at_least_one(tied, organization, len(p)))
    x = np.column_stack(
        [best, log_sum, np.log1p(expected), free, np.log1p(warm), acts[np.searchsorted(p.organizations, organization)]]
    )
    return Grouped(organization, x, warm, np.bincount(place, minlength=n), expected)


def recent_acts(p: Projection, ties: Ties, at: int) -> Floats:
    """What the people of each organization did towards us up to a moment: the last features, (organizations, 3)."""
    which, theirs = acts_of(p, ties)
    cut = int(np.searchsorted(which, ties.contacts.cut(at)))
    time = ties.contacts.time[which[:cut]]
    whose = np.searchsorted(p.organizations, theirs[:cut])
    acts = decays(time, at, whose, len(p.organizations), halves=HALVES)
    since = np.minimum(latest(time, at, whose, len(p.organizations)), NEVER)
    return np.column_stack([*(np.log1p(acts[h]) for h in HALVES), -np.log1p(since)])


def acts_again(p: Projection, at: int, old: Floats, place: Ints, whose: Bools) -> Floats:
    """:func:`recent_acts` after a few new events, of what they were.

    Parameters
    ----------
    old : of the older graph; ``place`` is where each of its organizations is among those of ``p``.
    whose : per entity, is it an organization whose people took part in new events?
    """
    x, ours = p.interactions, p.entities.internal
    out = np.tile([0.0, 0.0, -np.log1p(NEVER)], (len(p.organizations), 1))
    out[place] = old
    staff = np.append(whose, False)[p.entities.organization] & ~ours
    rows = rows_with(p, staff)
    part = replace(p, interactions=take(x, rows[ours[x.actor[rows]] | ours[x.target[rows]]]))
    anew = whose[p.organizations]
    out[anew] = recent_acts(part, find_ties(part, directed=True, since=EVER), at)[anew]
    return out


def independent(tied: TiesOf, place: Ints, n: int) -> Ints:
    """Warm ties per organization of which no two share a person: a maximum matching of ours and theirs."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import maximum_bipartite_matching

    warm = np.flatnonzero(tied.p >= WARM)
    if not len(warm):
        return np.zeros(n, dtype=np.int64)
    them, row = np.unique(tied.theirs[warm], return_inverse=True)
    wide = int(tied.ours.max()) + 1
    _, column = np.unique(place[warm] * wide + tied.ours[warm], return_inverse=True)  # a colleague, per organization
    graph = csr_array((np.ones(len(warm)), (row, column)), shape=(len(them), int(column.max()) + 1))
    match = maximum_bipartite_matching(graph, perm_type="column")
    owner = np.zeros(len(them), dtype=np.int64)
    owner[row] = place[warm]
    return np.bincount(owner[match >= 0], minlength=n)
