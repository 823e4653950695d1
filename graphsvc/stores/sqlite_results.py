"""Results: runs, models, scores and weekly lists."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.scores import Model, Run
from graphsvc.stores.sqlite_names import filled

FIXED = ("a", "b", "value", "low", "high", "rank", "reason")


def save_run(connection: sqlite3.Connection, run: Run) -> None:
    """Keep a run; the same id again replaces it."""
    connection.execute(
        "INSERT INTO runs(id, kind, started, body) VALUES (:id, :kind, :started, :body)"
        " ON CONFLICT(id) DO UPDATE SET kind = :kind, started = :started, body = :body",
        {"id": run.id, "kind": run.kind, "started": run.started, "body": dumped(asdict(run))},
    )


def load_runs(connection: sqlite3.Connection, kind: str | None, limit: int) -> list[Run]:
    """Runs, newest first."""
    rows = connection.execute(
        "SELECT body FROM runs WHERE :kind IS NULL OR kind = :kind ORDER BY started DESC, pk DESC LIMIT :limit",
        {"kind": kind, "limit": limit},
    )
    return [_run(json.loads(body)) for (body,) in rows]


def save_model(connection: sqlite3.Connection, model: Model) -> None:
    """Keep a model; the same one again changes nothing."""
    connection.execute(
        "INSERT OR IGNORE INTO models(id, name, as_of, body) VALUES (?, ?, ?, ?)",
        (model.id, model.name, model.as_of, dumped(asdict(model))),
    )


def load_models(connection: sqlite3.Connection, name: str | None, as_of: int | None) -> list[Model]:
    """Models, newest first."""
    rows = connection.execute(
        "SELECT body FROM models WHERE (:name IS NULL OR name = :name) AND (:as_of IS NULL OR as_of <= :as_of)"
        " ORDER BY as_of DESC, pk DESC",
        {"name": name, "as_of": as_of},
    )
    return [Model(**json.loads(body)) for (body,) in rows]


def save_scores(connection: sqlite3.Connection, run_id: str, name: str, rows: pa.Table) -> None:
    """Keep one score of a run row by row, so that an erasure can take single rows out."""
    drop_scores(connection, run_id, name)
    shape = rows.schema.serialize().to_pybytes()
    kept = connection.execute(
        "INSERT INTO score_sets(run_id, name, shape) VALUES (?, ?, ?)", (run_id, name, shape)
    ).lastrowid
    figures, others = _split(rows.schema)
    columns: list[Sequence[object]] = [[kept] * len(rows), range(len(rows))]
    columns += [rows[c].to_pylist() for c in FIXED]
    columns += [_packed(rows, figures), _listed(rows, others)]
    connection.executemany(
        "INSERT INTO scores(kept, row, a, b, value, low, high, rank, reason, figures, beside)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        zip(*columns, strict=True),
    )


def load_scores(connection: sqlite3.Connection, name: str, run_id: str) -> pa.Table | None:
    """The table as it was saved, without rows erased since; None when there is none."""
    head = connection.execute(
        "SELECT pk, shape FROM score_sets WHERE run_id = ? AND name = ?", (run_id, name)
    ).fetchone()
    if head is None:
        return None
    shape = pa.ipc.read_schema(pa.py_buffer(head[1]))
    rows = connection.execute(
        "SELECT a, b, value, low, high, rank, reason, figures, beside FROM scores WHERE kept = ? ORDER BY row",
        (head[0],),
    ).fetchall()
    fixed = list(zip(*rows, strict=True)) or [()] * 9
    figures, others = _split(shape)
    columns: dict[str, Any] = dict(zip(FIXED, fixed[:7], strict=True))
    numbers = np.frombuffer(b"".join(fixed[7]), dtype="<f8").reshape(len(rows), len(figures))
    columns |= {c: pa.array(numbers[:, i], mask=np.isnan(numbers[:, i])) for i, c in enumerate(figures)}
    texts = [json.loads(x) if x else [] for x in fixed[8]]
    columns |= {c: [row[i] for row in texts] for i, c in enumerate(others)}
    arrays = [_typed(columns[f.name], f.type) for f in shape]
    return pa.Table.from_arrays(arrays, schema=shape)


def drop_scores(connection: sqlite3.Connection, run_id: str, name: str | None = None) -> None:
    """Drop a run's scores, or one of them."""
    chosen = {"run": run_id, "name": name}
    where = "run_id = :run AND (:name IS NULL OR name = :name)"
    sets = connection.execute(" ".join(("SELECT pk FROM score_sets WHERE", where)), chosen).fetchall()
    connection.executemany("DELETE FROM scores WHERE kept = ?", sets)
    connection.executemany("DELETE FROM score_sets WHERE pk = ?", sets)


def prune(connection: sqlite3.Connection, keep: int) -> int:
    """Drop the scores of all but the newest score runs; their lineage stays."""
    runs = connection.execute(
        "SELECT s.run_id, max(r.started) AS started, max(r.pk) AS pk FROM score_sets AS s"
        " LEFT JOIN runs AS r ON r.id = s.run_id GROUP BY s.run_id ORDER BY started DESC, pk DESC, s.run_id"
    ).fetchall()
    for run_id, *_ in runs[max(keep, 0) :]:
        drop_scores(connection, run_id)
    return max(len(runs) - max(keep, 0), 0)


def save_list(
    connection: sqlite3.Connection, rep: str, week: str, run_id: str, items: Sequence[Mapping[str, Any]]
) -> None:
    """Keep a week's list of a rep; the same week again replaces it."""
    connection.execute(
        "INSERT OR REPLACE INTO lists(rep, week, run_id, items) VALUES (?, ?, ?, ?)",
        (rep, week, run_id, dumped([dict(i) for i in items])),
    )


def load_list(connection: sqlite3.Connection, rep: str, week: str) -> Sequence[Mapping[str, Any]] | None:
    """The list kept for a rep and week."""
    row = connection.execute("SELECT items FROM lists WHERE rep = ? AND week = ?", (rep, week)).fetchone()
    return json.loads(row[0]) if row else None


def dumped(value: object) -> str:
    """JSON with sorted keys; floats keep every bit."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _run(body: dict[str, Any]) -> Run:
    return Run(**{**body, "model_ids": tuple(body["model_ids"]), "source_runs": tuple(body["source_runs"])})


def _split(shape: pa.Schema) -> tuple[list[str], list[str]]:
    """Further columns that are floats, and those that are not."""
    further = [f for f in shape if f.name not in FIXED]
    floats = [f.name for f in further if pa.types.is_floating(f.type)]
    return floats, [f.name for f in further if not pa.types.is_floating(f.type)]


def _packed(rows: pa.Table, names: Sequence[str]) -> list[bytes]:
    if not names:
        return [b""] * len(rows)
    columns = [filled(rows[c].cast(pa.float64()), np.nan) for c in names]
    block = np.column_stack(columns).astype("<f8").tobytes()
    width = 8 * len(names)
    return [block[i : i + width] for i in range(0, len(block), width)]


def _listed(rows: pa.Table, names: Sequence[str]) -> list[str | None]:
    if not names:
        return [None] * len(rows)
    return [dumped(list(row)) for row in zip(*(rows[c].to_pylist() for c in names), strict=True)]


def _typed(values: Any, kind: pa.DataType) -> pa.Array[Any]:
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(list(values), kind)
