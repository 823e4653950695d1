"""Communities of the ties that are alive, and how stable each is when its interactions are drawn again.

A community is found on one history that might have been a little different. So ties are resampled fifty times
(:mod:`graphsvc.kernels.resampling`), communities are found anew each time, and beside each stands how well it came
back: the mean Jaccard coefficient with whatever was most like it (Hennig 2007: below 0.5 it dissolves, from 0.75 on it
is there).

References
----------
Traag, V. A., Waltman, L. & van Eck, N. J. (2019). From Louvain to Leiden. Scientific Reports 9, 5233.
Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data Analysis 52, 258-271.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.tie_strength import MUTUAL, ONE_WAY, TieStrengthParams
from graphsvc.kernels.communities import Parts, leiden, partitions, parts, recovery
from graphsvc.kernels.measures import Graph
from graphsvc.kernels.resampling import TieRows, resampled, tie_rows
from graphsvc.projection import DAY, Floats, Index, Projection
from graphsvc.scores import Scores

Told = Literal["stable", "partly", "cannot_tell"]
Progress = Callable[[float], None]
EDGES, FEWEST = 5_000_000, 10  # edges looked at in all replicates together; replicates there are in any case
LARGE, ROUNDS = 100_000, 4  # edges from which Leiden stops after some rounds, and does not start five times
STABLE, CANNOT_TELL = 0.75, 0.5  # Hennig (2007), section 5


class StructureParams(BaseModel):
    """How communities and brokers are found and resampled."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    resolution: float = Field(1.0, gt=0, le=1000, description="Above 1 more and smaller communities, below 1 fewer.")
    window_days: float = Field(365.0, gt=0, description="Ties without contact for longer are not current [days].")
    replicates: int = Field(50, ge=0, le=1000, description="How often the interactions are resampled.")
    starts: int = Field(5, ge=1, description="Starts of Leiden, of which the best partition is kept.")
    seed: int = Field(0, ge=0, description="Seed of the partition and of the resampling.")


@dataclass(frozen=True)
class Ties:
    """Current ties as a graph: vertex v is entity ``who[v]``; people without a current tie are no vertices.

    ``rows`` is the evidence behind all ties, ``at`` the tie of each edge there.
    """

    graph: Graph
    who: Index
    rows: TieRows
    at: Index


@dataclass(frozen=True)
class Communities:
    """Communities 0, 1, ... by falling size, and how stable they are.

    Attributes
    ----------
    ties : the graph they were found on.
    label : community of each vertex.
    parts : size, edges, weight and modularity of each community.
    density : edges between members over pairs of members, NaN for a single one.
    inside : share of the members' tie weight that stays inside.
    stable : mean Jaccard coefficient over the replicates, NaN without any.
    central : per vertex, weight of its ties inside its community.
    stays : per vertex, share of the replicates in which it is in what is most like its community.
    """

    ties: Ties
    label: Index
    parts: Parts
    density: Floats
    inside: Floats
    stable: Floats
    central: Floats
    stays: Floats
    params: StructureParams

    def __len__(self) -> int:
        return len(self.density)

    @property
    def modularity(self) -> float:
        """Of the whole partition."""
        return float(self.parts.modularity.sum())

    def members(self, community: int) -> Index:
        """Vertices of a community, most central first; equals by ascending entity id."""
        here = np.flatnonzero(self.label == community)
        out: Index = here[np.lexsort((here, -self.central[here]))].astype(np.int32)
        return out

    def of_entities(self, n: int) -> Index:
        """Community per entity index below ``n``, -1 for who is in none."""
        out = np.full(n, -1, dtype=np.int32)
        out[self.ties.who] = self.label
        return out


def current_ties(p: Projection, strength: Scores, params: StructureParams) -> Ties:
    """The graph of ties with contact within the window, weighted by ``tie_strength`` (overrides included).

    Raises
    ------
    ValueError
        When the scores are not of this Projection.
    """
    rows = tie_rows(p, TieStrengthParams().half_life_days)
    if strength.b is None or not np.array_equal(strength.a, rows.a) or not np.array_equal(strength.b, rows.b):
        raise ValueError("the tie strengths are of another graph")
    alive = rows.last >= p.as_of - int(params.window_days * DAY)
    alive &= np.isfinite(strength.value) & (strength.value > 0)
    at = np.flatnonzero(alive)
    who = np.unique(np.concatenate([rows.a[at], rows.b[at]])).astype(np.int32)
    src, dst = (np.searchsorted(who, side[at]).astype(np.int32) for side in (rows.a, rows.b))
    return Ties(Graph(len(who), src, dst, strength.value[at], False), who, rows, at.astype(np.int32))


