"""The tables the command line writes, read back."""

from __future__ import annotations

import csv
import gzip
import json
import re
from pathlib import Path
from typing import Any, TextIO

import pyarrow.parquet as pq

Cli = Any  # of tests/e2e/conftest.py


TIES = ("tie_strength", "relationship_health", "active")


SCORES = (*TIES, "depth", "breadth", "organization_health", "influence", "ecosystem")


CHINESE = re.compile("[\u4e00-\u9fff]")


def opened(path: Path) -> TextIO:
    """A text file, unpacked where it is packed."""
    return gzip.open(path, "rt", encoding="utf-8", newline="") if path.suffix == ".gz" else path.open(newline="")


def rows_of(path: Path) -> list[dict[str, Any]]:
    """The rows of an export, with "" for null."""
    if path.name.endswith(".parquet"):
        return [{k: "" if v is None else v for k, v in r.items()} for r in pq.read_table(path).to_pylist()]
    if path.name.endswith(".jsonl"):
        lines = path.read_text("utf-8").splitlines()
        return [{k: "" if v is None else v for k, v in json.loads(line).items()} for line in lines]
    with opened(path) as file:
        return list(csv.DictReader(file))


def exported(cli: Cli, name: str, out: Path, *args: str) -> list[dict[str, Any]]:
    """One score as a table; all columns but the run's."""
    cli("export", "scores", name, "--out", out, *args)
    return [{k: v for k, v in row.items() if k != "run_id"} for row in rows_of(out)]


def best(path: Path) -> list[str]:
    """Keys of the row with the highest value."""
    row = max((r for r in rows_of(path) if r["value"]), key=lambda r: float(r["value"]))
    return [row["a_key"], row["b_key"]] if "a_key" in row else [row["key"]]
