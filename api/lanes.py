"""Who may ask how much at once: heavy questions run beside light ones, never before them, and no caller takes it all.

A heavy question (a search, a simulation, a list, whatever goes through the whole graph) waits for one of a few places
of its own before it gets a thread, so that look-ups always find one. A caller with a key has so many requests at a time
and so many a second; the owner on this machine, without keys, has no such limit.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass

from api.problems import TooManyError

HEAVY = (
    "/v1/brokers", "/v1/communities", "/v1/explain/", "/v1/key-people", "/v1/lacks", "/v1/map/", "/v1/models/",
    "/v1/paths", "/v1/seats", "/v1/silent-groups", "/v1/top", "/v1/whatif", "/v1/why-not/",
)  # fmt: skip


def is_heavy(path: str) -> bool:
    """Whether a question of this path may go through the whole graph.

    Examples
    --------
    >>> is_heavy("/v1/paths"), is_heavy("/v1/scores/depth")
    (True, False)
    """
    return path.startswith(HEAVY)


@dataclass
class Use:
    """What a caller is using: requests under way, and how many more this second allows."""

    running: int
    left: float
    seen: float  # when ``left`` was worked out


class Lanes:
    """The places and limits of one app; used in the server's loop only.

    Parameters
    ----------
    heavy : heavy questions at a time.
    at_once, per_second : requests of one caller.
    clock : seconds that never go back.
    """

    def __init__(
        self, heavy: int, at_once: int, per_second: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._heavy = asyncio.Semaphore(heavy)
        self._at_once, self._per_second, self._clock = at_once, per_second, clock
        self._uses: dict[str, Use] = {}

    @asynccontextmanager
    async def turn(self, caller: str | None, path: str) -> AsyncIterator[None]:
        """Hold a place for one request of a caller (None: the owner of this machine, without limits).

        Raises
        ------
        TooManyError
            When the caller asks more than is theirs; with the seconds after which to try again.
        """
        use = None if caller is None else self._admit(caller)
        try:
            async with self._heavy if is_heavy(path) else nullcontext():
                yield
        finally:
            if use is not None:
                use.running -= 1

    def _admit(self, caller: str) -> Use:
        now = self._clock()
        use = self._uses.setdefault(caller, Use(0, self._per_second, now))
        use.left = min(self._per_second, use.left + (now - use.seen) * self._per_second)
        use.seen = now
        if use.running >= self._at_once:
            raise TooManyError("api.too_many_at_once", 1, limit=self._at_once)
        if use.left < 1:
            wait = max(1, math.ceil((1 - use.left) / self._per_second))
            raise TooManyError("api.too_many_a_second", wait, limit=round(self._per_second))
        use.left -= 1
        use.running += 1
        return use
