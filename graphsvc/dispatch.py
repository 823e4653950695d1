"""What is to be done now: slots of the schedule that nobody has claimed yet, and jobs nobody works on any more.

Celery beat and the thread beside the API both tick here. Any number of them may: a slot is claimed by adding its job,
which only one can, and a job handed out twice is taken once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from graphsvc.errors import TransientError
from graphsvc.extras import needs
from graphsvc.jobs import ACTIVE, Job, JobBook, new_job
from graphsvc.registry import algorithms
from graphsvc.schedule import DAY, SETTING, Entry, entries, read_planned, zone_of
from graphsvc.work import SECOND, Place

HANDED_OUT = 600 * SECOND  # a message not taken up in this time is believed lost, and sent again
KEPT = 90 * DAY * SECOND  # how long a job that ended is kept, with its log
MANY = 10_000


class Due:
    """Finds what is due at a place; ``wait`` is how long a job handed out may lie before it is handed out again [us].

    0 is for whoever does the jobs at once, in the same process.
    """

    def __init__(self, place: Place, wait: int = HANDED_OUT) -> None:
        self.place, self.wait = place, wait
        self._tried: dict[str, str] = {}  # the newest slot of an entry: claimed, by whomever
        self._sent: dict[tuple[str, int], int] = {}  # attempts whose owner fell silent: when handed out again
        self._swept: int | None = None  # when old jobs were last removed

    def tick(self) -> list[Job]:
        """Claim what is due and find what was left lying, oldest first."""
        now = self.place.workspace.clock()
        store = self.place.workspace.store
        zone, planned = zone_of(store.setting("timezone")), read_planned(store.setting(SETTING))
        schedule = entries(planned, algorithms().values(), delivering=self.place.deliveries is not None)
        self._sweep(now, schedule, zone)
        return sorted([*self._left(now), *self._claimed(now, schedule, zone)], key=lambda job: job.created)

    def _sweep(self, now: int, schedule: list[Entry], zone: ZoneInfo) -> None:
        """Once a day, remove the jobs that ended long ago; not one whose slot holds still, or it would come again."""
        if self._swept is None or now - self._swept >= DAY * SECOND:
            self.place.book.prune(min([now - KEPT, *(entry.period.start(now, zone) for entry in schedule)]))
            self._swept = now

    def _claimed(self, now: int, schedule: list[Entry], zone: ZoneInfo) -> list[Job]:
        book = self.place.book
        busy = [job for state in ACTIVE for job in book.list(state, MANY)]
        out: list[Job] = []
        for entry in schedule:
            slot = entry.slot(now, zone)
            if self._tried.get(entry.key) == slot or waits(entry, [*busy, *out]) or not self._wanted(entry):
                continue
            job = replace(new_job(entry.kind, entry.args, now, slot), lease=now + self.wait if self.wait else None)
            self._tried[entry.key] = slot
            if book.add(job):
                out.append(job)
        return out

    def _wanted(self, entry: Entry) -> bool:
        """Nothing is computed of nothing, live scores only where something changed, and nobody looks for deliveries
        before one is due.
        """
        store = self.place.workspace.store
        if entry.kind != "sync" and store.sequence == 0:
            return False
        if entry.kind == "deliver":
            return self.place.deliveries is not None and self.place.deliveries.due(self.place.workspace)
        last = store.runs("score", 1) if entry.on_change else []
        return not last or last[0].sequence < store.sequence

    def _left(self, now: int) -> list[Job]:
        """Jobs that wait for nobody: never handed out or long ago, or begun by a worker that fell silent."""
        book = self.place.book
        waiting = [job for job in book.list("queued", MANY) if (job.lease or 0) <= now]
        silent = [job for job in book.list("running", MANY) if (job.lease or 0) <= now]
        # by attempt: a worker that took the job up and died between two ticks must not pass for the one before it
        attempts = {(job.id, job.attempts): job for job in silent}
        self._sent = {a: at for a in attempts if (at := self._sent.get(a, 0)) > now - self.wait}
        again = [job for a, job in attempts.items() if a not in self._sent]
        self._sent |= {(job.id, job.attempts): now for job in again}
        if self.wait:
            for job in waiting:
                book.change(job.id, ("queued",), lease=now + self.wait)
        return [*waiting, *again]


def waits(entry: Entry, busy: list[Job]) -> bool:
    """Whether something under way holds an entry up: its own last slot, a sync of the same source, what it needs."""
    for job in busy:
        own = (job.slot or "").startswith(f"{entry.key}:") or (
            job.kind == entry.kind == "sync" and job.name == entry.name
        )
        if own or job.kind in entry.after:
            return True
    return False


def stuck(book: JobBook, now: int) -> list[Job]:
    """Jobs that wait, or whose worker fell silent, for longer than anybody who looks what is due would let them."""
    active = [job for state in ACTIVE for job in book.list(state, MANY)]
    return [job for job in active if (job.lease or job.created) + HANDED_OUT < now]


def start(book: JobBook, kind: str, args: Mapping[str, Any], now: int, redis_url: str | None) -> Job:
    """Queue a job; with Redis the workers are told at once, without it whoever ticks finds it.

    Raises
    ------
    InputError
        ``jobs.no_such_kind``.
    TransientError
        ``jobs.not_sent`` when Redis does not answer: the job is kept, and handed out when it does again.
    """
    job = new_job(kind, args, now)
    if redis_url is None:
        book.add(job)
        return job
    job = replace(job, lease=now + HANDED_OUT)
    book.add(job)

    needs("celery")
    from graphsvc.worker import NotSent, make_app, send

    try:
        with make_app(redis_url) as app:
            send(app, job)
    except NotSent as error:
        book.change(job.id, ("queued",), lease=None)
        raise TransientError("jobs.not_sent", id=job.id, problem=str(error)) from error
    return job
