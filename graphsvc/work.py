"""What the tasks do: take a job, do it step by step, say how far it is, stop when asked, and hand it on when they fail.

No queue is known here: a Celery worker, the thread beside the API and the command line all come in by :func:`work`.
A task may be done twice, or by half and then again: pages move their cursor in their own transaction, models have ids
of what they learned from, and a run has its job's id, so that the second time replaces the first.
"""

from __future__ import annotations

import json
import logging
import os
import secrets
import socket
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from graphsvc import canary, pipeline
from graphsvc.errors import GraphsvcError, InputError, TransientError
from graphsvc.jobs import Job, JobBook, Kind, ended, written
from graphsvc.phrases import Phrase, phrase
from graphsvc.registry import algorithms, find_algorithm, find_source
from graphsvc.workspace import Workspace

SECOND = 1_000_000  # [us]
ATTEMPTS = 5  # then a job has failed: what kills its worker each time would do so for ever
BACKOFF = 15 * SECOND  # after the first transient error; doubles
Told = Callable[[int, int], None]  # how many of how many
_log = logging.getLogger("graphsvc.jobs")


@dataclass(frozen=True)
class Deliveries:
    """How lists reach people, where that is set up: whether anything is due, and delivering what is."""

    due: Callable[[Workspace], bool]
    run: Callable[[Workspace, Told], Mapping[str, Any]]


@dataclass(frozen=True)
class Place:
    """Where work is done: the open workspace, its job book, and what only the layer above can do."""

    workspace: Workspace
    book: JobBook
    hand_out: Callable[[Workspace, Told], Mapping[str, Any]]  # compute and keep this week's lists
    suggest: Callable[[Workspace], int]  # refresh the suggestions from new scores; how many are new
    deliveries: Deliveries | None = None

    def close(self) -> None:
        """Release the store."""
        self.workspace.store.close()


@dataclass(frozen=True)
class Limits:
    """How long things may take [s]. ``raised``: how a pool tells a task that its soft limit is over."""

    lease: float
    hard: float
    raised: tuple[type[Exception], ...] = ()

    @property
    def soft(self) -> float:
        """When a task is asked to end, so that it can say so before the hard limit kills it."""
        return max(self.hard - 60.0, 0.9 * self.hard)


class Halt(Exception):
    """The task must stop now; the subclass says why."""


class Cancelled(Halt):
    """Somebody asked for it."""


class LeaseLost(Halt):
    """Another worker holds the job: this one was silent for too long and may change nothing any more."""


class OutOfTime(Halt):
    """The soft limit is over."""


class Released(Halt):
    """The process ends: another one goes on."""


