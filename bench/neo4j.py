"""The store on Neo4j beside the plain driver doing the naive thing, in one run: ``python -m bench neo4j``.

The naive way in is a newcomer's: lists of maps, MERGE on unique keys, one transaction for each thousand rows; with
times as ``datetime``, and as plain integers, which the driver sends much faster. The naive way out asks for rows and
takes them one by one, with the plain driver and with its Rust codec; the last of three pulls counts. The server is
Neo4j from Maven's jars (``tests/servers``) with 2 GB of heap, on the same cores as the client.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count, islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa

from bench.measure import Row, peak, processor
from graphsvc.clock import DAY
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.records import Page
from graphsvc.settings import settings
from graphsvc.workspace import Moment, Workspace

ROWS, TURNS, NAIVE_BATCH = 50_000, 3, 1_000
PEOPLE, EVENTS = 5_000, 1_000
START = 1_700_000_000_000_000  # [us]

UNIQUE = (
    "CREATE CONSTRAINT naive_person IF NOT EXISTS FOR (p:NaivePerson) REQUIRE p.key IS UNIQUE",
    "CREATE CONSTRAINT naive_event IF NOT EXISTS FOR (i:NaiveInteraction) REQUIRE i.id IS UNIQUE",
)
WRITE = """
UNWIND $rows AS r
MERGE (a:NaivePerson {key: r.from})
MERGE (b:NaivePerson {key: r.to})
MERGE (i:NaiveInteraction {id: r.id}) SET i.time = r.time, i.kind = r.kind, i.channel = r.channel
MERGE (a)-[:NAIVE_TOOK_PART {role: 'from'}]->(i)
MERGE (b)-[:NAIVE_TOOK_PART {role: 'to'}]->(i)"""
PULL = """
import sys, time, os
if sys.argv[1] == "python": sys.modules["neo4j._rust"] = None  # the codec in Python
import neo4j
auth = ("neo4j", os.environ["GRAPHSVC_NEO4J_PASSWORD"])
text = ("MATCH ()-[r:TOOK_PART]->() RETURN r.pk, r.time, r.key, r.actor, r.target, r.role, r.kind, r.channel, r.topic, "
        "r.object, r.weight, r.relevance, r.rec, r.gone")
with neo4j.GraphDatabase.driver(os.environ["GRAPHSVC_DATABASE_URL"], auth=auth) as driver, driver.session() as session:
    for _ in range(3):
        begin = time.perf_counter()
        count = sum(1 for _ in session.run(text))
        seconds = time.perf_counter() - begin
    print(count, seconds)
