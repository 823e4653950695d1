"""Timing helpers: whole processes with their peak memory, and functions in this process."""

from __future__ import annotations

import json
import math
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Row:
    """One line of the report; ``ratio`` is how many times faster than the peer in the same run (None: no peer).

    ``peer_at_least``: the peer was stopped after ``peer_seconds``, so that the true ratio is this or more.
    """

    what: str
    figure: str
    seconds: float
    peak_mb: float | None = None
    peer: str | None = None
    peer_seconds: float | None = None
    goal: str | None = None
    series: Mapping[str, list[float]] | None = None  # what a plot shows: columns of equal length
    peer_at_least: bool = False

    @property
    def ratio(self) -> float | None:
        return None if not self.peer_seconds else self.peer_seconds / self.seconds

    def to_dict(self) -> dict[str, object]:
        return asdict(self) | {"ratio": self.ratio}


def process(args: Sequence[str], **env: str) -> tuple[float, float]:
    """Wall seconds and peak resident megabytes of a whole process.

    Raises
    ------
    RuntimeError
        With what it printed, when it fails.
    """
    code = (
        "import json,os,resource,subprocess,sys,time\n"
        "b=time.perf_counter(); r=subprocess.run(sys.argv[1:],stdout=subprocess.PIPE,stderr=subprocess.PIPE)\n"
        "u=resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(json.dumps([time.perf_counter()-b,u.ru_maxrss/1024,r.returncode,r.stderr.decode()[-2000:]]))"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, *args], capture_output=True, text=True, check=True, env=os.environ | env, cwd=ROOT
    )
    seconds, peak, status, said = json.loads(out.stdout)
    if status:
        raise RuntimeError(f"{args} failed with {status}: {said}")
    return seconds, peak


def graphsvc(*args: object, db: Path) -> tuple[float, float]:
    """:func:`process` of one graphsvc command."""
    return process([sys.executable, "-m", "graphsvc.cli", "--db", str(db), *map(str, args)])


def peak() -> float:
    """Peak resident memory of this process [MB]; ``ru_maxrss`` would start from that of the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def processor(pid: int) -> float:
    """Processor time of another process and its threads so far [s]."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def exponent(sizes: Sequence[float], values: Sequence[float]) -> float:
    """Slope of log values over log sizes, by least squares.

    Examples
    --------
    >>> round(exponent([10, 100, 1000], [2.0, 20.0, 200.0]), 9)
    1.0
    """
    slope, _ = statistics.linear_regression([math.log(x) for x in sizes], [math.log(y) for y in values])
    return slope


def timed(function: Callable[[], object], repeat: int = 5) -> float:
    """Median seconds of some calls in this process, after one that is not counted."""
    function()
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)
