"""The same schedule in one process without Redis: a thread that does what is due, one job after the other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from graphsvc.dispatch import Due
from graphsvc.errors import GraphsvcError
from graphsvc.jobs import Job
from graphsvc.settings import settings
from graphsvc.work import Limits, Place, work

TICK = 2.0  # how often it looks what is due [s]
PARTING = 10.0  # how long the end of the process waits for a job to come to its next step [s]
_log = logging.getLogger("graphsvc.jobs")


def own_limits() -> Limits:
    """The time limits of this process's settings. A thread cannot be killed: the soft limit is all there is."""
    chosen = settings()
    return Limits(chosen.lease_seconds, float(chosen.job_seconds))


class LocalWorker:
    """Does what is due at a place."""

    def __init__(self, place: Place, limits: Limits | None = None) -> None:
        self.place, self.limits = place, limits or own_limits()
        self._due, self._ending = Due(place, wait=0), threading.Event()

    def once(self) -> list[Job]:
        """Do all that is due now; gives the jobs that ended here."""
        done = []
        for job in self._due.tick():
            if not self._ending.is_set():
                ended = work(self.place, job.id, self.limits, released=self._ending.is_set)
                done += [ended] if ended else []
        return done

    def run(self, tick: float = TICK) -> None:
        """Do what is due until :meth:`end`."""
        while not self._ending.is_set():
            try:
                self.once()
            except GraphsvcError as error:  # the store is away: the slots wait
                _log.error("schedule: %s", error)
            self._ending.wait(tick)

    def end(self) -> None:
        """Let a running job go at its next step: it is queued again."""
        self._ending.set()


@contextmanager
def beside(place: Place, limits: Limits | None = None, tick: float = TICK) -> Iterator[LocalWorker]:
    """A thread that does what is due while the body runs."""
    worker = LocalWorker(place, limits)
    thread = threading.Thread(target=worker.run, args=(tick,), name="graphsvc-schedule", daemon=True)
    thread.start()
    try:
        yield worker
    finally:
        worker.end()
        thread.join(PARTING)