def affordable(params: StructureParams, edges: int) -> StructureParams:
    """The parameters with as many replicates (at least ten) and starts as a graph of this size allows in a minute."""
    replicates = min(params.replicates, max(FEWEST, EDGES // max(edges, 1)))
    return params.model_copy(update={"replicates": replicates, "starts": params.starts if edges < LARGE else 1})


def resampled_weights(ties: Ties, params: StructureParams, tell: Progress | None = None) -> Iterator[Floats]:
    """Weight of each edge, once per replicate: its strength times how resampling changes its evidence."""
    once = _strength(*_evidence(ties.rows))[ties.at]
    for k, (forth, back) in enumerate(resampled(ties.rows, params.replicates, params.seed)):
        change = np.divide(_strength(forth, back)[ties.at], once, out=np.zeros(len(once)), where=once > 0)
        yield ties.graph.weight * change
        if tell is not None:
            tell((k + 1) / params.replicates)


def find_communities(
    p: Projection, strength: Scores, params: StructureParams | None = None, tell: Progress | None = None
) -> Communities:
    """Communities of the current ties, each with its stability under resampling.

    Parameters
    ----------
    p : interactions actor -> target; times in [us].
    strength : the score ``tie_strength`` of the same Projection.
    tell : called with the fraction done.

    Notes
    -----
    Only the stability depends on the draws; the partition does not. Leiden is not invariant to the order of ids where
    several partitions are equally good, which the stability shows.
    """
    ties = current_ties(p, strength, params or StructureParams())
    g = ties.graph
    params = affordable(params or StructureParams(), len(g.src))
    label = leiden(g, params.resolution, params.seed, params.starts, -1 if len(g.src) < LARGE else ROUNDS)
    found = parts(g, label, params.resolution)
    stable, stays = _stability(ties, label, params, tell)
    inner = label[g.src] == label[g.dst]
    ends = np.concatenate([g.src[inner], g.dst[inner]])
    pairs = found.size * (found.size - 1.0) / 2.0
    return Communities(
        ties=ties,
        label=label,
        parts=found,
        density=np.divide(found.edges, pairs, out=np.full(len(pairs), np.nan), where=pairs > 0),
        inside=np.divide(2 * found.within, found.volume, out=np.zeros(len(pairs)), where=found.volume > 0),
        stable=stable,
        central=np.bincount(ends, np.tile(g.weight[inner], 2), g.n).astype(np.float64),
        stays=stays,
        params=params,
    )


def told(stable: float) -> Told:
    """What a stability says: ``stable`` from 0.75 on, ``cannot_tell`` below 0.5 or where nothing was resampled."""
    if not stable >= CANNOT_TELL:
        return "cannot_tell"
    return "stable" if stable >= STABLE else "partly"


def _stability(ties: Ties, label: Index, params: StructureParams, tell: Progress | None) -> tuple[Floats, Floats]:
    """Mean recovery of each community, and share of replicates in which each vertex stays with its own."""
    total, stays = np.zeros(int(label.max(initial=-1)) + 1), np.zeros(len(label))
    weights = resampled_weights(ties, params, tell)
    for other in partitions(ties.graph, weights, params.resolution, params.seed + params.starts):
        alike, same = recovery(label, other)
        total += alike
        stays += same
    if not params.replicates:
        return np.full(len(total), np.nan), np.full(len(stays), np.nan)
    return total / params.replicates, stays / params.replicates


def _evidence(rows: TieRows) -> tuple[Floats, Floats]:
    if not len(rows):
        return np.zeros(0), np.zeros(0)
    return np.add.reduceat(rows.forth, rows.start[:-1]), np.add.reduceat(rows.back, rows.start[:-1])


def _strength(forth: Floats, back: Floats) -> Floats:
    out: Floats = ONE_WAY * (forth + back) + MUTUAL * np.minimum(forth, back)
    return out


def dominant(values: Index, weight: Floats | None = None) -> list[tuple[int, float]]:
    """Known values (>= 0) by falling share of all, unknown ones included: (value, share)."""
    w = np.ones(len(values)) if weight is None else weight
    names, place = np.unique(values, return_inverse=True)
    total = np.bincount(place, w, len(names))
    order = np.lexsort((names, -total))
    whole = float(total.sum()) or 1.0
    return [(int(names[i]), float(total[i]) / whole) for i in order if names[i] >= 0]