def new_owner() -> str:
    """A name no other attempt has."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"


@dataclass
class Attempt:
    """One attempt at a job by one owner, who keeps its lease alive while it works."""

    place: Place
    job: Job
    owner: str
    limits: Limits
    released: Callable[[], bool] = lambda: False
    _said: dict[str, Any] = field(default_factory=dict)
    _written: int = 0
    _halt: Halt | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def now(self) -> int:
        """The present moment [us]."""
        return self.place.workspace.clock()

    def step(self, doing: Phrase | None = None, *, rows: int | None = None, progress: float | None = None) -> None:
        """Say how far it is, written at most once a second; between steps nothing can stop a task.

        Raises
        ------
        Halt
            When it was cancelled, its time is over, its lease lost, or the process ends.
        """
        said = {"done_rows": rows, "progress": progress, "note": doing and written(doing)}
        self._said |= {k: v for k, v in said.items() if v is not None}
        if self.now - self._written >= SECOND:
            self.beat()
        if self._halt is None and self.released():
            self._halt = Released()
        if self._halt is None and self.now - (self.job.started or 0) > self.limits.soft * SECOND:
            self._halt = OutOfTime()
        if self._halt is not None:
            raise self._halt

    def beat(self) -> None:
        """Write what was said, renew the lease, and learn whether to stop."""
        with self._lock:
            now, lease = self.now, lease_end(self.now, self.job.attempts, self.limits)
            held = self.place.book.change(self.job.id, ("running",), held_by=self.owner, lease=lease, **self._said)
            self._written = now
            if held is None:
                self._halt = LeaseLost()
            elif held.cancel and self._halt is None:
                self._halt = Cancelled()

    def end(self, **fields: Any) -> Job | None:
        """The last word on this attempt; None when it is not ours to say."""
        with self._lock:
            return self.place.book.change(self.job.id, ("running",), held_by=self.owner, **(self._said | fields))

    def log(self, said: Phrase) -> None:
        """Append to the job's log."""
        self.place.book.log(self.job.id, written(said), self.now)

    @contextmanager
    def alive(self) -> Iterator[None]:
        """Renew the lease from a thread while one step takes long; not beyond the hard limit."""
        over = threading.Event()
        thread = threading.Thread(target=self._keep_beating, args=(over,), name=f"lease-{self.job.id}", daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    def _keep_beating(self, over: threading.Event) -> None:
        last = (self.job.started or 0) + int(self.limits.hard * SECOND)
        while not over.wait(self.limits.lease / 4) and self.now < last and not isinstance(self._halt, LeaseLost):
            try:
                self.beat()
            except GraphsvcError as error:  # the next beat may do; if none does, the lease runs out, as it must
                _log.warning("job %s: lease not renewed: %s", self.job.id, error)


# -- taking and ending ------------------------------------------------------------------------------------------------


def lease_end(now: int, attempts: int, limits: Limits) -> int:
    """Until when an owner holds a job [us].

    It doubles with each attempt: a compiled loop that holds the interpreter lets no lease be renewed, and must not lose
    its job to the same silence again and again.
    """
    return now + int(limits.lease * 2 ** max(attempts - 1, 0) * SECOND)


def take(book: JobBook, id: str, owner: str, limits: Limits, now: int) -> Job | None:
    """Take a job that waits, or whose owner let the lease run out; None when there is nothing to take.

    A job somebody cancelled, or that was begun too often, ends here.
    """
    job = book.get(id)
    if job is None or not (job.state == "queued" or (job.state == "running" and (job.lease or 0) <= now)):
        return None
    change = partial(book.change, id, (job.state,), held_by=job.owner)
    if job.cancel:
        change(**ended("cancelled", now))
        return None
    if job.attempts >= ATTEMPTS:
        change(**ended("failed", now), error=written(phrase("jobs.gave_up", count=job.attempts)))
        return None
    attempts = job.attempts + 1
    lease = lease_end(now, attempts, limits)
    taken = change(state="running", owner=owner, lease=lease, started=now, attempts=attempts, error=None)
    if taken is not None:
        book.log(id, written(phrase("jobs.log_taken", owner=owner, attempt=attempts)), now)
    return taken


def work(
    place: Place, id: str, limits: Limits, *, owner: str | None = None, released: Callable[[], bool] = lambda: False
) -> Job | None:
    """Take a job and do it; gives the job as it ended, None when it was not ours to take or to end."""
    owner = owner or new_owner()
    job = take(place.book, id, owner, limits, place.workspace.clock())
    if job is None:
        return None
    attempt = Attempt(place, job, owner, limits, released)
    try:
        with attempt.alive():
            attempt.step()
            report = TASKS[job.kind](attempt, json.loads(job.args))
    except Exception as error:
        return _failed(attempt, error)
    except BaseException:  # the process ends: another one goes on
        _failed(attempt, Released())
        raise
    text = json.dumps(report, sort_keys=True, ensure_ascii=False, default=str)
    return _over(attempt, phrase("jobs.log_done"), **ended("done", attempt.now), progress=1.0, report=text, note=None)


def _failed(attempt: Attempt, error: Exception) -> Job | None:
    """End an attempt that did not come to its end: cancelled, handed on, tried again later, or failed."""
    now = attempt.now
    again = ended("queued", now) | {"finished": None, "note": None}
    if isinstance(error, LeaseLost):
        _log.warning("job %s: another worker has taken it up", attempt.job.id)
        return None
    if isinstance(error, Cancelled):
        return _over(attempt, phrase("jobs.log_cancelled"), **ended("cancelled", now))
    if isinstance(error, Released):
        return _over(attempt, phrase("jobs.log_released"), **again, attempts=attempt.job.attempts - 1)
    if isinstance(error, TransientError) and attempt.job.attempts < ATTEMPTS:
        wait = BACKOFF * 2 ** (attempt.job.attempts - 1)
        said = phrase("jobs.log_again", seconds=wait // SECOND, why=error.text())
        return _over(attempt, said, **again | {"lease": now + wait}, error=written(error.phrase))
    why = _reason(attempt, error)
    return _over(attempt, why, **ended("failed", now), error=written(why))


def _reason(attempt: Attempt, error: Exception) -> Phrase:
    if isinstance(error, GraphsvcError):
        return error.phrase
    if isinstance(error, (OutOfTime, *attempt.limits.raised)):
        return phrase("jobs.out_of_time", seconds=attempt.limits.hard)
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-8:]]
    # its message may hold what was in a row: the type and the place must do
    _log.error("job %s: %s at %s", attempt.job.id, type(error).__name__, " < ".join(reversed(places)))
    return phrase("jobs.defect", type=type(error).__name__, place=places[-1] if places else "-")


