"""Health checks of the containers: ``python alive.py api | worker | beat`` leaves with 0 where all is well."""

from __future__ import annotations

import socket
import sys
import time
import urllib.request
from pathlib import Path

PORT = 8000
TICKS = 15.0  # a beat looks every few seconds what is due; one that sleeps longer hangs [s]


def api() -> bool:
    """The server answers, and so does its store."""
    with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/v1/healthz", timeout=8) as answer:
        return bool(answer.status == 200)


def worker() -> bool:
    """The worker of this container answers over Redis, so that it can be given work."""
    from graphsvc.settings import settings
    from graphsvc.worker import make_app

    mine = f"*@{socket.gethostname()}"
    with make_app(settings().redis_url or "") as app:
        return bool(app.control.inspect(pattern=mine, matcher="glob", limit=1, timeout=5).ping())


def beat() -> bool:
    """The beat is there and wakes up: a process that waits for ever never leaves the processor of its own accord."""
    pids = [p for p in Path("/proc").iterdir() if p.name.isdigit() and _is_beat(p)]
    before = [_wakes(p) for p in pids]
    end = time.monotonic() + TICKS
    while pids and time.monotonic() < end:
        time.sleep(1)
        if any(now > then for now, then in zip(map(_wakes, pids), before, strict=True)):
            return True
    return False


def _is_beat(process: Path) -> bool:
    words = (process / "cmdline").read_bytes().split(b"\0")
    return b"beat" in words and any(word.endswith(b"graphsvc") for word in words)


def _wakes(process: Path) -> int:
    lines = (process / "status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("voluntary_ctxt_switches")))


if __name__ == "__main__":
    sys.exit(0 if {"api": api, "worker": worker, "beat": beat}[sys.argv[1]]() else 1)
