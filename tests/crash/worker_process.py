"""A Celery worker whose weekly task never ends: asleep (a soft limit wakes it) or deaf in compiled code."""

from __future__ import annotations

import hashlib
import sys
import time
from collections.abc import Mapping
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded

from graphsvc.jobs import StoreJobs
from graphsvc.stores import open_store
from graphsvc.work import Limits, Place, Told
from graphsvc.worker import make_app, run_worker
from graphsvc.workspace import Workspace


def asleep(workspace: Workspace, told: Told) -> Mapping[str, Any]:
    """Nothing for a long time."""
    told(0, 1)
    time.sleep(600)
    return {}


def deaf(workspace: Workspace, told: Told) -> Mapping[str, Any]:
    """One call that hears no signal before it returns."""
    told(0, 1)
    hashlib.pbkdf2_hmac("sha256", b"x", b"y", 10**9)
    return {}


def main(url: str, redis: str, how: str) -> None:
    """Run the worker until it is killed."""

    def opened() -> Place:
        store = open_store(url)
        return Place(Workspace(store), StoreJobs(store), {"asleep": asleep, "deaf": deaf}[how], lambda _: 0)

    run_worker(make_app(redis, opened, Limits(60.0, 4.0, (SoftTimeLimitExceeded,))), 1, None)


if __name__ == "__main__":
    main(*sys.argv[1:])
