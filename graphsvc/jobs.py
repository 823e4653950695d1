"""Jobs: pieces of work that outlive the process that does them, one row each, and the book they are kept in.

The book is the truth; a message queue only says "look at this job". A job is taken by an atomic compare-and-set that
names its owner and a lease; whoever lost the lease can change nothing any more, so a message that comes twice, a worker
that was believed dead, or two schedulers at once do no harm.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol, get_args

from graphsvc.errors import InputError, NotFoundError
from graphsvc.phrases import Phrase

Kind = Literal["sync", "fit", "score", "weekly", "deliver"]
State = Literal["queued", "running", "done", "failed", "cancelled"]
KINDS: tuple[Kind, ...] = get_args(Kind)
STATES: tuple[State, ...] = get_args(State)
ACTIVE: tuple[State, ...] = ("queued", "running")


@dataclass(frozen=True)
class Job:
    """One job, one row; times are int64 microseconds since the epoch, UTC."""

    id: str
    kind: Kind
    args: str = "{}"  # JSON object: what the task is asked to do
    state: State = "queued"
    slot: str | None = None  # "kind:name:start of the period": at most one job has it; None: asked for by somebody
    created: int = 0
    started: int | None = None  # of the last attempt
    finished: int | None = None
    owner: str | None = None  # who runs it
    lease: int | None = None  # running: the owner holds it until then; queued: handed out, not again before then
    attempts: int = 0
    progress: float | None = None  # 0..1, None where the end is not known
    done_rows: int = 0
    note: str | None = None  # what it is doing: a phrase, see written()
    error: str | None = None  # why it failed: a phrase
    report: str | None = None  # JSON object: what it did
    cancel: int = 0  # 1: somebody wants it stopped

    @property
    def name(self) -> str:
        """What of its kind: the source's name, the scores; empty where there is nothing to tell."""
        return str(json.loads(self.args).get("name") or "")


class JobBook(Protocol):
    """Where jobs are kept, for several processes at once. Methods raise StoreError or TransientError."""

    def add(self, job: Job) -> bool:
        """Keep a new job; False when one of this id, or of this slot, is there already."""

    def change(self, id: str, when: Sequence[State], *, held_by: str | None = None, **fields: Any) -> Job | None:
        """Change fields if the job is in one of these states and, where given, ``held_by`` is its owner.

        One atomic step; gives the job after the change, None when the condition did not hold.
        """

    def get(self, id: str) -> Job | None:
        """A job by its id."""

    def list(self, state: State | None = None, limit: int = 50) -> Sequence[Job]:
        """Jobs, newest first."""

    def log(self, id: str, line: str, now: int) -> None:
        """Append a line to a job's log."""

    def lines(self, id: str) -> Sequence[tuple[int, str]]:
        """A job's log: (time, line), oldest first."""

    def prune(self, before: int) -> int:
        """Remove the jobs that ended before a moment [us], with their logs; gives how many."""


class JobStore(Protocol):
    """The methods of a :class:`~graphsvc.store.Store` that keep jobs."""

    def add_job(self, job: Job) -> bool: ...

    def change_job(
        self, id: str, when: Sequence[State], *, held_by: str | None = None, **fields: Any
    ) -> Job | None: ...

    def get_job(self, id: str) -> Job | None: ...

    def list_jobs(self, state: State | None = None, limit: int = 50) -> Sequence[Job]: ...

    def log_job(self, id: str, line: str, now: int) -> None: ...

    def job_lines(self, id: str) -> Sequence[tuple[int, str]]: ...

    def prune_jobs(self, before: int) -> int: ...


class StoreJobs:
    """A store's jobs as a :class:`JobBook`."""

    def __init__(self, store: JobStore) -> None:
        self.add, self.change, self.get = store.add_job, store.change_job, store.get_job
        self.list, self.log, self.lines = store.list_jobs, store.log_job, store.job_lines
        self.prune = store.prune_jobs


def new_job(kind: str, args: Mapping[str, Any], now: int, slot: str | None = None) -> Job:
    """A job that waits for a worker.

    Raises
    ------
    InputError
        ``jobs.no_such_kind``.

    Examples
    --------
    >>> new_job("score", {"names": ["depth"]}, 0).state
    'queued'
    """
    if kind not in KINDS:
        raise InputError("jobs.no_such_kind", kind=kind, kinds=", ".join(KINDS))
    text = json.dumps(args, sort_keys=True, ensure_ascii=False)
    return Job(uuid.uuid4().hex[:16], kind, text, slot=slot, created=now)


def find_job(book: JobBook, id: str) -> Job:
    """A job by its id.

    Raises
    ------
    NotFoundError
        ``jobs.no_such_job``.
    """
    found = book.get(id)
    if found is None:
        raise NotFoundError("jobs.no_such_job", id=id)
    return found


def cancel(book: JobBook, id: str, now: int) -> Job:
    """Stop a job: at once while it waits, else at its next step, or when its dead owner's lease runs out.

    Raises
    ------
    NotFoundError
        ``jobs.no_such_job``.
    InputError
        ``jobs.over`` when it has ended already.
    """
    changed = book.change(id, ("queued",), **ended("cancelled", now), cancel=1) or book.change(
        id, ("running",), cancel=1
    )
    if changed is None:
        raise InputError("jobs.over", id=id, state=find_job(book, id).state)
    book.log(id, written(Phrase("jobs.log_cancel")), now)
    return changed


def ended(state: State, now: int) -> dict[str, Any]:
    """The fields of a job that ends now: nobody holds it any more."""
    return {"state": state, "finished": now, "owner": None, "lease": None}


def written(said: Phrase) -> str:
    """A phrase as it is kept in a job or its log: JSON, so that every reader gets it in the own language."""
    return json.dumps({"code": said.code, "args": dict(said.args)}, sort_keys=True, ensure_ascii=False, default=str)


def read(text: str | None) -> str | None:
    """A kept phrase in the reader's language.

    Examples
    --------
    >>> from graphsvc.phrases import use_language
    >>> use_language("en")
    >>> read(written(Phrase("jobs.log_cancel")))
    'Cancelling was asked for.'
    """
    if text is None:
        return None
    kept = json.loads(text)
    return Phrase(kept["code"], kept["args"]).text()


def shown(job: Job) -> dict[str, Any]:
    """A job as CLI and API give it: moments in ISO 8601, phrases as text, args and report as objects."""
    from graphsvc.clock import show_moment

    out = asdict(job) | {"note": read(job.note), "error": read(job.error), "name": job.name, "cancel": bool(job.cancel)}
    out |= {k: show_moment(v) for k in ("created", "started", "finished", "lease") if (v := out[k]) is not None}
    return out | {k: json.loads(v) for k in ("args", "report") if (v := out[k]) is not None}
