"""The process that ``test_neo4j_kill`` kills: a sync of small pages, from where its cursor stands.

``python -m tests.crash.neo4j_writer URL SOURCE`` prints "ready", then the number of each page once it is acknowledged,
with the sequence that the store tells next, then "done". An expected error is one line on stderr and its exit code.
"""

from __future__ import annotations

import sys
from contextlib import closing

import pyarrow as pa

from graphsvc.errors import GraphsvcError
from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import phrase
from graphsvc.records import Page, Reject
from graphsvc.stores import open_store
from tests.crash.writer import interactions, people

PAGES = 12
ROWS = 300


def page(source: str, i: int) -> Page:
    """Page ``i`` of a source: people who overlap with those of the page before, or their mails, and a bad row."""
    table, rows = ("people", people(100 * i)) if i % 2 else ("interactions", interactions(i)[:ROWS])
    reject = Reject(f"{source}:{i}", table, phrase("store.busy", path="x", seconds=1), {"raw": str(i)})
    data = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
    return Page(source, table, data, cursor=str(i + 1), read=len(rows) + 1, rejects=(reject,))


def main(url: str, source: str) -> None:
    with closing(open_store(url)) as store:
        print("ready", flush=True)
        for i in range(int(store.cursor(source) or 0), PAGES):
            store.merge(page(source, i))
            print(i, store.sequence, flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except GraphsvcError as error:
        print(error, file=sys.stderr)
        sys.exit(error.exit_code)
