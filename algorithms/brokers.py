"""Brokers: who joins groups that would otherwise not know of each other, and what is lost when they go.

People stand by Burt's constraint, lowest first: the less of one's contact is with people who are in contact with each
other, the more one brokers. Only who stands between different groups is a broker here. Ties are resampled
(:mod:`graphsvc.kernels.resampling`), and each rank has the interval that nine in ten of these histories give it.

References
----------
Burt, R. S. (1992). Structural Holes. Harvard University Press.
Gould, R. V. & Fernandez, R. M. (1989). Structures of mediation. Sociological Methodology 19, 89-126.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from algorithms.groups import Groups
from algorithms.structure import Progress, StructureParams, Ties, affordable, resampled_weights
from graphsvc.kernels.brokers import (
    Bridge,
    Rows,
    bridge,
    brokerage,
    group_pairs,
    resampled_holes,
    rows,
    structural_holes,
)
from graphsvc.projection import Floats, Index, Ints

TOP = 20  # ranks counted as the foremost
MOST = 1000  # neighbours whose pairs are counted: the strongest ties
INTERVAL = (0.05, 0.95)


@dataclass(frozen=True)
class Brokers:
    """People who join groups, by rank; columns of equal length.

    Attributes
    ----------
    vertex : of the ties' graph.
    constraint : Burt's, low = broker.
    size, degree : effective and plain number of contacts.
    roles : open triads they are in the middle of, shape (n, 4): coordinator, consultant, gatekeeper, liaison.
    low, high : rank in 5 and 95 % of the replicates.
    foremost : share of the replicates in which they are among the first twenty, NaN without replicates.
    """

    ties: Ties
    groups: Groups
    near: Rows
    vertex: Index
    constraint: Floats
    size: Floats
    degree: Ints
    roles: Ints
    low: Floats
    high: Floats
    foremost: Floats
    replicates: int

    def __len__(self) -> int:
        return len(self.vertex)

    @property
    def group(self) -> Index:
        """Group of each vertex of the graph."""
        out: Index = self.groups.of[self.ties.who]
        return out

    def bridges(self, row: int, limit: int = 3) -> list[tuple[int, int, Bridge]]:
        """The pairs of groups a broker joins most people of, and what of their contact runs through the broker."""
        v, group = int(self.vertex[row]), self.group
        joined = group_pairs(_strongest(self.ties, self.near, v), group, v)
        found = [(one, two, bridge(self.near, group, v, one, two)) for one, two, _ in joined[:limit]]
        return sorted(found, key=lambda b: (-b[2].lost, -b[2].joined, b[0], b[1]))


def find_brokers(
    ties: Ties, groups: Groups, params: StructureParams | None = None, tell: Progress | None = None
) -> Brokers:
    """People between groups, lowest constraint first.

    Parameters
    ----------
    ties : current ties (:func:`algorithms.structure.current_ties`).
    groups : of the same Projection.
    tell : called with the fraction done.
    """
    params = affordable(params or StructureParams(), len(ties.graph.src))
    g, near = ties.graph, rows(ties.graph)
    constraint, size = structural_holes(g)
    roles = brokerage(g, groups.of[ties.who])
    between = np.flatnonzero(roles[:, 1:].sum(axis=1) > 0)
    order = between[np.lexsort((between, constraint[between]))]
    low, high, foremost = _ranks(ties, order, params, tell)
    return Brokers(
        ties=ties,
        groups=groups,
        near=near,
        vertex=order.astype(np.int32),
        constraint=constraint[order],
        size=size[order],
        degree=np.diff(near.start)[order],
        roles=roles[order],
        low=low,
        high=high,
        foremost=foremost,
        replicates=params.replicates,
    )


def _ranks(ties: Ties, order: Ints, params: StructureParams, tell: Progress | None) -> tuple[Floats, Floats, Floats]:
    """Quantiles of the rank of each broker over the replicates, and how often it is among the first."""
    ranks = np.empty((params.replicates, len(order)), dtype=np.float32)
    weights = resampled_weights(ties, params, tell)
    for k, (constraint, _) in enumerate(resampled_holes(ties.graph, weights)):
        mine = np.nan_to_num(constraint[order], nan=np.inf)
        ranks[k, np.argsort(mine, kind="stable")] = np.arange(1, len(order) + 1)
    if not params.replicates:
        unknown = np.full(len(order), np.nan)
        return unknown, unknown, unknown
    low, high = np.quantile(ranks, INTERVAL, axis=0, method="inverted_cdf").astype(np.float64)
    return low, high, (ranks <= TOP).mean(axis=0).astype(np.float64)


def _strongest(ties: Ties, near: Rows, v: int) -> Rows:
    """The neighbours, of the vertex only its strongest ones where it has very many."""
    begin, end = int(near.start[v]), int(near.start[v + 1])
    if end - begin <= MOST:
        return near
    weight = ties.graph.weight[near.edge[begin:end]]
    kept = np.sort(np.argsort(-weight, kind="stable")[:MOST]) + begin
    rest = np.concatenate([np.arange(begin), kept, np.arange(end, len(near.other))])
    start = near.start.copy()
    start[v + 1 :] -= end - begin - MOST
    return Rows(start, near.other[rest], near.edge[rest])
