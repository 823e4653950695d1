"""A job book in memory, safe between threads; and a place over an empty store."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from graphsvc.jobs import ACTIVE, Job, State


class MemoryJobs:
    """The promises of :class:`graphsvc.jobs.JobBook`, in the simplest form."""

    def __init__(self) -> None:
        self.jobs: dict[str, Job] = {}
        self.log_lines: dict[str, list[tuple[int, str]]] = {}
        self.writes = 0
        self._lock = threading.Lock()

    def add(self, job: Job) -> bool:
        with self._lock:
            taken = {j.slot for j in self.jobs.values() if j.slot is not None}
            if job.id in self.jobs or job.slot in taken:
                return False
            self.jobs[job.id] = job
            return True

    def change(self, id: str, when: Sequence[State], *, held_by: str | None = None, **fields: Any) -> Job | None:
        with self._lock:
            job = self.jobs.get(id)
            if job is None or job.state not in when or (held_by is not None and job.owner != held_by):
                return None
            self.writes += 1
            self.jobs[id] = replace(job, **fields)
            return self.jobs[id]

    def get(self, id: str) -> Job | None:
        return self.jobs.get(id)

    def list(self, state: State | None = None, limit: int = 50) -> Sequence[Job]:
        chosen = [j for j in self.jobs.values() if state in (None, j.state)]
        return sorted(chosen, key=lambda j: j.created, reverse=True)[:limit]

    def log(self, id: str, line: str, now: int) -> None:
        self.log_lines.setdefault(id, []).append((now, line))

    def prune(self, before: int) -> int:
        with self._lock:
            old = [j.id for j in self.jobs.values() if j.state not in ACTIVE and (j.finished or before) < before]
            for ident in old:
                del self.jobs[ident]
                self.log_lines.pop(ident, None)
            return len(old)

    def lines(self, id: str) -> Sequence[tuple[int, str]]:
        return self.log_lines.get(id, [])


class Hands:
    """A clock whose hands are moved by the test [us]."""

    def __init__(self, now: int) -> None:
        self.now = now

    def __call__(self) -> int:
        return self.now

    def move(self, seconds: float) -> None:
        self.now += int(seconds * 1e6)


def no_lists(workspace: Any, told: Any) -> Mapping[str, Any]:
    """In place of the weekly lists."""
    told(0, 1)
    return {"lists": 0}
