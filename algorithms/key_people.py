"""Key people: what the removal of each person alone would cost, for the whole company at once.

The figures are those of :mod:`algorithms.whatif` for one person after the other: paths to accounts, customers within
reach, ties and open deals. They are computed together, from the tree of best paths, and equal a search for each.

References
----------
Borgatti, S. P. (2006). Identifying sets of key players in a social network. Computational & Mathematical Organization
Theory 12, 21-34.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from algorithms.paths import usable
from algorithms.whatif import (
    Accounts,
    Standing,
    WhatIfParams,
    accounts_of,
    open_amounts,
    open_deals,
    reach_of,
    ties_of_ours,
)
from graphsvc.kernels.whatif import best_of_groups, each_removed
from graphsvc.projection import Bools, Floats, Index, Ints, Projection
from graphsvc.scores import Scores

Who = Literal["ours", "contacts", "all"]
By = Literal["paths", "contacts", "reach", "pipeline"]
WORST = 3  # accounts named beside a key person


@dataclass(frozen=True)
class KeyPeople:
    """What the removal of each person alone costs; columns of one length, most costly first.

    Attributes
    ----------
    paths : sum over accounts of the probability their best path loses; ``sole`` accounts left without any path;
        ``hurt`` accounts whose best path gets worse, ``worst`` the three of them hurt most (-1: fewer), (n, 3).
    reach : sum over other customers of the probability lost; ``cut_off`` customers out of reach then.
    ties, active : ties with the other side (ours with customers), and the sum of their ``relationship_health``.
    pipeline : open amounts at risk by currency; ``share`` of all open deals at risk, currencies weighing by number.
    deals : open deals they own.
    """

    entity: Index
    paths: Floats
    hurt: Ints
    sole: Ints
    worst: Index
    reach: Floats
    cut_off: Ints
    ties: Ints
    active: Floats
    pipeline: Mapping[str, Floats]
    share: Floats
    deals: Ints

    def __len__(self) -> int:
        return len(self.entity)

    def ordered(self, by: By) -> KeyPeople:
        """The rows by one of the losses, largest first; equal ones stay in order."""
        column = {"paths": self.paths, "contacts": self.active, "reach": self.reach, "pipeline": self.share}[by]
        return self.take(np.argsort(-column, kind="stable"))

    def take(self, where: Ints) -> KeyPeople:
        """Some of the rows."""
        plain = {f: getattr(self, f)[where] for f in self.__dataclass_fields__ if f != "pipeline"}
        return KeyPeople(**plain, pipeline={c: amount[where] for c, amount in self.pipeline.items()})


def key_people(
    p: Projection,
    standing: Standing,
    who: Who = "ours",
    view: Bools | None = None,
    params: WhatIfParams | None = None,
) -> KeyPeople:
    """What each person's removal costs, for all at once; most costly first.

    Parameters
    ----------
    who : our people, contacts outside, or all.
    view : accounts and customers that count; None: all.

    Raises
    ------
    InputError
        When nobody said who we are.
    """
    accounts = accounts_of(p, view)
    tree = reach_of(p, standing, params or WhatIfParams())
    people = _asked_for(p, standing, who)
    nodes, groups = each_removed(tree, people, accounts.of)
    n, best = len(people), best_of_groups(tree.probability, accounts.of, len(accounts))[0]
    loss = best[groups.item] - groups.after
    counted = p.customer & usable(p)
    reached = np.flatnonzero((counted if view is None else counted & view)[nodes.item])
    ends, active = _ends(p, standing.health)
    amounts, share = _at_risk(p, accounts, (groups.row, groups.item, loss / best[groups.item]), n)
    owner = p.opportunities.owner[open_deals(p, accounts)]
    row = nodes.row[reached]
    found = KeyPeople(
        entity=people,
        paths=_sums(groups.row, loss, n),
        hurt=np.bincount(groups.row, minlength=n),
        sole=np.bincount(groups.row[groups.after == 0.0], minlength=n),
        worst=_worst(groups.row, loss, accounts.entity[groups.item], n),
        reach=_sums(row, tree.probability[nodes.item[reached]] - nodes.after[reached], n),
        cut_off=np.bincount(row[nodes.after[reached] == 0.0], minlength=n),
        ties=np.bincount(ends, minlength=len(p))[people],
        active=_sums(ends, active, len(p))[people],
        pipeline=amounts,
        share=share,
        deals=np.bincount(owner[owner >= 0], minlength=len(p))[people],
    )
    return found.take(np.lexsort((people, -found.active, -found.paths)))


def _asked_for(p: Projection, standing: Standing, who: Who) -> Index:
    ours = p.entities.internal
    side = {"ours": ours, "contacts": ~ours, "all": np.ones(len(p), dtype=bool)}[who]
    return np.flatnonzero(usable(p) & standing.there & side).astype(np.int32)


def _ends(p: Projection, health: Scores) -> tuple[Index, Floats]:
    """Both ends of each tie between ours and a customer, and its health; 0 where it is not assessed."""
    rows, value = ties_of_ours(p, health)
    b = health.a if health.b is None else health.b
    return np.concatenate([health.a[rows], b[rows]]), np.nan_to_num(np.tile(value, 2))


def _worst(row: Ints, loss: Floats, account: Index, n: int) -> Index:
    """The accounts hurt most, shape (n, WORST), -1 where there are fewer."""
    out = np.full((n, WORST), -1, dtype=np.int32)
    order = np.lexsort((account, -loss, row))
    rank = np.arange(len(order)) - np.searchsorted(row[order], row[order])
    few = order[rank < WORST]
    out[row[few], rank[rank < WORST]] = account[few]
    return out


def _sums(where: Ints | Index, what: Floats, n: int) -> Floats:
    return np.bincount(where, weights=what, minlength=n).astype(np.float64)


def _at_risk(
    p: Projection, accounts: Accounts, losses: tuple[Ints, Index, Floats], n: int
) -> tuple[dict[str, Floats], Floats]:
    """Per person: amounts at risk by currency, and the share of all open deals, from (person, account, part lost)."""
    row, account, part = losses
    o, rows = p.opportunities, open_deals(p, accounts)
    rows = rows[~np.isnan(o.amount[rows])]
    where, code = np.searchsorted(accounts.entity, o.organization[rows]), o.currency[rows]
    out, share = {}, np.zeros(n)
    for currency, total in open_amounts(p, accounts).items():
        mine = code == (p.words.index(currency) if currency else -1)
        worth = _sums(where[mine], o.amount[rows[mine]], len(accounts))
        out[currency] = _sums(row, worth[account] * part, n)
        share += out[currency] / total * int(mine.sum()) / len(rows) if total > 0 else 0.0
    return out, share
