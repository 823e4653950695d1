"""What changes, told while it happens: server-sent events from one look at the store at a time, whoever listens.

However many listen, the store is asked once per interval, by one task, which begins with the first listener and ends
with the last; a listener costs a waiting coroutine and no thread. A listener that reads slowly misses what is between:
it is told the newest state, never a queue of old ones. What several processes write is seen by all of them, since they
look at the store and not at each other.

References
----------
Hickson, I. et al. HTML Living Standard, section 9.2: server-sent events.
"""

from __future__ import annotations

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import anyio
import orjson
from anyio.to_thread import run_sync

from graphsvc.clock import show_moment
from graphsvc.errors import GraphsvcError
from graphsvc.jobs import ACTIVE, Job
from graphsvc.policy import Caller
from graphsvc.workspace import Workspace

EVERY = 0.3  # between two looks at a file [s]
EVERY_REMOTE = 1.0  # and at a database server, where each look is some round trips [s]
HEARTBEAT = 15.0  # silence after which a comment keeps the connection open, and the key is checked again [s]
JOBS = 50  # the newest, looked at
FRAMES = 8  # innermost ones of a defect, in the log
ALIVE = b": here\n\n"
_log = logging.getLogger("graphsvc.api")


@dataclass(frozen=True)
class News:
    """What a page goes by at one look; ``jobs`` by id, None where nobody asked for them."""

    sequence: int
    as_of: int
    run: str | None  # the newest one: scores may be new though no row is
    jobs: Mapping[str, Mapping[str, Any]] | None

    @property
    def state(self) -> dict[str, Any]:
        """The data of an event ``state``."""
        return {"sequence": self.sequence, "as_of": show_moment(self.as_of), "run": self.run}


def look(workspace: Workspace, *, jobs: bool) -> News:
    """One look: some questions that a store answers from memory while nobody has written."""
    store = workspace.store
    sequence, moment, newest = store.sequence, workspace.moment(), store.runs(None, 1)
    found = {job.id: _job(job) for job in store.list_jobs(limit=JOBS)} if jobs else None
    return News(sequence, moment.as_of, newest[0].id if newest else None, found)


def may_see_jobs(caller: Caller) -> bool:
    """Whether jobs are this caller's to know, as :func:`api.answers.jobs.jobs` has it."""
    return caller.is_owner and "admin" in caller.scopes


def told(seen: News | None, news: News, *, jobs: bool) -> Iterator[bytes]:
    r"""The events between two looks, oldest job first; at the start the state and the jobs that have not ended.

    Examples
    --------
    >>> list(told(None, News(7, 0, None, None), jobs=False))
    [b'event: state\ndata: {"sequence":7,"as_of":"1970-01-01T00:00:00Z","run":null}\n\n']
    """
    if seen is None or seen.state != news.state:
        yield event("state", news.state)
    if not jobs or news.jobs is None:
        return
    before = None if seen is None else seen.jobs
    for job in reversed(list(news.jobs.values())):
        if (job["state"] in ACTIVE) if before is None else (before.get(job["id"]) != job):
            yield event("job", job)


def event(name: str, data: Mapping[str, Any]) -> bytes:
    """One server-sent event; JSON holds no line break."""
    return b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(data))


class Live:
    """The listeners of one app, all in the server's loop.

    Parameters
    ----------
    workspace : what is looked at.
    every : seconds between two looks; default: by where the store is.
    heartbeat : seconds of silence after which a listener gets a comment.
    """

    def __init__(self, workspace: Workspace, every: float | None = None, heartbeat: float = HEARTBEAT) -> None:
        near = workspace.store.url.startswith("sqlite")
        self._workspace, self._heartbeat = workspace, heartbeat
        self._every = every or (EVERY if near else EVERY_REMOTE)
        self._watch: _Watch | None = None
        self._closed = False

    def close(self) -> None:
        """The server stops: every stream ends now, and none begins."""
        self._closed = True
        if self._watch is not None:
            self._watch.end()

    async def listen(
        self, *, jobs: bool = False, seconds: float | None = None, welcome: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[bytes]:
        """Events, as bytes, until the server stops, ``seconds`` are over, or the caller is not ``welcome`` any more."""
        if self._closed:
            return
        clock = asyncio.get_running_loop().time
        end = float("inf") if seconds is None else clock() + seconds
        watch, seen, due = self._join(jobs=jobs), None, clock() + self._heartbeat
        try:
            while True:
                news = await watch.after(seen, due - clock() if seen is None else min(due, end) - clock())
                if watch.ended or not welcome():
                    return
                lines = [] if news is None or news is seen else list(told(seen, news, jobs=jobs))
                lines = lines or ([ALIVE] if clock() >= due else [])
                for line in lines:
                    yield line
                seen, due = news, clock() + self._heartbeat if lines else due
                if clock() >= end:
                    return
        finally:
            self._leave(watch, jobs=jobs)

    def _join(self, *, jobs: bool) -> _Watch:
        if self._watch is None or self._watch.ended:
            self._watch = _Watch(lambda jobs: look(self._workspace, jobs=jobs), self._every)
        self._watch.listeners += 1
        self._watch.for_jobs += jobs
        return self._watch

    def _leave(self, watch: _Watch, *, jobs: bool) -> None:
        watch.listeners -= 1
        watch.for_jobs -= jobs
        if watch.listeners == 0:
            watch.end()
            if self._watch is watch:
                self._watch = None


class _Watch:
    """The task that looks, from the first listener to the last."""

    def __init__(self, look: Callable[[bool], News], every: float) -> None:
        self._look, self._every = look, every
        self.news: News | None = None
        self.listeners = self.for_jobs = 0
        self.ended = False
        self._changed = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def end(self) -> None:
        """Wake whoever waits, and look no more."""
        self.ended = True
        self._task.cancel()
        self._changed.set()

    async def after(self, seen: News | None, seconds: float) -> News | None:
        """The newest look, at once where it is another than ``seen``, else after the next change or ``seconds``."""
        if self.news is seen and not self.ended:
            with anyio.move_on_after(max(seconds, 0.0)):
                await self._changed.wait()
        return self.news

    async def _run(self) -> None:
        turn = anyio.CapacityLimiter(1)  # a thread of its own: it must not wait for one behind heavy questions
        failing = False
        try:
            while True:
                try:
                    self._tell(await run_sync(self._look, self.for_jobs > 0, limiter=turn))
                    failing = False
                except GraphsvcError as error:  # the store is away: listeners stay, and are told once it is back
                    if not failing:
                        _log.warning("live events wait for the store: %s", error)
                    failing = True
                await asyncio.sleep(self._every)
        except Exception as error:  # a defect: streams end, and whoever opens one again finds it or not
            trail = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
            _log.error("live events ended by %s\n%s", type(error).__name__, trail)  # its message may name a person
        finally:
            self.ended = True
            self._changed.set()

    def _tell(self, news: News) -> None:
        if news != self.news:
            self.news = news
            woken, self._changed = self._changed, asyncio.Event()
            woken.set()


def _job(job: Job) -> dict[str, Any]:
    progress = None if job.progress is None else round(job.progress, 2)
    return {"id": job.id, "kind": job.kind, "name": job.name, "state": job.state, "progress": progress}
