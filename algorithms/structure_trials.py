"""What came of structure: where the next ties fell, which communities came back, who talked again, who reached out.

Each trial looks at the graph at T and at what happened in the window after it, with people tied by public id.

References
----------
Newman, M. E. J. (2006). Modularity and community structure in networks. PNAS 103(23), 8577-8582 (configuration model).
Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis 52, 258-271.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from algorithms.ecosystem_stability import landed_since
from algorithms.groups import Groups, best_grouping, grouped
from algorithms.silent import SilentParams, find_silences
from algorithms.structure import Communities, StructureParams, find_communities
from algorithms.tie_strength import TieStrengthParams, tie_strength
from graphsvc.kernels import ranking
from graphsvc.kernels.communities import recovery
from graphsvc.kernels.contacts import find_contacts
from graphsvc.kernels.joins import lookup
from graphsvc.kernels.silences import Rhythms, chance, rhythms
from graphsvc.kernels.ties import contacts, pair_key
from graphsvc.projection import DAY, Bools, Floats, Index, Projection, take
from graphsvc.scores import Scores

LEAST = 5  # members below which recovery says little


@dataclass(frozen=True)
class Window:
    """Pairs of people with contact after T, once each, as entity indices of the graph at T; both were known then.

    ``new`` marks pairs that had never had contact before.
    """

    a: Index
    b: Index
    new: Bools


@dataclass(frozen=True)
class Fall:
    """Where ties fell: how many, how many inside groups, and how many the configuration model has inside."""

    ties: int
    inside: int
    expected: float


def window(p: Projection, later: Projection, until: int) -> Window:
    """Pairs in contact after ``p.as_of`` and up to ``until`` [us]."""
    x = later.interactions
    rows = np.flatnonzero(contacts(later) & (x.time > p.as_of) & (x.time <= until) & (x.actor != x.target))
    place = later.places_in(p)
    one, two = place[x.actor[rows]], place[x.target[rows]]
    known = (one >= 0) & (two >= 0)
    key = np.unique(pair_key(np.minimum(one, two)[known], np.maximum(one, two)[known], len(p)))
    y = p.interactions
    before = pair_key(np.minimum(y.actor, y.target), np.maximum(y.actor, y.target), len(p))
    n = max(len(p), 1)
    return Window((key // n).astype(np.int32), (key % n).astype(np.int32), ~np.isin(key, before))


def falls(w: Window, group: Index, which: Bools) -> Fall:
    """How many of some pairs lie inside a group, against the configuration model with the same number per person.

    Parameters
    ----------
    group : per entity, -1 unknown; pairs with one unknown are left out.
    """
    some = which & (group[w.a] >= 0) & (group[w.b] >= 0)
    one, two = group[w.a[some]], group[w.b[some]]
    ends = np.bincount(np.concatenate([one, two]).astype(np.int64))
    total = float(ends.sum())
    expected = float(((ends / total) ** 2).sum()) * len(one) if total else 0.0
    return Fall(len(one), int((one == two).sum()), expected)


def homes(p: Projection) -> Index:
    """Employer of each person, -1 unknown."""
    return np.where(p.entities.label == 0, p.entities.organization, -1).astype(np.int32)


def found_again(p: Projection, found: Communities, later: Projection) -> tuple[Floats, Floats]:
    """Stated stability of each larger community, and its recovery in the ties of the time after ``p.as_of`` alone."""
    x = later.interactions
    fresh = replace(later, interactions=take(x, x.time > p.as_of))
    params = replace_params(found.params, 0)
    then = find_communities(fresh, tie_strength(fresh, TieStrengthParams()), params)
    place = p.places_in(later)[found.ties.who]
    label = np.where(place >= 0, then.of_entities(len(later))[np.maximum(place, 0)], -1)
    kept = label >= 0
    names, mine = np.unique(found.label[kept], return_inverse=True)
    if not len(names):
        return np.zeros(0), np.zeros(0)
    alike, _ = recovery(mine.astype(np.int32), label[kept])
    large = (found.parts.size[names] >= LEAST) & (2 * np.bincount(mine) >= found.parts.size[names])
    return found.stable[names[large]], alike[large]


def replace_params(params: StructureParams, replicates: int) -> StructureParams:
    """The same parameters with another number of replicates."""
    return params.model_copy(update={"replicates": replicates})


@dataclass(frozen=True)
class Talked:
    """Pairs of groups quiet for three weeks at T: chance of such a pause, its length [days], and whether they talked
    again in the window.
    """

    chance: Floats
    days: Floats
    again: Bools


def talked(p: Projection, w: Window, strength: Scores, found: Communities) -> Talked:
    """Which quiet pairs of groups with a rhythm talked again in the window."""
    groups = grouped(p, best_grouping(p, p.people), found)
    quiet = find_silences(p, strength, groups, SilentParams())
    key = pair_key(quiet.rhythm.a, quiet.rhythm.b, len(groups))
    known = ~np.isnan(quiet.chance)
    return Talked(quiet.chance[known], quiet.silent[known], np.isin(key, _across(w, groups))[known])


def pauses(p: Projection, later: Projection, found: Communities) -> tuple[Floats, Bools]:
    """Of the first pause that each pair of groups began after T: the chance, told at T, that one lasts so long.

    Returns
    -------
    The chance of the length it had, or has had so far; and whether it is over. Only pairs with a rhythm at T.
    """
    groups = grouped(p, best_grouping(p, p.people), found)
    before = _rhythms(p, p, groups, -1)
    after = _rhythms(p, later, groups, p.as_of)
    held = pair_key(before.a, before.b, len(groups))
    wanted = pair_key(after.a, after.b, len(groups))
    place, known = lookup(wanted, held)
    over = np.diff(after.start) > 0
    length = (later.as_of - after.first) / DAY
    length[over] = after.pause[after.start[:-1][over]]
    whole = np.zeros(len(before))
    whole[place[known]] = length[known]
    odds = chance(before, p.as_of, whole)[place[known]]
    told = ~np.isnan(odds)
    return odds[told], over[known][told]


def _rhythms(p: Projection, seen: Projection, groups: Groups, since: int) -> Rhythms:
    """Rhythms of the groups of ``p`` in the contacts of ``seen`` after a time."""
    c, place = find_contacts(seen), seen.places_in(p)
    of = np.append(groups.of, -1)[place]  # -1, nobody at T, takes the last
    late = c.time > since
    return rhythms(c.time[late], of[c.a[c.pair]][late], of[c.b[c.pair]][late], seen.as_of)


def _across(w: Window, groups: Groups) -> NDArray[np.int64]:
    one, two = groups.of[w.a], groups.of[w.b]
    some = (one >= 0) & (two >= 0) & (one != two)
    return pair_key(np.minimum(one, two)[some], np.maximum(one, two)[some], len(groups))


@dataclass(frozen=True)
class Outreach:
    """Assessed organizations at T: verdict, its stability, value, and credit for adoptions elsewhere after T."""

    verdict: NDArray[np.str_]
    stable: Floats
    value: Floats
    later: Floats


def outreach(p: Projection, ecosystem: Scores, later: Projection) -> Outreach:
    """What assessed organizations brought about elsewhere between T and the later graph's T."""
    rows = np.flatnonzero(np.isfinite(ecosystem.value))
    place = p.places_in(later)[ecosystem.a[rows]]
    rows, place = rows[place >= 0], place[place >= 0]
    order = np.argsort(place)
    came = np.zeros(len(rows))
    came[order] = landed_since(later, place[order].astype(np.int32), p.as_of)
    beside = {name: np.asarray(ecosystem.beside[name])[rows] for name in ("verdict", "stable")}
    return Outreach(beside["verdict"].astype(str), beside["stable"].astype(np.float64), ecosystem.value[rows], came)


def spearman(a: Floats, b: Floats) -> float | None:
    """Rank correlation; None where one of them does not vary."""
    found = ranking.spearman(a, b) if len(a) >= 3 else np.nan
    return None if np.isnan(found) else found


def dates(p: Projection, horizon_days: float, start: int | None, most: int) -> list[int]:
    """Reference dates, ascending: where the later half of the contacts is, a window apart at least.

    Contacts count, not days, so that a clock that jumped once moves nothing. After the last date there is a whole
    window before ``p.as_of``.
    """
    step, last = int(horizon_days * DAY), p.as_of - int(horizon_days * DAY)
    time = p.interactions.time[contacts(p)]
    if not len(time):
        return []
    wanted = np.quantile(time, np.linspace(0.98, 0.5, most), method="lower")
    kept: list[int] = []
    for at in np.minimum(wanted, last).tolist():
        if at >= max(int(time[0]) + step, start or 0) and (not kept or at <= kept[-1] - step):
            kept.append(int(at))
    return kept[::-1]
