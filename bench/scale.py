"""What limits each part, at 100,000 and 1,000,000 interactions: ``python -m bench scale``.

Steps run in processes of their own and report wall seconds, processor seconds (which other programs on the machine
disturb less) and the peak resident memory of their process so far.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from bench import make
from bench.measure import ROOT, Row, peak

SIZES = (100_000, 1_000_000)


@dataclass(frozen=True)
class Cost:
    """What one step took: wall and processor time [s], peak resident memory of its process [MB], and its own remark."""

    wall: float
    cpu: float
    peak: float
    remark: str = ""


def scale(folder: Path) -> Iterator[Row]:
    """Sync, columns, projection, refresh, scores and snapshot by size; then two syncs at once."""
    for rows in SIZES:
        for step, cost in _steps(folder / str(rows), rows):
            figure = f"{cost.cpu:.2f} s processor; {cost.remark}".rstrip("; ")
            yield Row(f"{rows:,} interactions: {step}", figure, cost.wall, cost.peak)
    one, two = _writers(folder / "writers")
    yield Row("100,000 interactions twice, one sync after the other", "", one)
    yield Row("100,000 interactions twice, two syncs at once", "", two)


def _steps(folder: Path, rows: int) -> Iterator[tuple[str, Cost]]:
    folder.mkdir()
    table, db, snapshot = folder / "interactions.csv", folder / "w.db", folder / "snapshot"
    make.interactions_csv(table, rows)
    synced = _command("--db", db, "sync", "tables", table)
    yield "sync into SQLite", _with(synced, f"{rows / synced.wall:,.0f} rows/s")
    yield from _inside("graph", db)
    yield "fit", _command("--db", db, "fit")
    yield "score (all)", _command("--db", db, "score")
    yield from _inside("write", db, snapshot)
    size = sum(f.stat().st_size for f in snapshot.iterdir())
    for name, cost in _inside("read", snapshot):
        yield name, _with(cost, f"{size / 1e6:.1f} MB on disk, {size / rows:.1f} bytes a row")


def _with(cost: Cost, remark: str) -> Cost:
    return Cost(cost.wall, cost.cpu, cost.peak, remark)


def _command(*args: object) -> Cost:
    """A whole ``graphsvc`` command."""
    begin, before = time.perf_counter(), os.times()
    code = (
        "import resource,subprocess,sys; subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL,"
        "stderr=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    words = [sys.executable, "-c", code, sys.executable, "-m", "graphsvc.cli", *map(str, args)]
    said = subprocess.run(words, check=True, capture_output=True, text=True, cwd=ROOT)
    wall, after = time.perf_counter() - begin, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Cost(wall, cpu, int(said.stdout) / 1024)


def _inside(what: str, *args: Path) -> Iterator[tuple[str, Cost]]:
    """The steps that one function below measures in a process of its own."""
    words = [sys.executable, "-m", "bench.scale", what, *map(str, args)]
    said = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    for name, *cost in json.loads(said.stdout):
        yield name, Cost(*cost)


def _writers(folder: Path) -> tuple[float, float]:
    """Seconds of two syncs of two sources into one SQLite file: one after the other, and at once."""
    folder.mkdir()
    table = folder / "interactions.csv"
    make.interactions_csv(table, 100_000)

    def sync(db: Path, name: str) -> None:
        _command("--db", db, "sync", "tables", table, "--name", name)

    def seconds(db: Path, hands: int) -> float:
        begin = time.perf_counter()
        with ThreadPoolExecutor(hands) as pool:
            list(pool.map(lambda name: sync(db, name), ("a", "b")))
        return time.perf_counter() - begin

    return seconds(folder / "one.db", 1), seconds(folder / "two.db", 2)


# -- what a process of its own measures -------------------------------------------------------------------------------


class Meter:
    """Costs of named steps of this process."""

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, float, float, str]] = []

    def __call__(self, name: str, step: Callable[[], object], remark: str = "") -> None:
        """Run a step and note what it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        step()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        self.rows.append((name, wall, cpu, peak(), remark))


def graph(meter: Meter, db: Path) -> None:
    """From the store to a Projection, and its refresh after 1,000 new events."""
    from graphsvc.policy import OWNER, UNLIMITED
    from graphsvc.projecting import project
    from graphsvc.replica import Replica
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    store, replica = open_store(f"sqlite:///{db}", create=False), Replica()
    as_of = Workspace(store).moment().as_of
    meter("columns out of SQLite, all", lambda: replica.apply(store.delta(0, OWNER, UNLIMITED)))
    meter("projection", lambda: project(replica, as_of))
    store.merge(_new_events(as_of))
    meter("1,000 new events: columns", lambda: replica.apply(store.delta(replica.sequence, OWNER, UNLIMITED)))
    meter("1,000 new events: projection", lambda: project(replica, as_of))
    store.close()


def _new_events(as_of: int) -> object:
    import numpy as np
    import pyarrow as pa

    from graphsvc.model import TABLES, arrow_schema
    from graphsvc.records import Page

    schema, ids = arrow_schema(TABLES["interactions"]), np.arange(1000)
    given = {
        "time": pa.array(as_of - ids * 1_000_000, pa.int64()).cast(schema.field("time").type),
        "from": np.char.add("p", (ids % 97).astype(str)),
        "to": np.char.add("p", (ids % 89 + 100).astype(str)),
    }
    columns = [pa.array(given[n]) if n in given else pa.nulls(1000, schema.field(n).type) for n in schema.names]
    return Page(source="new", table="interactions", rows=pa.Table.from_arrays(columns, schema=schema), read=1000)


def write(meter: Meter, db: Path, folder: Path) -> None:
    """A snapshot written; its peak holds the store's columns and the Projection as well."""
    from graphsvc.snapshot import write_snapshot
    from graphsvc.stores import open_store
    from graphsvc.workspace import Workspace

    workspace = Workspace(open_store(f"sqlite:///{db}", create=False))
    p = workspace.projection(workspace.moment())
    before = peak()
    meter("digest of the projection", lambda: p.digest)
    meter("snapshot written", lambda: write_snapshot(p, folder), f"{before:.0f} MB before")


def read(meter: Meter, folder: Path) -> None:
    """A snapshot read and checked."""
    from graphsvc.snapshot import read_snapshot

    meter("snapshot read and checked", lambda: read_snapshot(folder))


def _warm() -> None:
    """Import what every step uses, so that no step pays for it."""
    import pyarrow as pa
    import pyarrow.parquet

    import graphsvc.snapshot
    import graphsvc.workspace  # noqa: F401

    pa.chunked_array([[1]]).to_numpy()  # imports pandas where that is installed


if __name__ == "__main__":
    _warm()
    measured = Meter()
    {"graph": graph, "write": write, "read": read}[sys.argv[1]](measured, *map(Path, sys.argv[2:]))
    print(json.dumps(measured.rows))
