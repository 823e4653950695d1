"""Scores and ties as files: CSV, Parquet or JSON Lines, with the source's keys.

A text cell that a spreadsheet would take for a formula is written with a leading apostrophe (CSV only).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from api.answers.ask import Ask
from graphsvc.clock import show_moment
from graphsvc.errors import InputError, ReadOnlyError, StoreError
from graphsvc.model import Label
from graphsvc.pipeline import score
from graphsvc.policy import ONE_TIE, require
from graphsvc.scores import Scores
from graphsvc.tabular import column, ranks
from graphsvc.workspace import run_for

_FORMULA = re.compile(r"^[=+\-@\t\r]")
_SPECIAL = '[",\\r\\n]'
_NUMBER = re.compile(r"^[+-]?\d+([.,]\d+)*$")


def export_scores(ask: Ask, name: str, out: Path) -> int:
    """Write one score; gives the number of rows."""
    scores = ask.scores(name)
    table = _tie_table(ask, scores) if scores.of == "tie" else _node_table(ask, scores)
    return write_table(_with_run(ask, table, [name]), out)


def export_ties(ask: Ask, out: Path) -> int:
    """Write every tie with its strength, and health and activity beside it."""
    strength = ask.scores("tie_strength")
    beside = dict(strength.beside)
    for name in ("relationship_health", "active"):
        other = ask.scores(name)
        beside[name] = _aligned(strength, other)
    table = _tie_table(ask, replace(strength, beside=beside))
    return write_table(_with_run(ask, table, ["tie_strength", "relationship_health", "active"]), out)


def _aligned(to: Scores, scores: Scores) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Another tie score's values in this one's row order; NaN where it has no row."""
    if to.b is None or scores.b is None:
        raise TypeError("scores of ties only")
    width = np.int64(2**31)
    mine, theirs = to.a * width + to.b, scores.a * width + scores.b
    order = np.argsort(theirs)
    place = np.minimum(np.searchsorted(theirs[order], mine), max(len(theirs) - 1, 0))
    out = np.full(len(mine), np.nan)
    if len(theirs):
        hit = theirs[order][place] == mine
        out[hit] = scores.value[order][place][hit]
    return out


def _with_run(ask: Ask, table: pa.Table, names: Sequence[str]) -> pa.Table:
    return table.append_column("run_id", pa.array([_run_id(ask, names)] * len(table), pa.string()))


def _run_id(ask: Ask, names: Sequence[str]) -> str | None:
    """The run that holds the scores, made where there is none; None where none can be kept, on a read-only medium."""
    if run := run_for(ask.workspace, ask.moment, names):
        return run.id
    with suppress(ReadOnlyError):
        return score(ask.workspace, ask.moment, names)[0].id
    return None


def _keys(ask: Ask, scores: Scores) -> tuple[list[str], list[str]]:
    ids = [scores.a.tolist(), [] if scores.b is None else scores.b.tolist()]
    known = ask.described({i for column in ids for i in column})
    fallback = ask.projection.entities.id
    first, second = ([known[i].key if i in known else fallback[i].decode() for i in column] for column in ids)
    return first, second


def _node_table(ask: Ask, scores: Scores) -> pa.Table:
    require(ask.caller, "read")
    keys, _ = _keys(ask, scores)
    label = ask.projection.entities.label[scores.a]
    columns: dict[str, Any] = {"key": keys, "label": [Label(int(x)).name.lower() for x in label]}
    columns |= _figures(ask, scores, with_rank=True)
    allowed = np.ones(len(scores), dtype=bool) if ask.caller.is_owner else ask.sight.own[scores.a]
    table = _within(ask, pa.table(columns).take(np.flatnonzero(allowed)))
    order = np.lexsort((np.array(table["key"].to_pylist(), dtype=object).astype(str), _last(table["rank"])))
    return table.take(order)


def _tie_table(ask: Ask, scores: Scores) -> pa.Table:
    first, second = _keys(ask, scores)
    swap = np.array([a > b for a, b in zip(first, second, strict=True)], dtype=bool)
    a = [y if s else x for x, y, s in zip(first, second, swap, strict=True)]
    b = [x if s else y for x, y, s in zip(first, second, swap, strict=True)]
    columns: dict[str, Any] = {"a_key": a, "b_key": b} | _figures(ask, scores, with_rank=False)
    for name in [n for n in columns if n.endswith("_ab") and n[:-3] + "_ba" in columns]:
        other = name[:-3] + "_ba"
        x, y = columns[name], columns[other]
        columns[name], columns[other] = pc.if_else(pa.array(swap), y, x), pc.if_else(pa.array(swap), x, y)
    if scores.b is None:
        raise TypeError("scores of ties only")
    table = _within(ask, pa.table(columns).take(np.flatnonzero(ask.sight.ties(scores.a, scores.b))))
    return table.sort_by([("a_key", "ascending"), ("b_key", "ascending")])


