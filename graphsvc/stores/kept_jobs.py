"""Jobs in a store: each one row that is changed by compare-and-set, and beside it the lines of its log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, cast

from graphsvc.jobs import Job, State
from graphsvc.stores.ledger import Reader, Writer
from queries.results import FinishedJobs, JobById, JobLines, Jobs, JobsOfSlot, LastJobLine

PRUNED = 2_000  # jobs that one transaction removes, with their lines


def add_job(writer: Writer, job: Job) -> bool:
    """Keep a new job; False when one of its id, or of its slot, is there already."""
    writer.lock("jobs")
    taken = job.slot is not None and writer.one(JobsOfSlot(job.slot)) is not None
    return not taken and writer.add_missing("jobs", {c: [v] for c, v in asdict(job).items()}, 1) == 1


def change_job(
    writer: Writer, ident: str, when: Sequence[State], fields: Mapping[str, Any], held_by: str | None = None
) -> Job | None:
    """Change a job that is in one of some states and, where given, whose owner is ``held_by``; None where it is not."""
    writer.lock("jobs")
    found = get_job(writer, ident)
    if found is None or found.state not in when or (held_by is not None and found.owner != held_by):
        return None
    if fields:
        writer.amend("jobs", "id", [ident], {c: [v] for c, v in fields.items()})
    return get_job(writer, ident)


def get_job(reader: Reader, ident: str) -> Job | None:
    """A job, None where there is none of this id."""
    row = reader.one(JobById(ident))
    return Job(**cast(Any, row._asdict())) if row else None


def list_jobs(reader: Reader, state: State | None, limit: int) -> list[Job]:
    """Jobs, newest first."""
    return [Job(**cast(Any, row._asdict())) for row in reader.ask(Jobs(state, limit))]


def log_job(writer: Writer, ident: str, line: str, now: int) -> None:
    """Append a line to a job's log."""
    writer.lock("jobs")
    last = writer.one(LastJobLine(ident))
    values = {"job": [ident], "line": [last.line + 1 if last else 1], "time": [now], "text": [line]}
    writer.put("job_lines", values, 1)


def job_lines(reader: Reader, ident: str) -> list[tuple[int, str]]:
    """A job's log: (time [us], line), oldest first."""
    return [(row.time, row.text) for row in reader.ask(JobLines(ident))]


def prune_jobs(writer: Writer, before: int) -> int:
    """Remove some of the jobs that ended before a moment [us], with their logs; 0 when none is left."""
    writer.lock("jobs")
    ended = [row.id for row in writer.ask(FinishedJobs(before, PRUNED))]
    writer.remove("job_lines", "job", ended)
    return writer.remove("jobs", "id", ended)
