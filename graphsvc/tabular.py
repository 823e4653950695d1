"""Scores as Arrow tables: what stores keep and exports write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from graphsvc.phrases import Phrase
from graphsvc.projection import Projection
from graphsvc.scores import Model, Scores, significant

if TYPE_CHECKING:
    from graphsvc.registry import AlgorithmSpec


def ranks(scores: Scores, p: Projection) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Rank by value, 1 = highest; ties in value break by id; 0 for null."""
    value = np.where(np.isnan(scores.value), -np.inf, scores.value)
    keys = [p.entities.id[scores.a], -value] if scores.b is None else [scores.b, scores.a, -value]
    order = np.lexsort(tuple(keys))
    out = np.zeros(len(value), dtype=np.int64)
    out[order] = np.arange(1, len(value) + 1)
    out[np.isnan(scores.value)] = 0
    return out


def scores_to_arrow(p: Projection, s: Scores) -> pa.Table:
    """Columns ``a, b, value, low, high, rank, reason, term:*, beside:*``; ids as text, null for NaN."""
    ids = p.entities.id.astype(str)
    columns: dict[str, Any] = {
        "a": pa.array(ids[s.a]),
        "b": pa.nulls(len(s), pa.string()) if s.b is None else pa.array(ids[s.b]),
        "value": _floats(s.value),
        "low": pa.nulls(len(s), pa.float64()) if s.low is None else _floats(s.low),
        "high": pa.nulls(len(s), pa.float64()) if s.high is None else _floats(s.high),
        "rank": pa.array(ranks(s, p)),
        "reason": _reasons(s),
    }
    columns |= {f"term:{name}": _floats(x) for name, x in s.terms.items()}
    columns |= {f"beside:{name}": column(x) for name, x in s.beside.items()}
    head = {"link": s.link, "notes": [_dump(n) for n in s.notes], "accuracy": dict(s.accuracy) if s.accuracy else None}
    return pa.table(columns).replace_schema_metadata({"graphsvc": json.dumps(head)})


def scores_from_arrow(p: Projection, spec: AlgorithmSpec, table: pa.Table, model: Model | None) -> Scores | None:
    """The Scores a table was made from; None when it does not fit the Projection."""
    index = p.index
    try:
        a = np.array([index[str(i)] for i in table["a"].to_pylist()], dtype=np.int32)
        b = None if spec.of != "tie" else np.array([index[str(i)] for i in table["b"].to_pylist()], dtype=np.int32)
    except KeyError:
        return None
    texts = table["reason"].to_pylist()
    kinds = sorted({t for t in texts if t is not None})
    place = {t: i for i, t in enumerate(kinds)}
    metadata = (table.schema.metadata or {}).get(b"graphsvc")
    if metadata is None:
        return None
    head = json.loads(metadata)

    def group(prefix: str) -> dict[str, Any]:
        return {n.removeprefix(prefix): _array(table[n]) for n in table.column_names if n.startswith(prefix)}

    return Scores(
        name=spec.name,
        of=spec.of,
        a=a,
        b=b,
        value=_array(table["value"]),
        terms=group("term:"),
        unit=spec.unit,
        link=head["link"],
        low=None if table["low"].null_count == len(table) else _array(table["low"]),
        high=None if table["high"].null_count == len(table) else _array(table["high"]),
        beside=group("beside:"),
        reason=np.array([-1 if t is None else place[t] for t in texts], dtype=np.int8),
        reasons=tuple(_load(json.loads(t)) for t in kinds),
        notes=tuple(_load(n) for n in head["notes"]),
        accuracy=head["accuracy"],
        model_id=model.id if model else None,
    )


def _floats(x: np.ndarray[Any, np.dtype[np.float64]]) -> pa.Array[Any]:
    x = significant(x)
    out: pa.Array[Any] = pa.array(x, mask=np.isnan(x))
    return out


def column(x: np.ndarray[Any, Any]) -> pa.Array[Any]:
    """A numpy column as Arrow: floats rounded to the digits that are kept, NaN as null."""
    if x.dtype.kind == "f":
        return _floats(x.astype(np.float64))
    out: pa.Array[Any] = pa.array(x.astype(str) if x.dtype.kind in "SU" else x)
    return out


def _array(column: pa.ChunkedArray[Any]) -> np.ndarray[Any, Any]:
    if pa.types.is_string(column.type):
        return np.asarray(column.to_pylist(), dtype=str)
    if pa.types.is_floating(column.type):
        return np.asarray(column.to_numpy(), dtype=np.float64)
    return np.asarray(column.to_numpy())


def _reasons(s: Scores) -> pa.Array[Any]:
    if s.reason is None:
        return pa.nulls(len(s), pa.string())
    texts = [json.dumps(_dump(r), sort_keys=True) for r in s.reasons]
    return pa.array([texts[i] if i >= 0 else None for i in s.reason.tolist()], pa.string())


def _dump(p: Phrase) -> dict[str, Any]:
    return {"code": p.code, "args": dict(p.args)}


def _load(d: dict[str, Any]) -> Phrase:
    return Phrase(d["code"], d["args"])