def _within(ask: Ask, table: pa.Table) -> pa.Table:
    """The table, if a rep's budget has so many rows; the owner's files hold all there is."""
    if not ask.caller.is_owner:
        ask.budget.limit(len(table))
    return table


def _figures(ask: Ask, scores: Scores, *, with_rank: bool) -> dict[str, Any]:
    rank = {"rank": _ranks(ask, scores)} if with_rank else {}
    empty = np.full(len(scores), np.nan)
    columns: dict[str, Any] = {"value": column(scores.value)} | rank
    columns["low"] = column(empty if scores.low is None else scores.low)
    columns["high"] = column(empty if scores.high is None else scores.high)
    columns |= {n: column(c) for n, c in scores.terms.items()}
    closed = ONE_TIE if scores.b is None and not ask.caller.is_owner else frozenset()
    columns |= {n: _beside(n, np.asarray(c)) for n, c in scores.beside.items() if n not in columns and n not in closed}
    mine = _overrides(ask, scores)
    if mine is not None:
        columns["override"] = column(mine)
    columns["reason"] = pa.array(_reasons(ask, scores), pa.string())
    return columns


def _beside(name: str, values: np.ndarray[Any, Any]) -> pa.Array[Any]:
    """A column beside the value; moments as ISO 8601."""
    if not name.endswith("_time"):
        return column(values)
    shown: pa.Array[Any] = pa.array([show_moment(int(t)) if t else None for t in values.tolist()], pa.string())
    return shown


def _ranks(ask: Ask, scores: Scores) -> pa.Array[Any]:
    rank = ranks(scores, ask.projection)
    out: pa.Array[Any] = pa.array(rank, mask=rank == 0)
    return out


def _overrides(ask: Ask, scores: Scores) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    mine = [(a, b, v) for name, a, b, v in ask.projection.overrides if name == scores.name]
    if not mine:
        return None
    out = np.full(len(scores), np.nan)
    for a, b, value in mine:
        row = scores.row_of(a, b if b >= 0 else None)
        if row is not None:
            out[row] = value
    return out


def _reasons(ask: Ask, scores: Scores) -> list[str | None]:
    if scores.reason is None:
        return [None] * len(scores)
    texts = [ask.text(r) for r in scores.reasons]
    return [texts[i] if i >= 0 else None for i in scores.reason.tolist()]


def _last(rank: pa.ChunkedArray[Any]) -> np.ndarray[Any, Any]:
    """Ranks with null behind all others."""
    return np.array([2**62 if r is None else r for r in rank.to_pylist()], dtype=np.int64)


def write_table(table: pa.Table, out: Path) -> int:
    """Write a table in the form the file's ending names, whole or not at all; gives the number of rows."""
    import pyarrow.parquet

    name, partial = out.name, out.with_name(out.name + ".partial")
    try:
        if name.endswith((".csv", ".csv.gz")):
            with (
                pa.output_stream(str(partial), compression="gzip")
                if name.endswith(".gz")
                else partial.open("wb") as sink
            ):
                _write_csv(_guarded(table), sink)
        elif name.endswith(".parquet"):
            pyarrow.parquet.write_table(table, partial)
        elif name.endswith(".jsonl"):
            _write_lines(table, partial)
        else:
            raise InputError("errors.bad_out", path=str(out))
        partial.replace(out)
    except OSError as error:
        raise StoreError("errors.cannot_write", path=str(out), reason=error.strerror or str(error)) from error
    finally:
        partial.unlink(missing_ok=True)
    return len(table)


def _write_csv(table: pa.Table, sink: Any) -> None:
    """Comma-separated values; quotes only in columns where some text needs them, and never in the header."""
    import pyarrow.csv

    sink.write((",".join(table.column_names) + "\n").encode())
    texts = [table[n] for n in table.column_names if pa.types.is_string(table[n].type)]
    special = any(pc.any(pc.match_substring_regex(t, _SPECIAL)).as_py() for t in texts)
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed" if special else "none")
    pyarrow.csv.write_csv(table, sink, options)


def _write_lines(table: pa.Table, path: Path) -> None:
    import orjson

    with path.open("wb") as sink:
        for row in table.to_pylist():
            sink.write(orjson.dumps(row) + b"\n")


def _guarded(table: pa.Table) -> pa.Table:
    """Defuse text cells that a spreadsheet would run as a formula; plain numbers stay as they are."""
    columns = {}
    for name in table.column_names:
        cells = table[name]
        if pa.types.is_string(cells.type):
            cells = pa.chunked_array([pa.array([defused(v) for v in cells.to_pylist()], pa.string())])
        columns[name] = cells
    return pa.table(columns)


def defused(value: Any) -> str | None:
    """A text cell as a spreadsheet may read it: with a leading apostrophe where it would be run as a formula.

    Examples
    --------
    >>> defused("=1+1"), defused("-3.5"), defused("Ann")
    ("'=1+1", '-3.5', 'Ann')
    """
    if value is None:
        return None
    text = str(value)
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
