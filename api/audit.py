"""What the API writes to the workspace's audit log: writes, decisions and refused access; never reads.

Refusals without a valid key could come by the thousand, so they are counted and written at most every ten seconds.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from fastapi import Request
from starlette.background import BackgroundTask

from api.deps import Reading, workspace_of
from graphsvc.errors import GraphsvcError
from graphsvc.policy import Caller

NOBODY = Caller(entity=None, roles=frozenset(), name="-", scopes=frozenset())
_log = logging.getLogger("graphsvc.api")


class Throttle:
    """Lets one of many through per ``seconds``; :meth:`take` gives how many it stands for, or 0."""

    def __init__(self, seconds: float = 10.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._clock, self._lock = seconds, clock, threading.Lock()
        self._count, self._next = 0, float("-inf")

    def take(self) -> int:
        """Count one; when it is time again, the count since the last time."""
        with self._lock:
            self._count += 1
            if self._clock() < self._next:
                return 0
            self._next = self._clock() + self._seconds
            count, self._count = self._count, 0
            return count


def written(reading: Reading, action: str, detail: Mapping[str, str | int]) -> None:
    """Log a write; ``detail`` holds counts and ids only."""
    trace = {"trace_id": reading.request.scope["state"]["trace_id"]}
    reading.workspace.store.log(reading.caller, action, {**detail, **trace})


def refused(request: Request, status: int) -> BackgroundTask | None:
    """Logs a refused access once the answer is out, so that a busy store delays nobody; None when there is nothing."""
    caller = request.scope.get("state", {}).get("caller")
    count = 1 if caller else request.app.state.throttle.take()
    if not count or request.app.state.workspace is None:
        return None
    operation = getattr(request.scope.get("route"), "name", "-")
    detail = {"operation": operation, "status": status, "count": count, "trace_id": request.scope["state"]["trace_id"]}
    return BackgroundTask(_append, request, caller or NOBODY, detail)


def _append(request: Request, caller: Caller, detail: Mapping[str, str | int]) -> None:
    try:
        workspace_of(request.app).store.log(caller, "api.refused", detail)
    except GraphsvcError as error:
        _log.error("refused access not written to the audit log: %s", error)
