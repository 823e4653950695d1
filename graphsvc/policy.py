"""Who may see what: the one layer that decides, on every read.

Roles of this release: *owner* sees everything; *rep* sees own accounts and own ties in full, and of other people's
ties that they exist, their band and the introducer's name. What is hidden is counted, so that an answer can say it.

Rights are those of today, whatever date is asked about: an account handed over last month is closed to who had it, and
open with all its past to who has it. Of people outside, whom the caller never wrote to or heard from, no mail address
is shown, not even as a source's key; a public id stands in its place and works wherever a key does.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from graphsvc.errors import BudgetError, ForbiddenError
from graphsvc.projection import Bools, Floats, Index, Projection
from graphsvc.scores import significant

RoleName = Literal["owner", "rep"]
Band = Literal["strong", "fair", "weak"]
BANDS: tuple[Band, ...] = ("weak", "fair", "strong")
GRID = (0.3, 0.1, 0.03, 0.01, 0.003, 0.001)  # what a probability over other people's ties is rounded down to
ONE_TIE = frozenset({"best"})  # figures beside a score of many ties that are those of a single one


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

    def reach(self, wanted: int | None) -> int:
        """``wanted`` hops, if the budget allows them; None stands for as many as it allows.

        Raises
        ------
        BudgetError
            Naming the limit.
        """
        if wanted is not None and wanted > self.hops:
            raise BudgetError("policy.too_many_hops", wanted=wanted, limit=self.hops)
        return self.hops if wanted is None else wanted

    def deadline(self) -> Deadline:
        """The time an answer has from now on; what is computed once for all callers does not count."""
        return Deadline(time.monotonic() + self.seconds, self.seconds)


@dataclass(frozen=True)
class Deadline:
    """When an answer has to be there: ``at`` on the monotonic clock, after ``seconds``."""

    at: float
    seconds: float

    @property
    def left(self) -> float:
        """Seconds left, at least 0."""
        return max(self.at - time.monotonic(), 0.0)

    def check(self) -> None:
        """Stop when the time is over.

        Raises
        ------
        BudgetError
            Naming the seconds there were.
        """
        if time.monotonic() >= self.at:
            raise BudgetError("policy.too_slow", seconds=self.seconds)


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
    met: Bools = field(repr=False)  # whom the caller has an own tie with
    colleague: Bools = field(repr=False)

    def entity(self, i: int) -> bool:
        """May the caller open the details (mail address, scores with evidence) of this entity?"""
        return self.caller.is_owner or bool(i >= 0 and self.own[i])

    def ties(self, a: Index, b: Index) -> Bools:
        """Per tie: may the caller see its numbers and evidence? Otherwise existence and band only."""
        if self.caller.is_owner:
            return np.ones(len(a), dtype=bool)
        mine: Bools = ((a == self.me) | (b == self.me)) & (self.me >= 0)
        return mine

    def tie(self, a: int, b: int) -> bool:
        """:meth:`ties` for one tie."""
        return self.caller.is_owner or (self.me >= 0 and self.me in (a, b))

    def record(self, table: str, a: int, b: int) -> bool:
        """May the caller open a source record: an interaction of an own tie, or a fact of an own entity?"""
        return self.tie(a, b) or (table == "facts" and (self.entity(a) or self.entity(b)))

    def address(self, i: int) -> bool:
        """May the caller see the mail address of a person? Of own contacts, and of whom they are in touch with."""
        return self.entity(i) or bool(i >= 0 and self.met[i])

    def naming(self, i: int, label: str, ident: str, key: str, name: str | None) -> tuple[str, str | None]:
        """Key and name to show of an entity; its public id where the key is not the caller's to see.

        A colleague without a name keeps the key: the introducer must be named.
        """
        if self.address(i):
            return key, name
        if label == "opportunity":
            return ident, None
        if label != "person":
            return key, name
        name = None if name is not None and "@" in name else name
        nameless_colleague = name is None and i >= 0 and bool(self.colleague[i])
        return (ident if "@" in key and not nameless_colleague else key), name


def sight(caller: Caller, p: Projection, now: Projection | None = None) -> Sight:
    """Work out what a caller may see of ``p`` by the rights of ``now`` (default: ``p`` itself).

    Own are oneself, the own accounts (a current OWNS fact, or the owner of an opportunity there), their people and
    their opportunities.
    """
    now = p if now is None else now
    own, met = _rights(now, now.index.get(caller.entity or "", -1))
    if now is not p:
        own, met = (np.isin(p.entities.id, now.entities.id[mask]) for mask in (own, met))
    return Sight(caller, p.index.get(caller.entity or "", -1), own, met, p.entities.internal)


def _rights(p: Projection, me: int) -> tuple[Bools, Bools]:
    own, met = np.zeros(len(p), dtype=bool), np.zeros(len(p), dtype=bool)
    if me < 0:
        return own, met
    owns, deals, x = p.facts_of("OWNS"), p.opportunities, p.interactions
    accounts = owns.object[owns.subject == me]
    accounts = np.union1d(accounts, deals.organization[(deals.owner == me) & (deals.organization >= 0)])
    own[accounts] = True
    employer = p.entities.organization
    own |= np.isin(employer, accounts) & (employer >= 0)
    own[deals.entity[(deals.owner == me) | np.isin(deals.organization, accounts)]] = True
    own[me] = True
    met[x.target[x.actor == me]] = True
    met[x.actor[x.target == me]] = True
    return own, met


def coarse(probability: float) -> float:
    """A probability over ties that are not the caller's, as coarse as a band: rounded down to the :data:`GRID`.

    Examples
    --------
    >>> coarse(0.27), coarse(0.01), coarse(1e-9)
    (0.1, 0.01, 0.0)
    """
    return next((step for step in GRID if probability >= step), 0.0)


def rounded(amount: float, digits: int) -> float:
    """A figure to some significant digits, so that it cannot be taken apart again.

    Examples
    --------
    >>> rounded(48231.7, 1)
    50000.0
    """
    return float(significant(np.array([amount]), digits)[0])


def band(strength: float, cuts: tuple[float, float]) -> Band:
    """Band of a tie strength by the workspace's terciles ``cuts`` (lower, upper)."""
    return "weak" if strength < cuts[0] else "strong" if strength >= cuts[1] else "fair"


def bands(strength: Floats, cuts: tuple[float, float]) -> Index:
    """Bands of many ties, as positions in :data:`BANDS`."""
    value = np.nan_to_num(strength)
    out: Index = np.where(value < cuts[0], 0, np.where(value >= cuts[1], 2, 1)).astype(np.int32)
    return out
