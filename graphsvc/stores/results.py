"""Results: runs, models, scores and weekly lists."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pyarrow as pa

from graphsvc.scores import Model, Run
from graphsvc.stores.ledger import Reader, Writer
from queries.results import KeptLists, ListItemsOf, Models, Runs, ScoredRuns, ScoreParts, ScoreSets

PART_ROWS = 5_000  # of a score in one part, so that an erasure rewrites little and no value grows large


def save_run(writer: Writer, run: Run) -> None:
    """Keep a run; the same id again replaces it."""
    pk = writer.number("runs")
    values = {"pk": [pk], "id": [run.id], "kind": [run.kind], "started": [run.started], "body": [dumped(asdict(run))]}
    writer.put("runs", values, 1)


def load_runs(reader: Reader, kind: str | None, limit: int) -> list[Run]:
    """Runs, newest first."""
    return [_run(json.loads(row.body)) for row in reader.ask(Runs(kind, limit))]


def save_model(writer: Writer, model: Model) -> None:
    """Keep a model; the same one again changes nothing."""
    pk, body = writer.number("models"), dumped(asdict(model))
    values = {"pk": [pk], "id": [model.id], "name": [model.name], "as_of": [model.as_of], "body": [body]}
    writer.add_missing("models", values, 1)


def load_models(reader: Reader, name: str | None, as_of: int | None) -> list[Model]:
    """Models, newest first."""
    return [Model(**json.loads(row.body)) for row in reader.ask(Models(name, as_of))]


def save_scores(writer: Writer, run_id: str, name: str, rows: pa.Table) -> None:
    """Keep one score of a run in parts of ``PART_ROWS`` rows; an empty one keeps one empty part, for its columns."""
    writer.lock("scores")
    drop_scores(writer, run_id, name)
    kept = writer.number("score_sets")
    writer.put("score_sets", {"pk": [kept], "run_id": [run_id], "name": [name]}, 1)
    parts = [pack(rows.slice(start, PART_ROWS)) for start in range(0, max(len(rows), 1), PART_ROWS)]
    writer.put("score_parts", {"kept": kept, "part": range(len(parts)), "rows": parts}, len(parts))


def load_scores(reader: Reader, name: str, run_id: str, columns: Sequence[str] = ()) -> pa.Table | None:
    """The table as it was saved, or some columns of it, without rows erased since; None when there is none."""
    parts = [unpack(row.rows, columns) for row in reader.ask(ScoreParts(run_id, name))]
    return pa.concat_tables(parts).combine_chunks() if parts else None


def drop_scores(writer: Writer, run_id: str, name: str | None = None) -> None:
    """Drop a run's scores, or one of them."""
    sets = [row.pk for row in writer.ask(ScoreSets(run_id, name))]
    if sets:
        writer.remove("score_parts", "kept", sets)
        writer.remove("score_sets", "pk", sets)


def prune(writer: Writer, keep: int) -> int:
    """Drop the scores of all but the newest score runs; their lineage stays."""
    writer.lock("scores")
    runs = sorted(writer.ask(ScoredRuns()), key=lambda r: r.run_id)
    runs.sort(key=lambda r: (r.started is not None, r.started, r.pk), reverse=True)  # runs unknown last
    dropped = runs[max(keep, 0) :]
    for run in dropped:
        drop_scores(writer, run.run_id)
    return len(dropped)


def pack(rows: pa.Table) -> bytes:
    """A table as an Arrow stream, compressed.

    Examples
    --------
    >>> unpack(pack(pa.table({"a": [1, 2]}))).to_pydict()
    {'a': [1, 2]}
    """
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, rows.schema, options=pa.ipc.IpcWriteOptions(compression="zstd")) as stream:
        stream.write_table(rows)
    return sink.getvalue().to_pybytes()


def unpack(part: bytes, columns: Sequence[str] = ()) -> pa.Table:
    """The table that ``pack`` wrote, or some columns of it."""
    held = pa.py_buffer(part)
    with pa.ipc.open_stream(held) as stream:
        if not columns:
            return stream.read_all()
        wanted = [i for i, name in enumerate(stream.schema.names) if name in columns]
    with pa.ipc.open_stream(held, options=pa.ipc.IpcReadOptions(included_fields=wanted)) as stream:
        return stream.read_all()


def save_list(writer: Writer, rep: str, week: str, run_id: str, items: Sequence[Mapping[str, Any]]) -> None:
    """Keep a week's list of a rep; the same week again replaces it."""
    kept = dumped([dict(i) for i in items])
    writer.put("lists", {"rep": [rep], "week": [week], "run_id": [run_id], "items": [kept]}, 1)


def load_list(reader: Reader, rep: str, week: str) -> Sequence[Mapping[str, Any]] | None:
    """The list kept for a rep and week."""
    row = reader.one(ListItemsOf(rep, week))
    return json.loads(row.items) if row else None


def load_lists(reader: Reader, rep: str) -> list[tuple[str, Sequence[Mapping[str, Any]]]]:
    """The lists kept for a rep, or of any team for ``team:``: ISO week and items, newest first, one per week."""
    found = {row.week: row for row in reversed(reader.ask(KeptLists(rep)))}
    return [(week, json.loads(found[week].items)) for week in sorted(found, reverse=True)]


def dumped(value: object) -> str:
    """JSON with sorted keys; floats keep every bit."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _run(body: dict[str, Any]) -> Run:
    return Run(**{**body, "model_ids": tuple(body["model_ids"]), "source_runs": tuple(body["source_runs"])})
