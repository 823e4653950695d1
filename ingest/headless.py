"""Data without a header, such as most edge lists: recognised, and the command that reads it written down."""

from __future__ import annotations

import shlex
from contextlib import closing

import numpy as np

from graphsvc.errors import InputError
from graphsvc.model import TABLES, TableName, column_names, required_columns
from graphsvc.raw_columns import bare, whole
from graphsvc.times import SECOND, Column, parse_time, parse_times, pc
from graphsvc.words import number
from ingest.files import DataFile, open_file
from ingest.folders import shown_name
from ingest.table_config import TablesConfig

_LOOKED_AT = 200  # rows
_ALL_COLUMNS = {name for model in TABLES.values() for name in column_names(model)}
_NINETEEN_NINETY = 631_152_000 * SECOND


def refuse_headless(table: TableName, file: DataFile, config: TablesConfig) -> None:
    """Refuse a file whose first row is data, with the command that reads it; any other passes.

    Raises
    ------
    InputError
        ``sources.headless``.
    """
    if not looks_headless(file) or config.no_header:
        return
    first = " ".join(", ".join(file.headers)[:100].split())
    command = _command(table, file, config)
    raise InputError("sources.headless", file=shown_name(file.path), headers=first, command=command)


def looks_headless(file: DataFile) -> bool:
    """Whether the first row of a CSV holds a number or a time, and no name of a column we know."""
    known = any(h.casefold() in _ALL_COLUMNS for h in file.headers)
    values = any(number(h) is not None or parse_time(h) is not None for h in file.headers)
    return file.format == "CSV" and file.layout.header and values and not known


def _command(table: TableName, file: DataFile, config: TablesConfig) -> str:
    """The command line that reads the file, its columns told by what they hold."""
    parts = ["graphsvc", "sync", "tables", str(file.path)]
    if config.name != "tables":
        parts += ["--name", config.name]
    if table != "interactions" or config.table:
        parts += ["--table", table]
    parts.append("--no-header")
    columns = _columns(file) if table == "interactions" else _in_order(table)
    for column, place in columns.items():
        parts += ["--map", f"{column}={place}"]
    return shlex.join(parts)


def _in_order(table: TableName) -> dict[str, str]:
    return {column: str(i + 1) for i, column in enumerate(required_columns(TABLES[table]))}


def _columns(file: DataFile) -> dict[str, str]:
    """Sender, receiver and time; the time is the last column of nothing but times, the others the first two."""
    plain = open_file(file.path, header=False)
    with closing(plain.chunks(_LOOKED_AT)) as chunks:
        head = next(chunks).table
    columns = [bare(whole(head.column(name))) for name in head.column_names]
    timely = [i for i, values in enumerate(columns) if i > 1 and _holds_times(values)]
    last = len(columns) - 1
    time = str(timely[-1] + 1) if timely else str(last + 1) if last >= 2 else "=" + "2024-01-01"
    return {"from": "1", "to": "2" if last else "1", "time": time}


def _holds_times(values: Column) -> bool:
    times, wrong = parse_times(values, years=False)
    if wrong.any() or not pc.any(pc.is_valid(times)).as_py():
        return False
    micros = pc.drop_null(times).cast("int64").to_numpy(zero_copy_only=False)
    return bool((np.median(micros)) > _NINETEEN_NINETY)
