"""What one process does in ``python -m bench neo4j``: a step, its wall and processor time, its peak memory.

``python -m bench.neo4j_steps STEP ARGUMENT...`` prints what it measured as JSON. Url and password come from the
environment, as everywhere (``GRAPHSVC_DATABASE_URL``, ``GRAPHSVC_NEO4J_PASSWORD``), the server's process id from
``BENCH_JAVA``; ``BENCH_CODEC=python`` leaves out neo4j-rust-ext. Rows are those of :func:`bench.make.interactions_csv`.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, LiteralString, NamedTuple

if TYPE_CHECKING:
    import neo4j
    import pyarrow as pa

    from graphsvc.records import Page
    from graphsvc.stores.neo4j import Neo4jStore

REPEAT = 3
PAGE, BATCH = int(os.environ.get("PG", "25000")), 1_000  # rows of a transaction: ours, and a newcomer's
TICKS = os.sysconf("SC_CLK_TCK")
LOOK_UPS = 20

# As a newcomer writes and reads; labels of its own, so that both live in one database.
UNIQUE: tuple[LiteralString, ...] = (
    "CREATE CONSTRAINT naive_person IF NOT EXISTS FOR (p:NaivePerson) REQUIRE p.key IS UNIQUE",
    "CREATE CONSTRAINT naive_event IF NOT EXISTS FOR (i:NaiveInteraction) REQUIRE i.id IS UNIQUE",
)
WRITE: LiteralString = """
UNWIND $rows AS r
MERGE (a:NaivePerson {key: r.from})
MERGE (b:NaivePerson {key: r.to})
MERGE (i:NaiveInteraction {id: r.id}) SET i.time = r.time, i.kind = r.kind, i.channel = r.channel
MERGE (a)-[:NAIVE_TOOK_PART {role: 'from'}]->(i)
MERGE (b)-[:NAIVE_TOOK_PART {role: 'to'}]->(i)"""


class Cost(NamedTuple):
    """Wall time, processor time of this process and of the server [s], and the peak memory of this process [MB]."""

    wall: float
    client: float
    server: float
    peak: float
    count: int


def peak() -> float:
    """Peak resident memory of this process [MB]; ``ru_maxrss`` would start from that of the parent."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def server_seconds() -> float:
    """Processor seconds of the Java process so far."""
    fields = Path(f"/proc/{os.environ['BENCH_JAVA']}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def cost(step: Callable[[], int]) -> Cost:
    """What one step takes that gives how many rows it moved."""
    gc.collect()
    wall, client, server = time.perf_counter(), time.process_time(), server_seconds()
    count = step()
    wall, client = time.perf_counter() - wall, time.process_time() - client
    return Cost(wall, client, server_seconds() - server, peak(), count)


def best(step: Callable[[], int], before: Callable[[], object] = lambda: None, repeat: int = REPEAT) -> Cost:
    """The least wall time of some rounds of a step; what comes ``before`` each is not measured."""
    rounds = []
    for _ in range(repeat):
        before()
        rounds.append(cost(step))
    return min(rounds)


# -- in ---------------------------------------------------------------------------------------------------------------


def merge(table: str, first: str, count: str) -> list[Cost]:
    """Rows of a CSV file through the store, in its own pages, after one page that is not measured."""
    pages = [_page(rows) for rows in _slices(_rows(table, int(first), int(count) + PAGE), PAGE)]
    with _store() as store:
        store.merge(pages[0])
        return [cost(lambda: sum(store.merge(page).taken for page in pages[1:]))]


def naive_merge(table: str, first: str, count: str) -> list[Cost]:
    """The same rows as a newcomer writes them: lists of maps, one transaction for each thousand."""
    read = _rows(table, int(first), int(count) + PAGE)
    rows = read.set_column(1, "time", read["time"].cast("int64")).to_pylist()
    batches = [rows[i : i + BATCH] for i in range(0, len(rows), BATCH)]
    with _session() as session:
        for text in UNIQUE:
            session.run(text).consume()

        def write(some: Sequence[list[dict[str, Any]]]) -> int:
            for batch in some:
                session.run(WRITE, rows=batch).consume()
            return sum(map(len, some))

        write(batches[: PAGE // BATCH])
        return [cost(lambda: write(batches[PAGE // BATCH :]))]


def _rows(table: str, first: int, count: int) -> pa.Table:
    import pyarrow.csv

    return pyarrow.csv.read_csv(table).slice(first, count)


def _slices(rows: pa.Table, size: int) -> Iterator[pa.Table]:
    for i in range(0, len(rows), size):
        yield rows.slice(i, size)


def _page(rows: pa.Table) -> Page:
    import pyarrow as pa

    from graphsvc.model import TABLES, arrow_schema
    from graphsvc.records import Page

    schema, n = arrow_schema(TABLES["interactions"]), len(rows)
    columns = [rows[f.name].cast(f.type) if f.name in rows.column_names else pa.nulls(n, f.type) for f in schema]
    return Page("bench", "interactions", pa.Table.from_arrays(columns, schema=schema), read=n)


# -- connections ------------------------------------------------------------------------------------------------------


@contextmanager
def _store() -> Iterator[Neo4jStore]:
    from graphsvc.stores.neo4j import Neo4jStore

    store = Neo4jStore(os.environ["GRAPHSVC_DATABASE_URL"])
    try:
        yield store
    finally:
        store.close()


@contextmanager
def _session() -> Iterator[neo4j.Session]:
    import neo4j

    auth = ("neo4j", os.environ["GRAPHSVC_NEO4J_PASSWORD"])
    with neo4j.GraphDatabase.driver(os.environ["GRAPHSVC_DATABASE_URL"], auth=auth) as driver, driver.session() as s:
        yield s


STEPS = {"merge": merge, "naive_merge": naive_merge}


if __name__ == "__main__":
    print(json.dumps(STEPS[sys.argv[1]](*sys.argv[2:])))
