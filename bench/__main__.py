"""Run measurements, print them, and keep those of each suite in a file of its own as soon as it ends."""

from __future__ import annotations

import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from bench import (
    apply,
    columns,
    engines,
    growth,
    http,
    measures,
    neo4j,
    paths,
    paths_worst,
    peers,
    pipeline,
    refresh,
    rescore,
    scale,
    search,
    seats,
    web,
)
from bench.kept import keep
from bench.measure import Row

SUITES: dict[str, Callable[[Path], Iterator[Row]]] = {
    "import": pipeline.imports,
    "enron": pipeline.enron,
    "sample": pipeline.sample,
    "measures": measures.graph_measures,
    "scale": scale.scale,
    "refresh": refresh.refresh,
    "rescore": rescore.rescore,
    "columns": columns.columns,
    "search": search.search_suite,
    "seats": seats.seats,
    "whatif": seats.whatif,
    "engines": engines.engines,
    "neo4j": neo4j.suite,
    "peers": peers.peers,
    "growth": growth.growth,
    "apply": apply.apply,
    "paths": paths.paths,
    "paths-worst": paths_worst.worst,
    "http": http.http,
    "web": web.web,
}

LARGE: dict[str, Callable[[Path], Iterator[Row]]] = {  # only when asked for by name
    "columns-large": columns.large,
    "seats-celf": seats.few_simulations,
}


def main(names: list[str]) -> None:
    """Run the suites named (all by default); one that fails stops no other."""
    failed = []
    for name in names or list(SUITES):
        try:
            run(name)
        except Exception:  # a broken suite keeps its last results
            traceback.print_exc()
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


def run(name: str) -> None:
    """One suite: each row printed as it comes, all kept in the end; none where what it needs is missing."""
    rows, begin = [], time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        for row in (SUITES | LARGE)[name](Path(folder)):
            rows.append(row)
            print(_line(row), flush=True)
    seconds = time.perf_counter() - begin
    if rows:
        keep(name, rows, seconds)
    print(f"-- {name}: {seconds:,.0f} s in all", flush=True)


def _line(row: Row) -> str:
    least = ">= " if row.peer_at_least else ""
    ratio = "" if row.ratio is None else f"  {least}{row.ratio:.2f} x {row.peer} ({least}{row.peer_seconds:.3g} s)"
    peak = "" if row.peak_mb is None else f"  {row.peak_mb:.0f} MB"
    goal = "" if row.goal is None else f"  [goal {row.goal}]"
    return f"{row.what:<55} {row.seconds:8.4g} s  {row.figure}{peak}{ratio}{goal}"


if __name__ == "__main__":
    main(sys.argv[1:])