"""


def suite(_: Path) -> Iterator[Row]:
    """In, out, and a live Projection after new events."""
    from tests.servers.neo4j import FullSpeedNeo4j

    with FullSpeedNeo4j() as server:
        os.environ |= {"GRAPHSVC_NEO4J_PASSWORD": server.password, "GRAPHSVC_DATABASE_URL": server.url}
        settings.cache_clear()
        from graphsvc.stores.neo4j import Neo4jStore

        store = Neo4jStore(server.url)
        try:
            yield from _in(store, server)
            yield from _out(store)
            yield from _live(store)
        finally:
            store.close()


def _in(store: Any, server: Any) -> Iterator[Row]:
    """Three ways in, all warm, in turn; the median of each."""
    with server.driver.session() as session:
        for text in UNIQUE:
            session.run(text).consume()

        def naive(batches: list[list[dict[str, Any]]]) -> None:
            for batch in batches:
                session.run(WRITE, rows=batch).consume()

        ways: dict[str, Callable[[], Callable[[], object]]] = {
            "ours": lambda: partial(_merge, store, list(_pages(store.page_rows))),
            "naive, with datetimes": lambda: partial(naive, list(_maps(datetimes=True))),
            "naive, with times as integers": lambda: partial(naive, list(_maps(datetimes=False))),
        }
        found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
        for turn in range(1 + TURNS):
            for name, prepared in ways.items():
                step, before = prepared(), processor(server.pid)
                wall = _seconds(step)
                if turn:  # the first one compiles the server's queries and its code
                    found[name].append((wall, processor(server.pid) - before))
    yield from _compared({name: tuple(map(median, zip(*all_, strict=True))) for name, all_ in found.items()})
    server.run("MATCH ()-[r:NAIVE_TOOK_PART]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS")


def _compared(found: dict[str, tuple[float, ...]]) -> Iterator[Row]:
    wall, busy = found.pop("ours")
    for peer, (peer_wall, peer_busy) in found.items():
        yield Row(
            f"{ROWS:,} interactions into Neo4j",
            f"{ROWS / wall:,.0f} rows/s; processor of the server {busy / ROWS * 1e6:.0f} us a row,"
            f" the peer's {peer_busy / ROWS * 1e6:.0f}",
            wall, peer=peer, peer_seconds=peer_wall, goal=">= 3 x", peak_mb=peak(),
        )  # fmt: skip


def _merge(store: Any, pages: list[Page]) -> None:
    for page in pages:
        store.merge(page)


def _out(store: Any) -> Iterator[Row]:
    def columns() -> int:
        return len(store.delta(0, OWNER, UNLIMITED).tables["interactions"])

    rows = max(columns() for _ in range(TURNS))  # the server compiles its code
    ours = median(_seconds(columns) for _ in range(TURNS))
    for codec in ("python", "rust"):
        done = subprocess.run([sys.executable, "-c", PULL, codec], capture_output=True, text=True, check=True)
        number, seconds = done.stdout.split()
        assert int(number) == rows
        yield Row(
            f"{rows:,} interactions out as columns", f"{rows / ours:,.0f} rows/s", ours,
            peer=f"row by row, plain driver, {codec} codec", peer_seconds=float(seconds), goal=">= 10 x",
        )  # fmt: skip


def _live(store: Any) -> Iterator[Row]:
    workspace, moment = Workspace(store), Moment(START + 40_000 * DAY)
    workspace.projection(moment)
    best, anew = float("inf"), 0.0
    for page in _pages(EVENTS, 5 * EVENTS):
        store.merge(page)
        best = min(best, _seconds(lambda: workspace.projection(moment)))
    other = Workspace(store)
    anew = _seconds(lambda: other.projection(moment))
    assert other.projection(moment).digest == workspace.projection(moment).digest
    rows = len(workspace.projection(moment).interactions)
    yield Row(
        f"live Projection of {rows:,} after {EVENTS:,} events", f"{best * 1000:.0f} ms", best, peer="read anew",
        peer_seconds=anew, goal="<= 0.5 s",
    )  # fmt: skip


_NUMBERS = count()  # every page is of another month, and its ids are its own


def _pages(size: int, rows: int = ROWS) -> Iterator[Page]:
    """Interactions with ids between heavy-tailed senders and anybody, in the order of time."""
    for number in islice(_NUMBERS, rows // size):
        yield _page(number, size)


def _page(number: int, rows: int) -> Page:
    rng, schema = np.random.default_rng(number), arrow_schema(TABLES["interactions"])
    time_ = np.sort(START + number * 30 * DAY + rng.integers(0, 30 * DAY, rows))
    columns = {
        "id": [f"<m{number}-{i}@own.example>" for i in range(rows)],
        "time": pa.array(time_).cast(schema.field("time").type),
        "from": [f"p{i}" for i in rng.zipf(1.6, rows) % PEOPLE],
        "to": [f"p{i}" for i in rng.integers(0, PEOPLE, rows)],
        "kind": ["mail"] * rows,
        "channel": ["mail"] * rows,
    }
    arrays = [pa.array(columns[f.name], f.type) if f.name in columns else pa.nulls(rows, f.type) for f in schema]
    return Page("bench", "interactions", pa.Table.from_arrays(arrays, schema=schema), read=rows)


def _maps(*, datetimes: bool) -> Iterator[list[dict[str, Any]]]:
    """The same as a newcomer has them: lists of maps, a thousand rows each."""
    for page in _pages(NAIVE_BATCH):
        table = page.rows.select(["id", "time", "from", "to", "kind", "channel"])
        yield (table if datetimes else table.set_column(1, "time", table["time"].cast("int64"))).to_pylist()


def _seconds(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin
