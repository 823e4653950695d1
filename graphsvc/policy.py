"""Who may see what: the one layer that decides, on every read.

Roles of this release: *owner* sees everything; *rep* sees own accounts and own ties in full, and of other people's
ties that they exist, their band and the introducer's name. What is hidden is counted, so that an answer can say it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from graphsvc.errors import BudgetError, ForbiddenError
from graphsvc.projection import Bools, Index, Projection

RoleName = Literal["owner", "rep"]
Band = Literal["strong", "fair", "weak"]


@dataclass(frozen=True)
class Caller:
    """Who asks: the public id of a person (None for the local owner), roles and scopes."""

    entity: str | None = None
    roles: frozenset[RoleName] = frozenset({"owner"})
    name: str = "owner"  # for audit: the name of the key, never of a person
    scopes: frozenset[str] = frozenset({"read", "write", "admin"})

    @property
    def is_owner(self) -> bool:
        return "owner" in self.roles


OWNER = Caller()


@dataclass(frozen=True)
class Budget:
    """What one read may cost; beyond it the answer is cut and says so, or is refused."""

    rows: int = 10_000
    hops: int = 6
    seconds: float = 10.0

    def limit(self, wanted: int) -> int:
        """``wanted`` rows, if the budget allows them.

        Raises
        ------
        BudgetError
            Naming the limit.
        """
        if wanted > self.rows:
            raise BudgetError("errors.too_many_rows", wanted=wanted, limit=self.rows)
        return wanted


UNLIMITED = Budget(rows=2**62, seconds=3600.0)


def require(caller: Caller, scope: str) -> None:
    """Refuse a caller without the scope ("read", "write", "admin").

    Raises
    ------
    ForbiddenError
        Naming the scope.
    """
    if scope not in caller.scopes:
        raise ForbiddenError("errors.no_scope", scope=scope)


@dataclass(frozen=True)
class Sight:
    """What one caller may see of one Projection, as masks over its entities."""

    caller: Caller
    me: int  # the caller's entity index, -1 for the owner
    own: Bools = field(repr=False)  # entities whose details the caller may open

    def entity(self, i: int) -> bool:
        """May the caller open the details (mail address, scores with evidence) of this entity?"""
        return self.caller.is_owner or bool(self.own[i])

    def ties(self, a: Index, b: Index) -> Bools:
        """Per tie: may the caller see its numbers and evidence? Otherwise existence and band only."""
        if self.caller.is_owner:
            return np.ones(len(a), dtype=bool)
        mine: Bools = (a == self.me) | (b == self.me)
        return mine

    def tie(self, a: int, b: int) -> bool:
        """:meth:`ties` for one tie."""
        return self.caller.is_owner or self.me in (a, b)


def sight(caller: Caller, p: Projection) -> Sight:
    """Work out what a caller may see: own accounts (OWNS, open opportunities owned), their people, and oneself."""
    own = np.zeros(len(p), dtype=bool)
    me = p.index.get(caller.entity or "", -1)
    if me >= 0:
        owns = p.facts_of("OWNS")
        accounts = owns.object[owns.subject == me]
        deals = p.opportunities
        accounts = np.union1d(accounts, deals.organization[(deals.owner == me) & (deals.organization >= 0)])
        own[accounts] = True
        employer = p.entities.organization
        own |= np.isin(employer, accounts) & (employer >= 0)
        own[me] = True
    return Sight(caller, me, own)


def band(strength: float, cuts: tuple[float, float]) -> Band:
    """Band of a tie strength by the workspace's terciles ``cuts`` (lower, upper)."""
    return "weak" if strength < cuts[0] else "strong" if strength >= cuts[1] else "fair"
