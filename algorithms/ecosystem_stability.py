"""The ecosystem verdict as a rule on signals, and how often it comes out the same when the signals are drawn again.

Three adopting organizations are few: had one of them not been asked, the verdict might be another. So the adopting
organizations are drawn again (each with all its adoptions), and shares, referrals and contacts too, each Poisson(1)
times; supply relations and won deals stay as they are recorded.

References
----------
Davison, A. C. & Hinkley, D. V. (1997). Bootstrap Methods and their Application. Cambridge, chapter 2.
Hanley, J. A. & MacGibbon, B. (2006). Creating non-parametric bootstrap samples using Poisson frequencies. Computer
Methods and Programs in Biomedicine 83(1), 57-62.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from algorithms import depth as depths
from algorithms.influence import InfluenceParams
from graphsvc.kernels import credit
from graphsvc.kernels.ties import pair_key, split_key
from graphsvc.model import Label
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

if TYPE_CHECKING:
    from scipy import sparse

    from algorithms.ecosystem import EcosystemParams

    Matrix = sparse.csr_array[np.float64, tuple[int, int]]

VERDICTS = ("", "pivot", "lighthouse")
NONE, PIVOT, LIGHTHOUSE, NOT_ASSESSED = 0, 1, 2, -1
ALWAYS = np.iinfo(np.int64).min
FAR = 3.0  # times what is little: beyond, an organization is no lighthouse whatever its depth
COLUMNS = 4096  # organizations solved at once


@dataclass(frozen=True)
class Signals:
    """What the verdict on each organization hangs on."""

    outward: Floats
    supply: Floats
    shares: Floats
    adopting_orgs: Floats
    referrals: Floats
    deep: Bools
    won: Bools


def judge(s: Signals, params: EcosystemParams) -> NDArray[np.int8]:
    """Place in :data:`VERDICTS` of each organization, -1 where it is not assessed."""
    assessed = (np.maximum(s.shares, s.adopting_orgs) >= params.needed) | (s.referrals > 0)
    value = s.outward + s.supply
    high = np.zeros(len(value), dtype=bool)
    if assessed.any():
        high = (value >= np.quantile(value[assessed], params.pivot_quantile, method="lower")) & (value > 0)
        high &= s.outward >= params.little
    lighthouse = s.deep & s.won & (s.outward < params.little)
    verdict = np.select([~assessed, high, lighthouse], [NOT_ASSESSED, PIVOT, LIGHTHOUSE], NONE)
    return verdict.astype(np.int8)


def resampled_verdicts(
    p: Projection, params: EcosystemParams, depth: Scores, companies: Index, found: Signals
) -> Floats:
    """Share of the replicates in which each organization's verdict is the one it has; NaN without replicates."""
    now = judge(found, params)
    if not params.replicates:
        return np.full(len(companies), np.nan)
    rng = np.random.default_rng(params.seed)
    landed, took = _landings(p, companies)
    scale = np.divide(found.outward, landed.sum(axis=1), out=np.zeros(len(companies)), where=landed.sum(axis=1) > 0)
    deep = _deep(p, params, depth, companies, found, now)
    same = np.zeros(len(companies))
    for k in range(params.replicates):
        times = rng.poisson(1.0, landed.shape[1]).astype(np.float64)
        again = replace(
            found,
            outward=scale * np.asarray(landed @ times, dtype=np.float64),
            adopting_orgs=np.asarray(took @ times, dtype=np.float64),
            shares=rng.poisson(found.shares).astype(np.float64),
            referrals=rng.poisson(found.referrals).astype(np.float64),
            deep=deep[k],
        )
        same += judge(again, params) == now
    return same / params.replicates


