"""What a run leaves in ``bench/results``: a file a suite, with machine, versions and day beside its rows."""

from __future__ import annotations

import datetime as dt
import json
import os
import platform
import re
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from bench.measure import ROOT, Row

RESULTS = ROOT / "bench" / "results"
PACKAGES = ("numpy", "scipy", "numba", "pyarrow", "igraph", "networkit", "networkx", "pandas", "fastapi", "neo4j")
SERVERS = {"neo4j.version": "Neo4j", "gds.version": "Graph Data Science"}  # properties of the pom
Kept = Mapping[str, Any]


def keep(name: str, rows: Sequence[Row], seconds: float, folder: Path = RESULTS) -> Path:
    """Write a suite's file, whole or not at all; ``seconds`` is what the suite took with all its preparations."""
    folder.mkdir(exist_ok=True)
    out, part = folder / f"{name}.json", folder / f"{name}.json.tmp"
    part.write_text(json.dumps(heading(seconds) | {"rows": [r.to_dict() for r in rows]}, indent=2) + "\n", "utf-8")
    return part.replace(out)


def kept(names: Sequence[str], folder: Path = RESULTS) -> dict[str, Kept]:
    """The files there are of these suites, in this order."""
    files = {name: folder / f"{name}.json" for name in names}
    return {name: json.loads(file.read_text("utf-8")) for name, file in files.items() if file.exists()}


def heading(seconds: float) -> dict[str, Any]:
    """The day (UTC), the machine, how busy it was, the versions, and what the suite took."""
    machine: dict[str, Any] = {
        "processor": _line("/proc/cpuinfo", r"model name\s*: (.+)") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "load": round(os.getloadavg()[1], 1),
    }
    system = {"python": platform.python_version(), "machine": platform.machine(), "system": platform.system()}
    return {
        "date": dt.datetime.now(dt.UTC).date().isoformat(),
        "seconds": round(seconds, 1),
        "machine": machine,
        "versions": system | _packages() | _servers(),
    }


def _packages() -> dict[str, str]:
    out = {}
    for name in PACKAGES:
        try:
            out[name] = version(name)
        except PackageNotFoundError:  # a peer that is not installed is left out of the run as well
            continue
    return out


def _servers() -> dict[str, str]:
    """Neo4j and Graph Data Science, as the pom names the jars that the suites start."""
    pom = (ROOT / "scripts" / "neo4j" / "pom.xml").read_text("utf-8")
    found = {name: re.search(rf"<{re.escape(key)}>([^<]+)<", pom) for key, name in SERVERS.items()}
    return {name: match[1] for name, match in found.items() if match}


def _line(file: str, pattern: str) -> str | None:
    try:
        found = re.search(pattern, Path(file).read_text("utf-8"))
    except OSError:
        return None
    return found[1].strip() if found else None
