"""Run measurements, print them, and keep them: all as bench/results/latest.json, some under their names."""

from __future__ import annotations

import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from importlib.metadata import version
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
from bench.measure import ROOT, Row

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
    """Run the suites named (all by default)."""
    rows: list[Row] = []
    for name in names or list(SUITES):
        with tempfile.TemporaryDirectory() as folder:
            for row in (SUITES | LARGE)[name](Path(folder)):
                rows.append(row)
                ratio = "" if row.ratio is None else f"  {row.ratio:.2f} x {row.peer} ({row.peer_seconds:.3g} s)"
                peak = "" if row.peak_mb is None else f"  {row.peak_mb:.0f} MB"
                goal = "" if row.goal is None else f"  [goal {row.goal}]"
                print(f"{row.what:<55} {row.seconds:8.4g} s  {row.figure}{peak}{ratio}{goal}", flush=True)
    out = ROOT / "bench" / "results" / f"{'-'.join(names) or 'latest'}.json"
    out.parent.mkdir(exist_ok=True)
    packages = ("numpy", "scipy", "pyarrow", "igraph", "networkx", "fastapi")
    machine = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    head = machine | {p: version(p) for p in packages}
    out.write_text(json.dumps({"versions": head, "rows": [r.to_dict() for r in rows]}, indent=2) + "\n")


main(sys.argv[1:])
