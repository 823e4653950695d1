"""The process that ``test_kill`` kills: merges a fixed series of pages from where its cursor stands."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import phrase
from graphsvc.records import Page, Reject
from graphsvc.stores import open_store

PAGES = 12


def people(i: int) -> list[dict[str, Any]]:
    return [{"id": f"p{j}", "name": f"Name {j} {i // 4}", "email": f"p{j}@x{j % 7}.com"} for j in range(i, i + 300)]


def interactions(i: int) -> list[dict[str, Any]]:
    times = (1_700_000_000_000_000 + np.random.default_rng(i).integers(0, 10**12, 2000)).tolist()
    return [
        {
            "id": f"<{i}-{n // 2}>" if i % 3 else None,
            "time": times[n // 2],
            "from": f"p{n % 90}@x{n % 90 % 7}.com",
            "to": f"p{n % 97}",
            "role": "cc" if n % 5 else "bcc",
            "kind": "mail",
        }
        for n in range(4000)
    ]


def main(url: str) -> None:
    store = open_store(url)
    print("ready", flush=True)
    for i in range(int(store.cursor("src") or 0), PAGES):
        table, rows = ("people", people(i)) if i % 2 else ("interactions", interactions(i))
        reject = Reject(f"f:{i}", table, phrase("store.busy", path="x", seconds=1), {"raw": str(i)})
        data = pa.Table.from_pylist(rows, schema=arrow_schema(TABLES[table]))
        store.merge(Page("src", table, data, cursor=str(i + 1), read=len(rows) + 1, rejects=(reject,)))
        print(i, flush=True)
    print("done", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
