"""What if: what is lost when people, or a channel, are gone.

What counts is how well our team reaches each account: the probability of the best path from any of us to anyone there
(at most six hops, of at least 1 %). Beside it stand the ties that go with a person, the health of each account, the
people within reach and the open deals behind accounts that become harder to reach.

A person's removal leaves other people's ties and habits as they are; each loss is exact for that.

References
----------
Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational & Mathematical Organization
Theory 12, 21-34 (key people by what their removal costs).
Bellman, R. (1958). On a routing problem. Quarterly of Applied Mathematics 16, 87-90.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from algorithms.paths import MAX_HOPS, Network, usable
from graphsvc.errors import InputError
from graphsvc.kernels.whatif import Incoming, Tree, best_from, best_of_groups, incoming
from graphsvc.projection import FOREVER, Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

LEAST_CHANGE = 1e-9  # a probability that moves by less has not moved


class WhatIfParams(BaseModel):
    """What counts as a path; defaults are the published run."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    hops: int = Field(MAX_HOPS, ge=1, le=MAX_HOPS, description="Longest path [hops].")
    min_probability: float = Field(0.01, ge=0, le=1, description="What is less probable is no path.")


@dataclass(frozen=True)
class Accounts:
    """Organizations outside: entity of each, ascending, and the account of each entity that works there, else -1."""

    entity: Index
    of: Index

    def __len__(self) -> int:
        return len(self.entity)


@dataclass(frozen=True)
class Standing:
    """How we stand: who reaches whom, and how healthy ties and accounts are.

    ``organizations`` is ``organization_health``; None where it was not asked for. ``edges`` are those of the network by
    where they lead, if they are at hand.
    """

    network: Network = field(repr=False)
    health: Scores = field(repr=False)
    organizations: Scores | None = field(repr=False)
    there: Bools = field(repr=False)
    edges: Incoming | None = field(default=None, repr=False)


@dataclass(frozen=True)
class AccountLoss:
    """One account: probability of the best path before and after, and both paths as entities (empty: none)."""

    account: int
    before: float
    after: float
    path_before: tuple[int, ...]
    path_after: tuple[int, ...]


@dataclass(frozen=True)
class DealLoss:
    """An open deal whose account becomes harder to reach, or whose owner goes; ``loss`` is the part of it at risk."""

    deal: int
    account: int
    amount: float | None
    currency: str | None
    loss: float
    orphaned: bool


@dataclass(frozen=True)
class Figure:
    """One figure before and after."""

    before: float
    after: float

    @property
    def loss(self) -> float:
        """What goes."""
        return self.before - self.after


@dataclass(frozen=True)
class WhatIf:
    """What goes, worst first in each list.

    Attributes
    ----------
    accounts : those whose best path gets worse; ``paths`` is the sum of the best paths' probabilities over accounts,
        ``reachable`` the number of accounts with a path.
    people : customers within reach; ``expected`` the sum of their best paths' probabilities.
    ties : between ours and customers; ``active`` the sum of their ``relationship_health``.
    health : accounts whose ``organization_health`` falls: (account, before, after; NaN: nothing left to judge by).
    deals : open deals at risk; ``pipeline`` open amounts by currency, and what is left of them, weighted by loss.
    """

    accounts: tuple[AccountLoss, ...]
    paths: Figure
    reachable: Figure
    people: Figure
    expected: Figure
    ties: Figure
    active: Figure
    health: tuple[tuple[int, float, float], ...]
    deals: tuple[DealLoss, ...]
    pipeline: Mapping[str, Figure]


def accounts_of(p: Projection, view: Bools | None = None) -> Accounts:
    """Organizations outside with somebody there who may stand on a path; those in ``view`` only, if given."""
    e = p.entities
    seen = ~e.internal if view is None else ~e.internal & view
    home = np.where(usable(p) & ~e.internal, e.organization, -1)
    home = np.where((home >= 0) & seen[home], home, -1)
    entity = np.unique(home[home >= 0]).astype(np.int32)
    of = np.where(home >= 0, np.searchsorted(entity, np.maximum(home, 0)), -1).astype(np.int32)
    return Accounts(entity, of)


def reach_of(p: Projection, standing: Standing, params: WhatIfParams) -> Tree:
    """Best paths from our team to everybody.

    Raises
    ------
    InputError
        When nobody said who we are.
    """
    ours = np.flatnonzero(p.entities.internal & usable(p)).astype(np.int32)
    if not p.own_known or not len(ours):
        raise InputError("whatif.own_unknown")
    there = standing.there & usable(p)
    edges = standing.edges or incoming(standing.network.graph)
    return best_from(edges, ours, hops=params.hops, min_probability=params.min_probability, there=there)


