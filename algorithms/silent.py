"""Silent groups: pairs of groups that have not talked for weeks though their own rhythm says they should have.

Three weeks without contact mean nothing between two groups that meet each quarter. So beside the silence stands how
likely a pause of theirs is to last this long (:mod:`graphsvc.kernels.silences`), and who could end it.

References
----------
Ferguson, T. S. (1973). A Bayesian analysis of some nonparametric problems. Annals of Statistics 1(2), 209-230.
Burt, R. S. (2000). Decay functions. Social Networks 22(1), 1-28.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from algorithms.groups import OURS, Groups
from graphsvc.kernels.contacts import find_contacts
from graphsvc.kernels.silences import ENOUGH, Rhythms, chance, rhythms
from graphsvc.kernels.ties import pair_key
from graphsvc.projection import DAY, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

SILENT, IN_RHYTHM, CANNOT_TELL = "silent", "in_rhythm", "cannot_tell"


class SilentParams(BaseModel):
    """When a pair of groups is silent."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    weeks: float = Field(3.0, gt=0, le=520, description="No contact for at least this long [weeks].")
    unusual: float = Field(0.1, gt=0, lt=1, description="A pause is too long when at most this part lasts so long.")


@dataclass(frozen=True)
class Silences:
    """Pairs of groups without contact for the weeks asked for, most worth reopening first.

    Attributes
    ----------
    rhythm : days of contact and pauses, of these pairs only.
    silent : days since the last contact.
    typical : median of the latest pauses [days], NaN where there are too few to tell.
    chance : P(a pause lasts this long | their pauses), NaN where there are too few to tell.
    verdict : ``silent``, ``in_rhythm`` or ``cannot_tell``.
    one, two : who could reopen: the ends of the strongest tie left, of the first and the second group; -1 nobody.
    tie : row of that tie in the score ``tie_strength``, -1 none.
    talking : pairs that had contact within these weeks.
    """

    groups: Groups
    rhythm: Rhythms
    silent: Floats
    typical: Floats
    chance: Floats
    verdict: NDArray[np.str_]
    one: Index
    two: Index
    tie: Ints
    talking: int

    def __len__(self) -> int:
        return len(self.silent)


def find_silences(p: Projection, strength: Scores, groups: Groups, params: SilentParams | None = None) -> Silences:
    """Pairs of groups without contact for some weeks, those whose rhythm is broken first.

    Where ours are known and groups are organizations, a pair is one of ours with another, or two others.

    Parameters
    ----------
    p : interactions actor -> target, list and robot mail left out; times in [us].
    strength : the score ``tie_strength`` of the same Projection, for who could reopen.
    """
    params = params or SilentParams()
    c = find_contacts(p)
    whole = rhythms(c.time, groups.of[c.a[c.pair]], groups.of[c.b[c.pair]], p.as_of)
    silent = (p.as_of - whole.last) / DAY
    odds = chance(whole, p.as_of)
    verdict = np.where(np.isnan(odds), CANNOT_TELL, np.where(odds <= params.unusual, SILENT, IN_RHYTHM))
    rows = np.flatnonzero(silent >= 7 * params.weeks)
    urgent = np.select([verdict == SILENT, verdict == IN_RHYTHM], [0, 1], 2)[rows]
    worth = np.where(urgent == 0, 1.0 - np.nan_to_num(odds[rows], nan=1.0), 1.0) * whole.lately[rows]
    rows = rows[np.lexsort((rows, -worth, urgent))]
    picked = _take(whole, rows)
    one, two, tie = _openers(p, strength, groups, picked)
    return Silences(
        groups=groups,
        rhythm=picked,
        silent=silent[rows],
        typical=_typical(picked),
        chance=odds[rows],
        verdict=verdict[rows],
        one=one,
        two=two,
        tie=tie,
        talking=len(whole) - len(rows),
    )


def ours_first(groups: Groups, a: int, b: int) -> tuple[int, int]:
    """A pair with our own side, where it is one, in front."""
    return (b, a) if groups.by != "community" and groups.named[b] == OURS else (a, b)


def _typical(r: Rhythms) -> Floats:
    """Median of the latest twenty pauses of each pair; NaN below three."""
    out = np.full(len(r), np.nan)
    for i in np.flatnonzero(np.diff(r.start) >= ENOUGH).tolist():
        out[i] = np.median(r.pause[r.start[i] : r.start[i + 1]][-20:])
    return out


def _take(r: Rhythms, rows: NDArray[np.int64]) -> Rhythms:
    """Some pairs of a table, in the order given."""
    size = np.diff(r.start)[rows]
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    place = np.arange(int(start[-1])) - np.repeat(start[:-1], size) + np.repeat(r.start[rows], size)
    return Rhythms(
        a=r.a[rows],
        b=r.b[rows],
        days=r.days[rows],
        first=r.first[rows],
        last=r.last[rows],
        pause=r.pause[place],
        start=start,
        lately=r.lately[rows],
    )


def _openers(p: Projection, strength: Scores, groups: Groups, r: Rhythms) -> tuple[Index, Index, Ints]:
    """Of each pair of groups the ends of its strongest tie between people who are still there, and its row."""
    nobody = np.full(len(r), -1, dtype=np.int32)
    if strength.b is None or not len(r):
        return nobody, nobody, nobody.astype(np.int64)
    there = ~(p.entities.left | p.entities.restricted)
    ga, gb = groups.of[strength.a], groups.of[strength.b]
    rows = np.flatnonzero((ga >= 0) & (gb >= 0) & (ga != gb) & there[strength.a] & there[strength.b])
    key = pair_key(np.minimum(ga, gb)[rows], np.maximum(ga, gb)[rows], len(groups))
    order = np.lexsort((rows, -np.nan_to_num(strength.value[rows]), key))
    named, first = np.unique(key[order], return_index=True)
    best = rows[order][first]
    wanted = pair_key(r.a, r.b, len(groups))
    at = np.minimum(np.searchsorted(named, wanted), max(len(named) - 1, 0))
    found = named[at] == wanted if len(named) else np.zeros(len(r), dtype=bool)
    tie = np.where(found, best[at] if len(named) else -1, -1).astype(np.int64)
    a, b = (np.where(found, side[tie], -1).astype(np.int32) for side in (strength.a, strength.b))
    swap = found & (groups.of[a] != r.a)
    return np.where(swap, b, a).astype(np.int32), np.where(swap, a, b).astype(np.int32), tie