def _landings(p: Projection, companies: Index) -> tuple[Matrix, Matrix]:
    """Per company and other organization: credit for adoptions there, and 1 where it adopted at all."""
    from scipy import sparse

    given = credit.credit_of(p, InfluenceParams().half_life_days)[0]
    home = credit.home_of(p)[given.events.entity]
    mine, theirs = home[given.earlier], home[given.later]
    some = (mine >= 0) & (theirs >= 0) & (mine != theirs)
    who, whom = split_key(np.unique(pair_key(mine[some], theirs[some], len(p))), len(p))
    place = np.full(len(p), -1, dtype=np.int64)
    place[companies] = np.arange(len(companies))
    kept = place[who] >= 0
    shape = (len(companies), len(p))
    took = sparse.csr_array((np.ones(int(kept.sum())), (place[who[kept]], whom[kept])), shape=shape)
    row, column, value = _credit_by_organization(p, given, home, companies[np.isin(companies, who)])
    landed = sparse.csr_array((value, (place[row], column)), shape=shape)
    used = np.unique(np.concatenate([landed.indices, took.indices]))
    return landed[:, used].tocsr(), took[:, used].tocsr()


def landed_since(p: Projection, companies: Index, since: int) -> Floats:
    """Credit that people of some organizations (ascending) have for adoptions elsewhere later than ``since`` [us]."""
    given = credit.credit_of(p, InfluenceParams().half_life_days)[0]
    home = credit.home_of(p)[given.events.entity]
    row, _, value = _credit_by_organization(p, given, home, companies, since)
    return np.bincount(np.searchsorted(companies, row), value, len(companies)).astype(np.float64)


def _credit_by_organization(
    p: Projection, given: credit.Credit, home: Index, earning: Index, since: int = ALWAYS
) -> tuple[Ints, Ints, Floats]:
    """Credit of the people of some organizations for adoptions elsewhere: (organization, adopting one, credit)."""
    person = p.entities.label[given.events.entity] == Label.PERSON
    before = (home < 0) | (given.events.time <= since) & (since > ALWAYS)
    parts: list[tuple[Ints, Ints, Floats]] = []
    for at in range(0, len(earning), COLUMNS):
        some = earning[at : at + COLUMNS]
        event, column, value = _arrived(given, home, some, person)
        elsewhere = (value > 0) & (home[event] != some[column]) & ~before[event]
        event, column = event[elsewhere], column[elsewhere]
        parts.append((some[column].astype(np.int64), home[event].astype(np.int64), value[elsewhere]))
    if not parts:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0)
    row, column, value = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return row, column, value


def _arrived(given: credit.Credit, home: Index, some: Index, person: Bools) -> tuple[Ints, Ints, Floats]:
    """Credit, direct and over chains of any length, that events bring to the people of some organizations (ascending).

    Returns
    -------
    Event, place in ``some``, and credit; sparse, since credit stays within the work that brings it.
    """
    from scipy import sparse

    n, place = len(given.events), np.searchsorted(some, home)
    theirs = np.flatnonzero(person & (some[np.minimum(place, len(some) - 1)] == home))
    mine = sparse.csr_array((np.ones(len(theirs)), (theirs, place[theirs])), shape=(n, len(some)))
    passed = sparse.csr_array((given.share, (given.later, given.earlier)), shape=(n, n))
    passed.eliminate_zeros()
    step = passed @ mine
    total = step.copy()
    while step.nnz:  # ends: a source adopted before those who learned from it
        step = passed @ step
        total = total + step
    found = total.tocoo()
    return found.row.astype(np.int64), found.col.astype(np.int64), np.asarray(found.data, dtype=np.float64)


def _deep(
    p: Projection, params: EcosystemParams, depth: Scores, companies: Index, found: Signals, now: NDArray[np.int8]
) -> Bools:
    """Whether each organization is deep, per replicate; drawn anew only where a verdict may hang on it."""
    out = np.tile(found.deep, (params.replicates, 1))
    points = depth.dense(len(p))[companies]
    there = points[np.isfinite(points)]
    little = found.outward < FAR * params.little
    hangs = np.flatnonzero(little & found.won & (now != NOT_ASSESSED) & np.isfinite(points))
    if len(hangs):
        cut = np.quantile(there, params.deep_quantile)
        drawn = depths.resampled(p, depths.DepthParams(), depth, companies[hangs], params.replicates, params.seed)
        out[:, hangs] = drawn >= cut
    return out
