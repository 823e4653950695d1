"""A Projection as a folder of Parquet files that other engines read: Spark, DuckDB, pandas, Polars.

One file per table in row groups, and ``manifest.json`` that says what it is a picture of; the columns are in
:mod:`graphsvc.snapshot_columns`. A snapshot is written beside its place and renamed, so that it is there whole or not
at all; one that is read back gives a Projection of the same digest, or an error.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray
from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from graphsvc import __version__
from graphsvc.clock import read_moment, show_moment
from graphsvc.errors import InputError, StoreError
from graphsvc.model import TIME
from graphsvc.projection import Entities, Facts, Interactions, Opportunities, Projection, freeze, narrowed
from graphsvc.snapshot_columns import SCHEMA_VERSION, TABLES, Column

MANIFEST = "manifest.json"
ROWS = 262_144  # rows of a row group: what writer and reader hold beside the Projection itself
Array = NDArray[Any]
_OF = {"entities": Entities, "interactions": Interactions, "facts": Facts, "opportunities": Opportunities}


class TableEntry(BaseModel):
    """What the manifest says of one file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    bytes: int


class Manifest(BaseModel):
    """What a snapshot is a picture of; the texts stand in the order of the Projection's codes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["graphsvc-snapshot"] = "graphsvc-snapshot"
    schema_version: int = SCHEMA_VERSION
    product_version: str
    as_of: AwareDatetime
    known_at: AwareDatetime
    sequence: int
    own_known: bool
    digest: str
    tables: dict[str, TableEntry]
    words: tuple[str, ...]
    fact_kinds: tuple[str, ...]


@dataclass(frozen=True)
class SnapshotReport:
    """What was written: rows and bytes by table, and the digest of the Projection."""

    folder: str
    digest: str
    rows: Mapping[str, int]
    sizes: Mapping[str, int]


# -- writing ----------------------------------------------------------------------------------------------------------


def write_snapshot(p: Projection, folder: Path) -> SnapshotReport:
    """Write a Projection into a new folder, readable by its owner only; memory beside ``p``: one row group.

    Raises
    ------
    InputError
        When the folder is there and not empty: a snapshot is never written over another.
    StoreError
        When it cannot be written; nothing is left behind.
    """
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise InputError("snapshot.exists", folder=str(folder))
        with _draft(folder.resolve()) as draft:
            tables = {name: _write_table(p, name, columns, draft) for name, columns in TABLES.items()}
            _sync_to_disk(draft / MANIFEST, _manifest(p, tables).model_dump_json(indent=2).encode())
    except OSError as error:
        raise StoreError("snapshot.cannot_write", folder=str(folder), reason=error.strerror or str(error)) from error
    rows, sizes = ({n: getattr(t, what) for n, t in tables.items()} for what in ("rows", "bytes"))
    return SnapshotReport(str(folder), p.digest, rows, sizes)


@contextmanager
def _draft(folder: Path) -> Iterator[Path]:
    """A folder beside the wanted one, which takes its place when all went well, and goes when not."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".partial", dir=folder.parent))
    try:
        yield draft
        draft.rename(folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise


def _manifest(p: Projection, tables: Mapping[str, TableEntry]) -> Manifest:
    return Manifest(
        product_version=__version__,
        as_of=_moment(p.as_of),
        known_at=_moment(p.known_at),
        sequence=p.sequence,
        own_known=p.own_known,
        digest=p.digest,
        tables=dict(tables),
        words=p.words,
        fact_kinds=p.fact_kinds,
    )


def _moment(moment: int) -> dt.datetime:
    return dt.datetime.fromisoformat(show_moment(moment))


def _write_table(p: Projection, name: str, columns: Sequence[Column], folder: Path) -> TableEntry:
    import pyarrow.parquet as pq

    values, path = _values(p, name), folder / f"{name}.parquet"
    rows = len(values[columns[0].name])
    schema = pa.schema([pa.field(c.name, c.type, nullable=c.unknown is not None) for c in columns])
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for start in range(0, rows, ROWS):
            part = [_to_arrow(c, values[c.name][start : start + ROWS], _texts(c, p)) for c in columns]
            writer.write_table(pa.Table.from_arrays(part, schema=schema))
    _sync_to_disk(path)
    return TableEntry(rows=rows, bytes=path.stat().st_size)


def _values(p: Projection, name: str) -> dict[str, Array]:
    """The columns of one table as the Projection holds them."""
    if name == "overrides":
        whole = list(zip(*p.overrides, strict=True)) or [(), (), (), ()]
        return {c.name: np.array(v, dtype=c.numpy) for c, v in zip(TABLES[name], whole, strict=True)}
    table = getattr(p, name)
    out: dict[str, Array] = {f.name: getattr(table, f.name) for f in fields(table)}
    return out | ({"index": np.arange(len(table), dtype=np.int32)} if name == "entities" else {})


def _texts(column: Column, of: Projection | Manifest) -> Sequence[str]:
    texts: Sequence[str] = getattr(of, column.texts) if isinstance(column.texts, str) else column.texts or ()
    return texts


def _to_arrow(column: Column, values: Array, texts: Sequence[str]) -> pa.Array[Any]:
    missing = None
    if column.unknown is not None:
        missing = np.isnan(values) if np.isnan(column.unknown) else values == column.unknown
    if column.texts is not None:
        return _dictionary(values - column.first, missing, texts)
    if column.type == TIME:
        values = values.view("M8[us]")
    elif values.dtype.kind == "S":
        values = values.astype(str)
    out: pa.Array[Any] = pa.array(values, type=column.type, mask=missing)
    return out


def _dictionary(codes: Array, missing: Array | None, texts: Sequence[str]) -> pa.Array[Any]:
    """Codes as text, with a dictionary of the texts in use only: each row group carries its own."""
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(texts)))
    place = np.zeros(len(texts) + 1, dtype=np.int32)  # the last slot is that of -1, which the mask hides
    place[used] = np.arange(len(used), dtype=np.int32)
    indices: pa.Int32Array = pa.array(place[codes], pa.int32(), mask=missing)
    return pa.DictionaryArray.from_arrays(indices, pa.array([texts[i] for i in used.tolist()], pa.string()))


