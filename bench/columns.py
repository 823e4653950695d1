"""Columns and Projection out of SQLite, cold and from column files: ``python -m bench columns`` (1 M interactions).

``columns-large`` does the same with 10 M interactions of 1 M people; making that store takes several minutes, so that
``GRAPHSVC_BENCH_KEEP=FOLDER`` keeps the stores and finds them there. Each step runs in a process of its own, which says
wall and processor seconds (other programs disturb these less) and its peak resident memory; the peer is a plain
``sqlite3`` cursor that reads the same columns row by row.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from array import array
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

import numpy as np
import pyarrow as pa

from bench.measure import ROOT, Row
from bench.refresh import Pages
from bench.scale import Meter
from graphsvc.model import TABLES, arrow_schema
from graphsvc.narrow import held
from graphsvc.records import Page
from graphsvc.stores import open_store
from graphsvc.workspace import Moment, Workspace

SIZES = (250_000, 1_000_000)
LARGE = (10_000_000,)
PEOPLE = 10  # interactions a person
PAGE = 100_000
PEER = "sqlite3, row by row"
COLD, START = "columns and projection out of SQLite", "start from column files to the projection"
GOALS = {COLD: "<= 30 s, <= 4 GB at 10 M; <= 40 bytes a row", START: "<= 2 s at 10 M"}


def columns(folder: Path) -> Iterator[Row]:
    """By size, and the exponents."""
    seconds: dict[str, list[tuple[int, float]]] = {}
    for rows in SIZES:
        for name, row, cpu in _measured(folder, rows):
            seconds.setdefault(name, []).append((rows, cpu))
            yield row
    for name, points in seconds.items():
        (small, a), (large, b) = points[0], points[-1]
        exponent = math.log(b / a) / math.log(large / small)
        yield Row(f"{name}: exponent of its processor time", f"rows^{exponent:.2f}", b)


def large(folder: Path) -> Iterator[Row]:
    """Ten million interactions."""
    for rows in LARGE:
        yield from (row for _, row, _ in _measured(folder, rows))


def _measured(folder: Path, rows: int) -> Iterator[tuple[str, Row, float]]:
    db = Path(os.environ.get("GRAPHSVC_BENCH_KEEP") or folder) / f"{rows}.db"
    if not db.exists():
        make_store(db, rows, rows // PEOPLE)
    beside = 0.0
    for what in ("plain", "cold", "filed", "warm", "refreshed"):
        for name, wall, cpu, peak, remark in _inside(what, db):
            beside = wall if name == PEER else beside
            peer = (PEER, beside) if name in GOALS else (None, None)
            figure = f"{cpu:.2f} s processor  {remark}".rstrip()
            yield name, Row(f"{rows:,} interactions: {name}", figure, wall, peak, *peer, GOALS.get(name)), cpu


def _inside(what: str, db: Path) -> list[tuple[str, float, float, float, str]]:
    """The steps that one function below measures in a process of its own."""
    files = {"GRAPHSVC_COLUMN_FILES": "false" if what in ("cold", "plain") else "true"}
    words = [sys.executable, "-m", "bench.columns", what, str(db)]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=os.environ | files)
    return [(str(row[0]), float(row[1]), float(row[2]), float(row[3]), str(row[4])) for row in json.loads(said.stdout)]


def make_store(db: Path, rows: int, people: int, seed: int = 1) -> None:
    """Interactions of two years between people of heavy-tailed activity, merged page by page as a sync does."""
    rng, schema = np.random.default_rng(seed), arrow_schema(TABLES["interactions"])
    popularity = np.cumsum(1.0 / np.arange(1, people + 1) ** 0.8)
    moments = np.sort(rng.integers(0, 730 * 86_400, rows)) * 1_000_000 + 1_704_067_200_000_000
    kinds, channels = np.array(["mail", "meeting", "call"]), np.array(["mail", "calendar", "phone"])
    store = open_store(f"sqlite:///{db}")
    for begin in range(0, rows, PAGE):
        size = min(PAGE, rows - begin)
        ends = np.searchsorted(popularity / popularity[-1], rng.random((2, size)))
        ends[1] = np.where(ends[0] == ends[1], (ends[1] + 1) % people, ends[1])
        given = {"time": pa.array(moments[begin : begin + size]).cast(schema.field("time").type)}
        given |= {n: pa.array(np.char.add("p", e.astype(str))) for n, e in zip(("from", "to"), ends, strict=True)}
        given |= {n: pa.array(w[rng.integers(0, 3, size)]) for n, w in (("kind", kinds), ("channel", channels))}
        columns = [given.get(f.name, pa.nulls(size, f.type)) for f in schema]
        store.merge(Page("made", "interactions", pa.Table.from_arrays(columns, schema=schema), read=size))
    store.close()


# -- what a process of its own measures -------------------------------------------------------------------------------


def plain(meter: Meter, db: Path) -> None:
    """The same columns by a plain cursor, into arrays of numbers."""
    names = ("pk", "time", "key", "actor", "target", "role", "kind", "channel", "rec")

    def read() -> None:
        out = [array("q") for _ in names]
        connection = sqlite3.connect(db)
        for row in connection.execute(f"SELECT {', '.join(names)} FROM interactions"):
            for column, value in zip(out, row, strict=True):
                column.append(value)
        connection.close()

    meter(PEER, read)


def cold(meter: Meter, db: Path) -> None:
    """Everything read, no files written; what the Projection holds, and the process beside what it held before."""
    workspace, moment = _workspace(db)
    before = _anonymous()
    meter(COLD, lambda: workspace.projection(moment))
    x = workspace.projection(moment).interactions
    each = sum(held(getattr(x, f.name)) for f in fields(x)) / len(x)
    _remark(meter, f"{each:.1f} bytes a row; {(_anonymous() - before) * 1e6 / len(x):.0f} with all the store's columns")


def filed(meter: Meter, db: Path) -> None:
    """Everything read and written to column files."""
    shutil.rmtree(f"{db}.columns", ignore_errors=True)
    workspace, _ = _workspace(db)
    meter("columns out of SQLite and kept as files", workspace.refresh)
    size = sum(f.stat().st_blocks * 512 for f in Path(f"{db}.columns").rglob("*.npy"))
    _remark(meter, f"{size / 1e6:.0f} MB of files")


def warm(meter: Meter, db: Path) -> None:
    """The Projection of a process that finds the files, and its digest."""
    workspace, moment = _workspace(db)
    before = _anonymous()
    meter(START, lambda: workspace.projection(moment))
    _remark(meter, f"{_anonymous() - before:.0f} MB of its own, the rest shared")
    p = workspace.projection(moment)
    meter("digest of the projection", lambda: p.digest)


def refreshed(meter: Meter, db: Path) -> None:
    """1,000 events that came after the files: taken in at a start, and more of them later."""
    workspace, moment = _workspace(db)
    pages = Pages(moment.as_of, people=1000, seed=time.time_ns() % 2**32)
    workspace.store.merge(pages.scattered())
    meter("start from column files, 1,000 events behind", lambda: workspace.projection(moment))
    workspace.store.merge(pages.scattered())
    meter("1,000 more events in that process", lambda: workspace.projection(moment))


def _remark(meter: Meter, text: str) -> None:
    """Say more of the last step."""
    meter.rows[-1] = (*meter.rows[-1][:-1], text)


def _workspace(db: Path) -> tuple[Workspace, Moment]:
    workspace = Workspace(open_store(f"sqlite:///{db}", create=False))
    return workspace, workspace.moment()


def _anonymous() -> float:
    """Resident memory of this process that it shares with nobody's files [MB]."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1e3 for line in lines if line.startswith("RssAnon"))


if __name__ == "__main__":
    pa.chunked_array([[1]]).to_numpy()  # imports pandas where that is installed
    steps: dict[str, Callable[[Meter, Path], None]] = {
        "plain": plain, "cold": cold, "filed": filed, "warm": warm, "refreshed": refreshed,
    }  # fmt: skip
    measured = Meter()
    steps[sys.argv[1]](measured, Path(sys.argv[2]))
    print(json.dumps(measured.rows))
