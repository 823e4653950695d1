"""What is known of every pair of persons at a moment, from contacts at or before it only: one figure per pair each.

Each figure is one compiled pass over the contacts, made when it is first asked for, and shared by all who ask about
parts of the pairs.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from graphsvc.kernels.contacts import Contacts
from graphsvc.kernels.fading import decays, latest, newest
from graphsvc.kernels.rhythm import Ended, active_windows, ended
from graphsvc.kernels.together import Together
from graphsvc.projection import DAY, Bools, Floats, Ints

SIDES = (448.0, 112.0, 28.0, 7.0)  # half-lives of the acts of one side [days]


@dataclass(frozen=True)
class Known:
    """Figures of all pairs of ``c`` at ``at`` [us]; contacts with a later time are never touched."""

    c: Contacts
    at: int
    _windows: dict[tuple[int, float], Bools] = field(default_factory=dict, repr=False)

    @cached_property
    def cut(self) -> int:
        """Number of contacts known."""
        return self.c.cut(self.at)

    @property
    def time(self) -> Ints:
        """Times of these [us]."""
        return self.c.time[: self.cut]

    @property
    def pair(self) -> Ints:
        """Pairs of these."""
        return self.c.pair[: self.cut]

    @property
    def by(self) -> tuple[Bools, Bools]:
        """Whether ``a``, and whether ``b``, acted in these."""
        return self.c.by_a[: self.cut], self.c.by_b[: self.cut]

    @cached_property
    def decayed(self) -> dict[float, Floats]:
        """Decayed contacts by half-life."""
        return decays(self.time, self.at, self.pair, len(self.c.a))

    @cached_property
    def weighted(self) -> dict[float, Floats]:
        """The same, a contact shared with others counting its part only."""
        return decays(self.time, self.at, self.pair, len(self.c.a), self.c.spread[: self.cut], (112.0, 28.0))

    @cached_property
    def sides(self) -> tuple[dict[float, Floats], dict[float, Floats]]:
        """Decayed acts of ``a`` and of ``b``."""
        one, two = (decays(self.time, self.at, self.pair, len(self.c.a), halves=SIDES, some=by) for by in self.by)
        return one, two

    @cached_property
    def alive(self) -> Floats:
        """How alive a pair is, 0 to 1: decayed contacts of a month, at most 1."""
        return np.minimum(1.0, self.decayed[28.0])

    @cached_property
    def since(self) -> Floats:
        """Days since the last contact."""
        return latest(self.time, self.at, self.pair, len(self.c.a))

    @cached_property
    def since_acts(self) -> tuple[Floats, Floats]:
        """Days since the last act of ``a`` and of ``b``."""
        one, two = (latest(self.time, self.at, self.pair, len(self.c.a), by) for by in self.by)
        return one, two

    @cached_property
    def unanswered(self) -> tuple[Floats, Floats]:
        """Acts of ``a`` since the last one of ``b``, and of ``b`` since the last one of ``a``."""
        from graphsvc.kernels.fading_loops import count_later

        out = np.zeros(len(self.c.a)), np.zeros(len(self.c.a))
        for count, mine, theirs in zip(out, self.by, self.by[::-1], strict=True):
            count_later(self.time, self.pair, mine, newest(self.time, self.pair, len(count), theirs), count)
        return out

    @cached_property
    def days_active(self) -> Floats:
        """Distinct days with a contact."""
        days = int(np.searchsorted(self.c.active_time, self.at, side="right"))
        return np.bincount(self.c.active_pair[:days], minlength=len(self.c.a)).astype(np.float64)

    @cached_property
    def gaps(self) -> Ended:
        """Gaps between days with a contact."""
        return ended(self.c.gaps, self.at, len(self.c.a))

    @cached_property
    def gaps_by(self) -> tuple[Ended, Ended]:
        """Gaps between days on which ``a``, and on which ``b``, acted."""
        one, two = (ended(gaps, self.at, len(self.c.a)) for gaps in self.c.gaps_by)
        return one, two

    @cached_property
    def seen(self) -> Together:
        """When both were addressed together."""
        return self.c.together.until(self.at)

    @cached_property
    def together(self) -> dict[float, Floats]:
        """Decayed times at which both were addressed together."""
        seen = self.seen
        return decays(seen.time, self.at, seen.pair, len(self.c.a), seen.weight, (112.0, 28.0))

    @cached_property
    def since_together(self) -> Floats:
        """Days since both were addressed together."""
        return latest(self.seen.time, self.at, self.seen.pair, len(self.c.a))

    def windows(self, count: int, days: float) -> Bools:
        """Was there a contact in each of the last windows, newest first? Shape (pairs, windows)."""
        if (count, days) not in self._windows:
            oldest = int(np.searchsorted(self.time, self.at - int(count * days * DAY), side="right"))
            age = (self.at - self.time[oldest:]) / DAY
            self._windows[count, days] = active_windows(self.pair[oldest:], age, (len(self.c.a), count, days))
        return self._windows[count, days]