def _sync_to_disk(path: Path, content: bytes | None = None) -> None:
    """Write a file where content is given, and wait until it is on the disk."""
    with path.open("r+b" if content is None else "wb") as file:
        file.write(content or b"")
        file.flush()
        os.fsync(file.fileno())


# -- reading ----------------------------------------------------------------------------------------------------------


def read_snapshot(folder: Path) -> Projection:
    """The Projection that a snapshot was made of, checked by its digest.

    Raises
    ------
    InputError
        When the folder holds no snapshot, one of another version, or one that is not whole and unchanged.
    """
    manifest = read_manifest(folder)
    values = {name: _read_table(folder / f"{name}.parquet", columns, manifest) for name, columns in TABLES.items()}
    values["entities"].pop("index")
    entities, interactions, facts, opportunities = (kind(**values[name]) for name, kind in _OF.items())
    interactions = narrowed(interactions)
    p = Projection(
        as_of=read_moment(manifest.as_of.isoformat()),
        known_at=read_moment(manifest.known_at.isoformat()),
        sequence=manifest.sequence,
        own_known=manifest.own_known,
        entities=entities,
        interactions=interactions,
        facts=facts,
        opportunities=opportunities,
        words=manifest.words,
        fact_kinds=manifest.fact_kinds,
        overrides=tuple(zip(*(values["overrides"][c.name].tolist() for c in TABLES["overrides"]), strict=True)),
    )
    freeze(entities, interactions, facts, opportunities)
    if p.digest != manifest.digest:
        raise InputError("snapshot.changed", folder=str(folder))
    return p


def read_manifest(folder: Path) -> Manifest:
    """What a snapshot is a picture of.

    Raises
    ------
    InputError
        When there is none, it is of another version, or damaged.
    """
    path = folder / MANIFEST
    try:
        said = orjson.loads(path.read_bytes())
        if isinstance(said, dict) and said.get("schema_version", SCHEMA_VERSION) != SCHEMA_VERSION:
            version = str(said["schema_version"])[:20]
            raise InputError("snapshot.other_version", folder=str(folder), found=version, known=SCHEMA_VERSION)
        manifest = Manifest.model_validate(said)
    except OSError as error:
        raise InputError("snapshot.no_manifest", folder=str(folder)) from error
    except (ValueError, ValidationError) as error:
        raise InputError("snapshot.bad_manifest", path=str(path)) from error
    if manifest.tables.keys() != TABLES.keys():
        raise InputError("snapshot.bad_manifest", path=str(path))
    return manifest


def _read_table(path: Path, columns: Sequence[Column], manifest: Manifest) -> dict[str, Array]:
    """The columns of one file, which must be as the manifest says."""
    import pyarrow.parquet as pq

    entry = manifest.tables[path.stem]
    try:
        if path.stat().st_size != entry.bytes:
            raise InputError("snapshot.cut", path=str(path), found=path.stat().st_size, wanted=entry.bytes)
        with pq.ParquetFile(path) as file:
            wanted = {c.name: c.type for c in columns}
            if file.metadata.num_rows != entry.rows or dict(zip(*_described(file), strict=True)) != wanted:
                raise InputError("snapshot.other_columns", path=str(path))
            return _read_columns(file, columns, manifest)
    except FileNotFoundError as error:
        raise InputError("snapshot.no_file", path=str(path)) from error
    except (OSError, pa.ArrowException, KeyError) as error:
        raise InputError("snapshot.damaged", path=str(path)) from error


def _read_columns(file: Any, columns: Sequence[Column], manifest: Manifest) -> dict[str, Array]:
    """Row group by row group into arrays of their final length."""
    out = {c.name: np.empty(file.metadata.num_rows, dtype=c.numpy) for c in columns}
    codes = {c.name: {t: i for i, t in enumerate(_texts(c, manifest), c.first)} for c in columns}
    start = 0
    for group in range(file.num_row_groups):
        part = file.read_row_group(group)
        for c in columns:
            out[c.name][start : start + len(part)] = _from_arrow(c, part[c.name], codes[c.name])
        start += len(part)
    return out


def _described(file: Any) -> tuple[list[str], list[pa.DataType]]:
    return file.schema_arrow.names, file.schema_arrow.types


def _from_arrow(column: Column, values: pa.ChunkedArray[Any], codes: Mapping[str, int]) -> Array:
    """A column as the Projection holds it; KeyError for a text that the manifest does not list."""
    if column.type == pa.string():
        return np.asarray(values.to_pylist(), dtype=column.numpy)
    if column.texts is not None:
        return _codes(column, cast("pa.DictionaryArray[Any, Any]", values.combine_chunks()), codes)
    plain = values.cast(pa.int64()) if column.type == TIME else values
    if column.unknown is not None:
        plain = plain.fill_null(pa.scalar(column.unknown, plain.type))
    return plain.to_numpy()


def _codes(column: Column, values: pa.DictionaryArray[Any, Any], codes: Mapping[str, int]) -> Array:
    mine = [codes[str(text)] for text in values.dictionary.to_pylist()]
    table = np.array([*mine, -1 if column.unknown is None else column.unknown], dtype=column.numpy)
    out: Array = table[values.indices.fill_null(pa.scalar(len(mine), pa.int32())).to_numpy()]
    return out