def _over(attempt: Attempt, said: Phrase, **fields: Any) -> Job | None:
    done = attempt.end(**fields)
    if done is not None:
        attempt.log(said)
    return done


# -- the tasks --------------------------------------------------------------------------------------------------------


def configured(source: str, options: Mapping[str, Any]) -> BaseModel:
    """The options of a source, checked.

    Raises
    ------
    NotFoundError
        When there is no such source.
    InputError
        Naming the option that is wrong.
    """
    spec = find_source(source)
    for option in options:
        if option not in spec.config.model_fields:
            raise InputError("errors.no_such_option", option=option, source=source)
    try:
        return spec.config(**options)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise InputError("errors.bad_option", option=where, reason=first["msg"]) from error


def run_sync(attempt: Attempt, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Bring in what a source has beyond its cursor; ``args``: source, options."""
    config = configured(args["source"], args.get("options", {}))
    store, clock = attempt.place.workspace.store, attempt.place.workspace.clock

    def progress(table: str, rows: int) -> None:
        attempt.step(phrase("jobs.doing_sync", table=table), rows=rows)

    spec = find_source(args["source"])
    report = pipeline.sync(store, spec, config, progress=progress, clock=clock, run_id=attempt.job.id)
    return report.to_dict()


def run_fit(attempt: Attempt, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Learn the models; ``args``: names of scores, none for all."""
    workspace, names = attempt.place.workspace, tuple(args.get("names", ()))
    total = sum(spec.fit is not None for spec in map(find_algorithm, names or algorithms()))

    def progress(name: str, done: int) -> None:
        attempt.step(phrase("jobs.doing_fit", name=name), progress=done / max(total, 1))

    models = pipeline.fit(workspace, workspace.moment(), names, progress, attempt.job.id)
    return {"run_id": attempt.job.id, "models": {m.name: m.id for m in models}}


def run_score(attempt: Attempt, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Compute scores and keep them as a run; ``args``: names, none for all.

    Then the models are checked first, and the suggestions refreshed after.
    """
    workspace, names = attempt.place.workspace, tuple(args.get("names", ()))
    total = len(names or algorithms())

    def progress(name: str, done: int) -> None:
        attempt.step(phrase("jobs.doing_score", name=name), progress=done / total)

    if not names:  # once a day
        attempt.step(phrase("jobs.doing_check"))
        canary.check(workspace)
    run, scores = pipeline.score(workspace, workspace.moment(), names, progress, attempt.job.id)
    attempt.step()
    new = attempt.place.suggest(workspace) if not names else 0
    return {"run_id": run.id, "rows": {name: len(s) for name, s in scores.items()}, "suggestions_new": new}


def run_weekly(attempt: Attempt, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Compute and keep this week's list of every rep and of the team; a list kept already stays as handed out."""

    def told(done: int, total: int) -> None:
        attempt.step(phrase("jobs.doing_weekly", done=done, total=total), rows=done, progress=done / max(total, 1))

    return attempt.place.hand_out(attempt.place.workspace, told)


def run_deliver(attempt: Attempt, args: Mapping[str, Any]) -> Mapping[str, Any]:
    """Deliver what is due on each receiver's clocks; what is delivered already is left alone.

    Raises
    ------
    InputError
        When nobody said how lists are delivered.
    """
    if attempt.place.deliveries is None:
        raise InputError("delivery.not_configured")

    def told(done: int, total: int) -> None:
        attempt.step(phrase("delivery.doing", done=done, total=total), rows=done, progress=done / max(total, 1))

    return attempt.place.deliveries.run(attempt.place.workspace, told)


TASKS: Mapping[Kind, Callable[[Attempt, Mapping[str, Any]], Mapping[str, Any]]] = {
    "sync": run_sync,
    "fit": run_fit,
    "score": run_score,
    "weekly": run_weekly,
    "deliver": run_deliver,
}
