"""A tie's own rhythm: what its past gaps say of the silence it is in.

References
----------
Cox, D. R. (1962). Renewal Theory. Methuen.
Efron, B. & Morris, C. (1975). Data analysis using Stein's estimator and its generalizations. JASA 70, 311-319.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphsvc.kernels.contacts import Contacts, Gaps
from graphsvc.projection import Bools, Floats, Ints

WINDOW = 28.0  # [days]
LONGEST_GAP = 4000.0  # longer gaps count as so long [days]
BORROWED = 3.0  # gaps that all ties together lend to each


@dataclass(frozen=True)
class Ended:
    """Gaps that have ended, in rows by pair: those of pair i are ``days[start[i]:start[i + 1]]``, ascending."""

    start: Ints
    days: Floats


def ended(gaps: Gaps, at: int, pairs: int) -> Ended:
    """The gaps of so many pairs that had ended by ``at`` [us]."""
    known = gaps.end <= at
    pair, days = (gaps.pair, gaps.days) if known.all() else (gaps.pair[known], gaps.days[known])
    start = np.zeros(pairs + 1, dtype=np.int64)
    np.cumsum(np.bincount(pair, minlength=pairs), out=start[1:])
    return Ended(start, days)


def renewal(gaps: Ended, rows: Ints, silence: Floats, lent: Hazard) -> Floats:
    """Log-odds that a silence ends within 28 days, by the gaps that have ended.

    Of the pair's gaps longer than the silence, the share that ended within the next 28 days; all ties' gaps lend it
    ``BORROWED`` more, and the silence itself is one gap that has not ended.

    Parameters
    ----------
    gaps : days between active days of all pairs.
    rows : the pairs asked for, shape (n,).
    silence : days since each one's last active day, shape (n,).
    lent : what all ties' gaps say.
    """
    from graphsvc.kernels.rhythm_loops import outlasting

    silent = np.minimum(np.floor(silence), LONGEST_GAP)
    until = np.minimum(silent + WINDOW, LONGEST_GAP)
    soon, longer = outlasting(gaps.start, gaps.days, rows, silent, until, LONGEST_GAP)
    share = (soon + BORROWED * lent.after(silence)) / (longer + 1.0 + BORROWED)
    out: Floats = np.log(share / (1.0 - share))
    return out


@dataclass(frozen=True)
class Hazard:
    """How many gaps of all ties are at most 0, 1, 2 ... days long."""

    upto: Ints

    def told(self) -> list[list[int]]:
        """The lengths of gaps there are [days] and how many there are of each, as plain numbers to be kept."""
        count = np.diff(self.upto, prepend=0)
        days = np.flatnonzero(count)
        return [days.tolist(), count[days].tolist()]

    @classmethod
    def kept(cls, told: Sequence[Sequence[int]]) -> Hazard:
        """What :meth:`told` gave.

        Examples
        --------
        >>> kept = Hazard.kept([[2, 40], [3, 1]])
        >>> kept.after(np.array([0.0, 30.0])).round(3).tolist(), kept.told()
        ([0.571, 0.5], [[2, 40], [3, 1]])
        """
        count = np.zeros(int(LONGEST_GAP) + 1, dtype=np.int64)
        count[np.asarray(told[0], dtype=np.int64)] = told[1]
        return cls(np.cumsum(count))

    def after(self, silence: Floats) -> Floats:
        """Share of the gaps longer than a silence that end within the next 28 days; a third where there is none."""
        silent = np.minimum(np.floor(silence), LONGEST_GAP)
        until = np.minimum(silent + WINDOW, LONGEST_GAP)
        shorter, ended = (self.upto[x.astype(np.int64)] for x in (silent, until))
        out: Floats = (ended - shorter + 1.0) / (self.upto[-1] - shorter + 3.0)
        return out


def hazard(at: int, *gaps: Gaps) -> Hazard:
    """The gaps of all ties that had ended by ``at``, of several kinds together."""
    longest = int(LONGEST_GAP)
    days = [np.minimum(g.days[g.end <= at], longest).astype(np.int64) for g in gaps]
    return Hazard(np.cumsum(np.sum([np.bincount(d, minlength=longest + 1) for d in days], axis=0)))


@dataclass(frozen=True)
class Lent:
    """What all ties' gaps say, frozen at the date of a fit: those between any contacts, and those between acts of one
    side (of both sides: who comes first in a pair must not matter).
    """

    contacts: Hazard
    acts: Hazard

    def told(self) -> dict[str, list[list[int]]]:
        """As plain numbers to be kept."""
        return {"contacts": self.contacts.told(), "acts": self.acts.told()}

    @classmethod
    def kept(cls, told: Mapping[str, Sequence[Sequence[int]]]) -> Lent:
        """What :meth:`told` gave."""
        return cls(Hazard.kept(told["contacts"]), Hazard.kept(told["acts"]))


def lent_at(c: Contacts, at: int) -> Lent:
    """What the gaps that had ended by ``at`` [us] lend to each tie."""
    return Lent(hazard(at, c.gaps), hazard(at, *c.gaps_by))


def active_windows(pair: Ints, age: Floats, size: tuple[int, int, float]) -> Bools:
    """Of the last windows, newest first, those in which each pair had a contact; shape (pairs, windows).

    Parameters
    ----------
    pair, age : pair of each contact and its age [days].
    size : number of pairs, number of windows, their length [days].
    """
    n, count, days = size
    back = (age / days).astype(np.int64)
    recent = back < count
    seen = np.zeros((n, count), dtype=bool)
    seen[pair[recent], back[recent]] = True
    return seen
