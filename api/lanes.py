"""Who may ask how much at once: heavy questions run beside light ones, never before them, and no caller takes it all.

A heavy question (a search, a simulation, a list, whatever goes through the whole graph) waits for one of a few places
of its own before it gets a thread, so that look-ups always find one. A caller with a key has so many requests at a time
and so many a second; the owner on this machine, without keys, has no such limit. A stream that stays open is no request
under way: it counts by itself, for everybody.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass

from api.problems import TooManyError

HEAVY = (
    "/v1/asks", "/v1/boards/", "/v1/brokers", "/v1/communities", "/v1/draft", "/v1/explain/",
    "/v1/handover", "/v1/history/", "/v1/key-people", "/v1/lacks", "/v1/map", "/v1/models/", "/v1/overview",
    "/v1/paths", "/v1/recommendations", "/v1/seats", "/v1/silent-groups", "/v1/top", "/v1/whatif",
    "/v1/why-not/",
)  # fmt: skip
LASTING = ("/v1/events",)  # streams, which stay open
STREAM_RETRY = 30  # [s]


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
    streams : streams that one caller may hold open.
    """

    def __init__(
        self,
        heavy: int,
        at_once: int,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        streams: int = 8,
    ) -> None:
        self._heavy = asyncio.Semaphore(heavy)
        self._at_once, self._per_second, self._clock, self._streams = at_once, per_second, clock, streams
        self._uses: dict[str, Use] = {}
        self._open: Counter[str | None] = Counter()

    @asynccontextmanager
    async def turn(self, caller: str | None, path: str) -> AsyncIterator[None]:
        """Hold a place for one request of a caller (None: the owner of this machine, without limits).

        Raises
        ------
        TooManyError
            When the caller asks more than is theirs; with the seconds after which to try again.
        """
        if path in LASTING:
            with self._stream(caller):
                yield
            return
        use = None if caller is None else self._admit(caller)
        try:
            async with self._heavy if is_heavy(path) else nullcontext():
                yield
        finally:
            if use is not None:
                use.running -= 1

    @contextmanager
    def _stream(self, caller: str | None) -> Iterator[None]:
        """Hold a stream's place while it is open."""
        if self._open[caller] >= self._streams:
            raise TooManyError("api.too_many_streams", STREAM_RETRY, limit=self._streams)
        if caller is not None:
            self._spend(self._use(caller))
        self._open[caller] += 1
        try:
            yield
        finally:
            self._open[caller] -= 1

    def _admit(self, caller: str) -> Use:
        use = self._use(caller)
        if use.running >= self._at_once:
            raise TooManyError("api.too_many_at_once", 1, limit=self._at_once)
        self._spend(use)
        use.running += 1
        return use

    def _use(self, caller: str) -> Use:
        """What a caller uses, brought up to now."""
        now = self._clock()
        use = self._uses.setdefault(caller, Use(0, self._per_second, now))
        use.left = min(self._per_second, use.left + (now - use.seen) * self._per_second)
        use.seen = now
        return use

    def _spend(self, use: Use) -> None:
        if use.left < 1:
            wait = max(1, math.ceil((1 - use.left) / self._per_second))
            raise TooManyError("api.too_many_a_second", wait, limit=round(self._per_second))
        use.left -= 1