def what_if(
    p: Projection,
    before: Standing,
    after: Standing,
    gone: Sequence[int] = (),
    view: Bools | None = None,
    params: WhatIfParams | None = None,
) -> WhatIf:
    """What is lost from one standing to another.

    Parameters
    ----------
    view : accounts and customers that count; None: all.
    gone : people who are not there after; their deals are orphaned, and they are no customers to reach any more.
    """
    params = params or WhatIfParams()
    accounts = accounts_of(p, view)
    trees = [reach_of(p, s, params) for s in (before, after)]
    chance = [t.probability for t in trees]
    best = [best_of_groups(c, accounts.of, len(accounts)) for c in chance]
    customer = p.customer & usable(p) & ~np.isin(np.arange(len(p)), gone)
    customer &= True if view is None else view
    ties = [ties_of_ours(p, s.health) for s in (before, after)]
    lost = np.where(best[0][0] > 0, 1.0 - best[1][0] / np.where(best[0][0] > 0, best[0][0], 1.0), 0.0)
    deals = _deals(p, accounts, lost, np.asarray(gone, dtype=np.int64))
    return WhatIf(
        accounts=_accounts(accounts, trees, best),
        paths=Figure(float(best[0][0].sum()), float(best[1][0].sum())),
        reachable=Figure(int((best[0][0] > 0).sum()), int((best[1][0] > 0).sum())),
        people=Figure(*(int((c[customer] > 0).sum()) for c in chance)),
        expected=Figure(*(float(c[customer].sum()) for c in chance)),
        ties=Figure(*(len(t) for t, _ in ties)),
        active=Figure(*(float(np.nansum(v)) for _, v in ties)),
        health=_fallen(before.organizations, after.organizations, set(accounts.entity.tolist())),
        deals=deals,
        pipeline=_pipeline(p, accounts, deals),
    )


def _accounts(
    accounts: Accounts, trees: Sequence[Tree], best: Sequence[tuple[Floats, Index]]
) -> tuple[AccountLoss, ...]:
    (was, first), (now, second) = best
    worse = np.flatnonzero(was - now > LEAST_CHANGE)
    worse = worse[np.lexsort((worse, now[worse] - was[worse]))]
    return tuple(
        AccountLoss(
            int(accounts.entity[i]),
            float(was[i]),
            float(now[i]),
            trees[0].path(int(first[i])),
            trees[1].path(int(second[i])) if second[i] >= 0 else (),
        )
        for i in worse
    )


def ties_of_ours(p: Projection, health: Scores) -> tuple[Ints, Floats]:
    """Rows of ``health`` between one of ours and a customer, and their values."""
    b = health.a if health.b is None else health.b
    ours = p.entities.internal
    rows = np.flatnonzero(ours[health.a] != ours[b])
    return rows, health.value[rows]


def _fallen(before: Scores | None, after: Scores | None, seen: set[int]) -> tuple[tuple[int, float, float], ...]:
    if before is None or after is None:
        return ()
    now = dict(zip(after.a.tolist(), after.value.tolist(), strict=True))
    rows = [
        (int(a), float(v), float(now.get(int(a), np.nan)))
        for a, v in zip(before.a, before.value, strict=True)
        if not np.isnan(v) and int(a) in seen
    ]
    fallen = [r for r in rows if not r[1] - r[2] <= LEAST_CHANGE]  # nothing left to judge by is a fall too
    return tuple(sorted(fallen, key=lambda r: (np.nan_to_num(r[2]) - r[1], r[0])))


# -- deals ----------------------------------------------------------------------------------------------------------


def open_deals(p: Projection, accounts: Accounts) -> Ints:
    """Rows of open deals at T with one of these accounts."""
    o = p.opportunities
    return np.flatnonzero((o.closed == FOREVER) & np.isin(o.organization, accounts.entity))


def _deals(p: Projection, accounts: Accounts, lost: Floats, gone: Ints) -> tuple[DealLoss, ...]:
    o = p.opportunities
    part = np.zeros(len(p))
    part[accounts.entity] = lost
    out = []
    for i in open_deals(p, accounts):
        account, loss = int(o.organization[i]), float(part[o.organization[i]])
        orphaned = bool(np.isin(o.owner[i], gone))
        if loss > LEAST_CHANGE or orphaned:
            amount = None if np.isnan(o.amount[i]) else float(o.amount[i])
            out.append(DealLoss(int(o.entity[i]), account, amount, p.text(int(o.currency[i])), loss, orphaned))
    return tuple(sorted(out, key=lambda d: (-(d.amount or 0.0) * d.loss, -d.loss, d.deal)))


def _pipeline(p: Projection, accounts: Accounts, deals: Sequence[DealLoss]) -> dict[str, Figure]:
    amounts = open_amounts(p, accounts)
    lost = dict.fromkeys(amounts, 0.0)
    for d in deals:
        if d.amount is not None:
            lost[d.currency or ""] += d.amount * d.loss
    return {c: Figure(total, total - lost[c]) for c, total in amounts.items()}


def open_amounts(p: Projection, accounts: Accounts) -> dict[str, float]:
    """Open amounts of deals with these accounts, by currency ("": none given), largest first."""
    o, out = p.opportunities, dict[str, float]()
    for i in open_deals(p, accounts):
        if not np.isnan(o.amount[i]):
            name = p.text(int(o.currency[i])) or ""
            out[name] = out.get(name, 0.0) + float(o.amount[i])
    return dict(sorted(out.items(), key=lambda item: (-item[1], item[0])))
