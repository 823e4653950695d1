"""Greedy maximum coverage within limits: a number of seats, a budget, so many per group; with an upper bound.

The bound is the least, over the steps of the greedy choice, of what is covered by then plus the most that the limits
allow of what is still to gain: coverage is submodular, so that no choice within the limits covers more.

References
----------
Nemhauser, G., Wolsey, L. & Fisher, M. (1978). An analysis of approximations for maximizing submodular set functions.
Leskovec, J., Krause, A., Guestrin, C., Faloutsos, C., VanBriesen, J. & Glance, N. (2007). Cost-effective outbreak
detection in networks. KDD (the bound from the steps of the greedy choice).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphsvc.projection import Bools, Floats, Index, Ints

PREFIXES = 20  # steps at which the bound is taken


@dataclass(frozen=True)
class Limits:
    """What may be chosen.

    Attributes
    ----------
    candidates : mask of nodes, shape (n,).
    seats : how many at most; None: as many as the budget allows.
    cost, budget : of each node, > 0, shape (n,), and of all together; both None: no budget.
    group, at_most : group of each node, -1 for one that counts in none, and how many of one group at most.
    """

    candidates: Bools
    seats: int | None
    cost: Floats | None = None
    budget: float | None = None
    group: Index | None = None
    at_most: int | None = None

    @property
    def priced(self) -> bool:
        """Whether there is a budget."""
        return self.cost is not None and self.budget is not None

    @property
    def count(self) -> int:
        """Seats, or as many as there are candidates."""
        there = int(self.candidates.sum())
        return there if self.seats is None else min(self.seats, there)


@dataclass(frozen=True)
class Sets:
    """Sets of nodes 0..n-1 in compressed rows, with the sets of each node."""

    n: int
    offset: Ints
    member: Index

    def __len__(self) -> int:
        return len(self.offset) - 1

    @cached_property
    def index(self) -> tuple[Ints, Index]:
        """Sets of each node, in compressed rows."""
        from graphsvc.kernels.rr_loops import inverse

        return inverse(self.n, self.offset, self.member)


@dataclass(frozen=True)
class Cover:
    """Nodes in the order chosen, how many sets they cover, and the most that any choice within the limits covers."""

    seeds: Index
    covered: int
    bound: float


class Room:
    """What the limits leave while a choice grows."""

    def __init__(self, limits: Limits) -> None:
        self.limits, self.left = limits, limits.candidates.copy()
        self.purse = np.inf if limits.budget is None else limits.budget
        self._taken: dict[int, int] = {}
        self._fit()

    def take(self, node: int) -> None:
        """Choose a node; others that no longer fit are left out from now on."""
        limits = self.limits
        self.left[node] = False
        if limits.cost is not None:
            self.purse -= float(limits.cost[node])
            self._fit()
        if limits.group is not None and limits.at_most is not None and limits.group[node] >= 0:
            group = int(limits.group[node])
            self._taken[group] = self._taken.get(group, 0) + 1
            if self._taken[group] >= limits.at_most:
                self.left &= limits.group != group

    def _fit(self) -> None:
        if self.limits.cost is not None and self.limits.budget is not None:
            self.left &= self.limits.cost <= self.purse + 1e-9 * self.limits.budget


def chosen_by(order: Index, limits: Limits) -> Index:
    """The first nodes of an order that fit the limits, one after the other."""
    room, out = Room(limits), list[int]()
    for node in order.tolist():
        if len(out) >= limits.count:
            break
        if room.left[node]:
            room.take(node)
            out.append(node)
    return np.array(out, dtype=np.int32)


def greedy(sets: Sets, limits: Limits, before: Index, *, by_cost: bool = False) -> Cover:
    """Take, step by step, the node that covers most of what is not covered yet (by ``before`` either).

    Parameters
    ----------
    by_cost : the node that covers most for its cost, where there is a budget.
    """
    from graphsvc.kernels.rr_loops import cover

    covered, gain = np.zeros(len(sets), dtype=np.bool_), np.diff(sets.index[0])
    flat = sets.offset, sets.member
    cover(before, flat, sets.index, covered, gain)
    room, seeds, total, bound = Room(limits), list[int](), 0, np.inf
    worthy = np.flatnonzero(limits.candidates & (gain > 0))  # gains only fall
    steps = limits.count
    look = set(np.linspace(0, steps, min(steps + 1, PREFIXES)).astype(int).tolist())
    for step in range(steps + 1):
        if step in look:
            worthy = worthy[gain[worthy] > 0]
            bound = min(bound, total + still_to_gain(worthy, gain[worthy], limits))
        worth = np.where(room.left[worthy], gain[worthy], 0)
        if step == steps or not worth.any():
            break
        node = int(worthy[np.argmax(worth / limits.cost[worthy] if by_cost and limits.cost is not None else worth)])
        room.take(node)
        seeds.append(node)
        total += int(cover(np.array([node], dtype=np.int32), flat, sets.index, covered, gain)[0])
    bound = min(bound, total + still_to_gain(worthy, gain[worthy], limits))
    return Cover(np.array(seeds, dtype=np.int32), total, bound)


def richest_single(sets: Sets, limits: Limits, before: Index) -> Cover:
    """The one node that covers most; a budget's greedy choice may miss it. Its bound is none."""
    one = Limits(limits.candidates, min(1, limits.count), limits.cost, limits.budget, limits.group, limits.at_most)
    best = greedy(sets, one, before)
    return Cover(best.seeds, best.covered, np.inf)


def still_to_gain(nodes: Ints, worth: Ints, limits: Limits) -> float:
    """The most that any choice of candidates ``nodes`` within the limits adds when each adds at most its ``worth``."""
    if not len(nodes):
        return 0.0
    bounds = [_of_groups(nodes, worth, limits)]
    if limits.cost is not None and limits.budget is not None:
        bounds.append(_of_budget(worth, limits.cost[nodes], limits.budget))
    return min(bounds)


def _of_groups(nodes: Ints, worth: Ints, limits: Limits) -> float:
    """The sum of the largest, so many per group and so many in all."""
    if limits.group is not None and limits.at_most is not None:
        group = limits.group[nodes]
        order = np.lexsort((-worth, group))
        first = np.searchsorted(group[order], group[order])
        rank = np.arange(len(order)) - first
        worth = worth[order][(rank < limits.at_most) | (group[order] < 0)]
    seats = limits.count
    if seats < len(worth):
        worth = np.partition(worth, len(worth) - seats)[len(worth) - seats :]
    return float(worth.sum())


def _of_budget(worth: Ints, cost: Floats, budget: float) -> float:
    """The sum by worth for cost, the last one in part (Dantzig's bound of a knapsack)."""
    fits = cost <= budget * (1 + 1e-9)
    worth, cost = worth[fits], cost[fits]
    order = np.argsort(-worth / cost, kind="stable")
    spent = np.cumsum(cost[order])
    whole = int(np.searchsorted(spent, budget * (1 + 1e-9), side="right"))
    out = float(worth[order[:whole]].sum())
    if whole < len(order):
        left = budget - (spent[whole - 1] if whole else 0.0)
        out += float(worth[order[whole]]) * max(left, 0.0) / float(cost[order[whole]])
    return out
