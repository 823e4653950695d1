"""The store on Neo4j beside the plain driver doing the naive thing, in one run: ``python -m bench neo4j``.

The naive way in is a newcomer's: lists of maps, MERGE on unique keys, one transaction for each thousand rows. The naive
way out asks for rows and takes them one by one, with the plain driver and with its Rust codec. The server is Neo4j from
Maven's jars (``tests/servers``) with 2 GB of heap, on the same cores as the client.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from bench.measure import Row
from graphsvc.clock import DAY
from graphsvc.model import TABLES, arrow_schema
from graphsvc.policy import OWNER, UNLIMITED
from graphsvc.records import Page
from graphsvc.settings import settings
from graphsvc.workspace import Moment, Workspace

PAGE, PAGES, NAIVE_BATCH = 25_000, 8, 1_000
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
    begin = time.perf_counter()
    count = sum(1 for _ in session.run(text))
    print(count, time.perf_counter() - begin)
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
    rng = np.random.default_rng(1)
    pages = [_page(rng, i, PAGE) for i in range(PAGES)]
    store.merge(pages[0])  # compiles the server's queries
    ours = _seconds(lambda: [store.merge(page) for page in pages[1:]])
    with server.driver.session() as session:
        for text in UNIQUE:
            session.run(text).consume()
        batches = [b for page in pages[:3] for b in _maps(page)]
        warm = PAGE // NAIVE_BATCH

        def naive() -> None:
            for batch in batches[warm:]:
                session.run(WRITE, rows=batch).consume()

        for batch in batches[:warm]:
            session.run(WRITE, rows=batch).consume()
        theirs = _seconds(naive) / (2 * PAGE) * (PAGES - 1) * PAGE
        server.run("MATCH ()-[r:NAIVE_TOOK_PART]->() CALL (r) { DELETE r } IN TRANSACTIONS OF 10000 ROWS")
    rows = (PAGES - 1) * PAGE
    yield Row(
        f"{rows:,} interactions into Neo4j, pages of {PAGE:,}", f"{rows / ours:,.0f} rows/s", ours, peer="naive UNWIND",
        peer_seconds=theirs, goal=">= 3 x", peak_mb=_peak(),
    )  # fmt: skip


def _out(store: Any) -> Iterator[Row]:
    rows, ours = 0, float("inf")
    for _ in range(3):
        begin = time.perf_counter()
        rows = len(store.delta(0, OWNER, UNLIMITED).tables["interactions"])
        ours = min(ours, time.perf_counter() - begin)
    for codec in ("python", "rust"):
        done = subprocess.run([sys.executable, "-c", PULL, codec], capture_output=True, text=True, check=True)
        count, seconds = done.stdout.split()
        assert int(count) == rows
        yield Row(
            f"{rows:,} interactions out as columns", f"{rows / ours:,.0f} rows/s", ours,
            peer=f"row by row, plain driver, {codec} codec", peer_seconds=float(seconds), goal=">= 10 x",
        )  # fmt: skip


def _live(store: Any) -> Iterator[Row]:
    workspace, rng = Workspace(store), np.random.default_rng(2)
    moment = Moment(START + 4000 * DAY)
    workspace.projection(moment)
    best, anew = float("inf"), 0.0
    for i in range(5):
        store.merge(_page(rng, PAGES + i, EVENTS))
        best = min(best, _seconds(lambda: workspace.projection(moment)))
    other = Workspace(store)
    anew = _seconds(lambda: other.projection(moment))
    assert other.projection(moment).digest == workspace.projection(moment).digest
    rows = len(workspace.projection(moment).interactions)
    yield Row(
        f"live Projection of {rows:,} after {EVENTS:,} events", f"{best * 1000:.0f} ms", best, peer="read anew",
        peer_seconds=anew, goal="<= 0.5 s",
    )  # fmt: skip


def _page(rng: np.random.Generator, number: int, rows: int) -> Page:
    """Interactions with ids between heavy-tailed senders and anybody, in the order of time."""
    schema = arrow_schema(TABLES["interactions"])
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


def _maps(page: Page) -> Iterator[list[dict[str, Any]]]:
    table = page.rows.select(["id", "time", "from", "to", "kind", "channel"])
    rows = table.set_column(1, "time", table["time"].cast("int64")).to_pylist()
    for at in range(0, len(rows), NAIVE_BATCH):
        yield rows[at : at + NAIVE_BATCH]


def _seconds(step: Callable[[], object]) -> float:
    begin = time.perf_counter()
    step()
    return time.perf_counter() - begin


def _peak() -> float:
    """Peak resident memory of this process [MB]."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
