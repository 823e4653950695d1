"""Celery: the tasks, the worker that runs them and the beat that hands them out. Only here is Celery imported.

A message holds the id of a job and nothing else; the job book says whether there is still something to do. So a message
that Redis delivers again (after the visibility time, which outlasts every task here, or after a lost connection) does
no harm, and one that Redis loses is sent again by the next tick of a beat.

Settings that matter with Redis, and why: late acknowledgement and rejection on a lost worker, so that a message
outlives its worker; a visibility time beyond the hard limit, so that no running task is delivered twice; one message
reserved per process, so that none waits behind a long one; no countdowns beyond a lease, since messages with an ETA
would be delivered to every worker once the visibility time is over; results ignored, since a client that waits for
them leaves subscriptions behind; JSON only, also for the beat, whose own schedule file would be a pickle.
"""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import celery
from celery.beat import Scheduler
from celery.exceptions import SoftTimeLimitExceeded, TimeLimitExceeded
from kombu.exceptions import OperationalError

from graphsvc.dispatch import Due
from graphsvc.errors import GraphsvcError, InputError, TransientError
from graphsvc.jobs import KINDS, Job, ended, written
from graphsvc.phrases import phrase
from graphsvc.settings import settings
from graphsvc.work import SECOND, Limits, Place, work

QUEUE = "graphsvc"
REACH_SECONDS = 5.0  # how long a Redis may take to answer at all [s]
TICK = 5.0  # how often a beat looks what is due [s]
SCHEMES = ("redis://", "rediss://", "unix://", "redis+socket://", "sentinel://")
NotSent = OperationalError
Open = Callable[[], Place]
_log = logging.getLogger("graphsvc.jobs")


def limits() -> Limits:
    """The time limits of this process's settings; a worker process hears of the soft one by an exception."""
    chosen = settings()
    return Limits(chosen.lease_seconds, float(chosen.job_seconds), (SoftTimeLimitExceeded,))


def make_app(redis_url: str, open_place: Open | None = None, chosen: Limits | None = None) -> celery.Celery:
    """The Celery app; without ``open_place`` it can only send.

    Raises
    ------
    InputError
        ``jobs.bad_redis`` when the URL is none of Redis; a password in it is not repeated. ``jobs.no_password_file``.
    """
    if not redis_url.startswith(SCHEMES):
        raise InputError("jobs.bad_redis", url=without_password(redis_url))
    chosen, redis_url = chosen or limits(), with_password(redis_url, settings().redis_password_file)
    app = celery.Celery("graphsvc", broker=redis_url, backend=redis_url, set_as_current=False)
    app.conf.update(_configuration(chosen))
    if open_place is not None:
        here = _Here(open_place)
        for kind in KINDS:
            app.task(_task(here, chosen), name=f"graphsvc.{kind}", bind=True, base=_job_task(here, chosen))
        app.conf.beat_scheduler = _slots(here)
    return app


def _configuration(chosen: Limits) -> dict[str, Any]:
    visible = int(chosen.hard + chosen.lease) + 600
    transport = {
        "visibility_timeout": visible,
        "socket_keepalive": True,
        "socket_connect_timeout": 5,
        "socket_timeout": 30,  # a command on a connection that died without a word waits no longer
        "health_check_interval": 25,
    }
    return {
        "accept_content": ["json"],
        "task_serializer": "json",
        "result_serializer": "json",
        "result_expires": 86_400,
        "task_ignore_result": True,
        "task_default_queue": QUEUE,
        "task_acks_late": True,
        "task_reject_on_worker_lost": True,
        "task_time_limit": chosen.hard,
        "task_soft_time_limit": chosen.soft,
        "worker_prefetch_multiplier": 1,
        "worker_cancel_long_running_tasks_on_connection_loss": False,  # the lease tells who may go on
        "worker_hijack_root_logger": False,
        "worker_redirect_stdouts": False,
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": transport,
        "result_backend_transport_options": {"visibility_timeout": visible},
        "enable_utc": True,
    }


def send(app: celery.Celery, job: Job) -> None:
    """Tell the workers of a job.

    Raises
    ------
    NotSent
        When Redis does not answer.
    """
    app.send_task(f"graphsvc.{job.kind}", args=[job.id], queue=QUEUE, ignore_result=True)


def reach(redis_url: str) -> str:
    """The address of a Redis that answers, as it may be shown.

    Raises
    ------
    TransientError
        ``jobs.redis_away``.
    InputError
        As :func:`make_app`.
    """
    shown = without_password(redis_url)
    try:
        with make_app(redis_url) as app, app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, timeout=REACH_SECONDS)
    except (OperationalError, OSError) as error:
        raise TransientError("jobs.redis_away", url=shown, problem=str(error)) from error
    return shown


def with_password(url: str, file: str | None) -> str:
    """A URL with the password of a file, where there is a file and the URL has no account of its own.

    Raises
    ------
    InputError
        ``jobs.no_password_file``.
    """
    scheme, found, rest = url.partition("://")
    if file is None or "@" in rest:
        return url
    try:
        password = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("jobs.no_password_file", path=file, problem=type(error).__name__) from error
    return f"{scheme}{found}:{quote(password, safe='')}@{rest}"


def without_password(url: str) -> str:
    """A URL as it may be shown.

    Examples
    --------
    >>> without_password("redis://user:secret@host:6379/0")
    'redis://…@host:6379/0'
    """
    scheme, found, rest = url.rpartition("://")
    _, at, place = rest.rpartition("@")
    return f"{scheme}{found}…@{place}" if at else url


class _Here:
    """The place of this process: opened when first needed, anew after a fork, since no connection outlives one."""

    def __init__(self, open_place: Open) -> None:
        self._open, self._pid = open_place, 0
        self._place: Place | None = None

    def __call__(self) -> Place:
        if self._place is None or self._pid != os.getpid():
            self._place, self._pid = self._open(), os.getpid()
        return self._place


def _task(here: _Here, chosen: Limits) -> Callable[..., str | None]:
    def run(self: Any, id: str) -> str | None:
        """Do a job, if it is still to be done."""
        place = here()
        done = work(place, id, chosen)
        if done is None and self.request.delivery_info.get("redelivered"):
            _wait_for_lease(self, place, id)
        return done.state if done else None

    return run


def _wait_for_lease(task: Any, place: Place, id: str) -> None:
    """A message came back because its worker died: look again once that worker's lease has run out."""
    job = place.book.get(id)
    if job is not None and job.state == "running" and job.lease is not None:
        left = (job.lease - place.workspace.clock()) / SECOND
        raise task.retry(countdown=max(left, 0.0) + 1.0, max_retries=None)


def _job_task(here: _Here, chosen: Limits) -> type[celery.Task]:
    class JobTask(celery.Task):
        """A task whose job fails when the hard limit kills its process; called in the parent, which lives on."""

        def on_failure(self, exc: BaseException, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:
            if isinstance(exc, TimeLimitExceeded):
                place = here()
                why = written(phrase("jobs.out_of_time", seconds=chosen.hard))
                place.book.change(args[0], ("running",), **ended("failed", place.workspace.clock()), error=why)

    return JobTask


def _slots(here: _Here) -> type[Scheduler]:
    class Slots(Scheduler):
        """Hands out what is due; keeps nothing itself, so that any number of beats may run and any may die."""

        _due: Due | None = None

        def setup_schedule(self) -> None:
            """There is no schedule file: slots are claimed in the job book."""

        def tick(self, *_: Any, **__: Any) -> float:
            """Hand out what is due; gives the seconds until the next look."""
            try:
                self._due = self._due or Due(here())
                for job in self._due.tick():
                    _hand_out(self.app, self._due, job)
            except GraphsvcError as error:  # the store is away: the slots wait
                _log.error("beat: %s", error)
            return TICK

    return Slots


def _hand_out(app: celery.Celery, due: Due, job: Job) -> None:
    try:
        send(app, job)
        _log.info("beat: %s %s handed out", job.kind, job.id)
    except NotSent as error:
        due.place.book.change(job.id, ("queued",), lease=None)
        _log.error("beat: job %s not handed out: %s", job.id, error)


def run_worker(app: celery.Celery, concurrency: int, name: str | None, level: str = "INFO") -> int:
    """Run a worker until it is told to stop: TERM lets running jobs end, QUIT does not; gives the exit code."""
    host = name or f"{QUEUE}-{os.getpid()}@{socket.gethostname()}"  # two of one name would answer for each other
    worker = app.Worker(
        concurrency=concurrency, hostname=host, loglevel=level, pool="prefork", without_mingle=True, without_gossip=True
    )
    worker.start()
    return int(worker.exitcode or 0)


def run_beat(app: celery.Celery, level: str = "INFO") -> None:
    """Run a beat until it is told to stop."""
    app.Beat(loglevel=level, quiet=True, max_interval=TICK).run()
