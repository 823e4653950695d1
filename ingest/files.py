"""Data files as chunks of text columns: CSV, Parquet and JSON, plain or gzipped, in the encodings people have.

Not a source: what ``tables`` and ``crm`` share. A row that cannot be split into fields never stops a file; a file that
breaks off gives the rows before the break, and says so.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc.errors import InputError
from graphsvc.phrases import Phrase
from graphsvc.records import Reject
from ingest.chunk import Broken, Chunk
from ingest.csv_files import csv_chunks, layout_of
from ingest.encodings import DAMAGED, HEAD, PLAIN, Layout, brief, encoding_of, utf8_of
from ingest.folders import shown_name
from ingest.json_files import Rows, array_chunks, array_headers, json_chunks, json_headers, text_column

FORMATS = {"csv": "CSV", "tsv": "CSV", "parquet": "Parquet"} | dict.fromkeys(("jsonl", "ndjson", "json"), "JSON Lines")
ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet", ".jsonl", ".jsonl.gz", ".json")  # as told to people
_ARRAY = re.compile(r"\s*\[\s*[{\]]")
_OBJECT = re.compile(r'\s*\{\s*"')
_MARKUP = re.compile(r"\s*<[?!a-zA-Z]")


@dataclass(frozen=True)
class DataFile:
    """A file opened far enough to know its headers; ``chunks(n)`` reads it, about ``n`` rows at a time.

    Attributes
    ----------
    layout : how a CSV is laid out.
    keys : headers of columns that hold keys; a list, an object or yes/no there is refused.
    receivers : the one of them in which a list stands for several rows.
    """

    path: Path
    format: str
    headers: tuple[str, ...]
    encoding: str = "utf-8"
    layout: Layout = PLAIN
    keys: tuple[str, ...] = ()
    receivers: str | None = None

    def chunks(self, size: int) -> Generator[Chunk, None, None]:
        """The rows, in chunks of ``size`` (the last one smaller)."""
        if not self.headers:
            return
        readers: dict[str, Callable[[DataFile, int], Iterator[Chunk]]]
        readers = {"CSV": csv_chunks, "Parquet": _parquet_chunks, "JSON Lines": json_chunks, "JSON": array_chunks}
        yield from readers[self.format](self, size)


def format_of(path: Path) -> str | None:
    """The format that a file's name tells, or None for a file we do not read."""
    ending = path.name.lower().removesuffix(".gz").rpartition(".")[2]
    return FORMATS.get(ending) if ending != "parquet" or not path.name.lower().endswith(".gz") else None


def stem_of(path: Path) -> str:
    """The file's name without its endings, in lower case."""
    return path.name.lower().removesuffix(".gz").rpartition(".")[0]


def fingerprint(path: Path) -> str:
    """Digest of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:32]


def open_file(path: Path, *, header: bool = True) -> DataFile:
    """Look at a file's headers, encoding and separator; a file without any row has no headers.

    ``header=False``: its first row is data, and the headers are the columns' numbers from 1 (CSV only).

    Raises
    ------
    InputError
        When the file cannot be read at all, naming it.
    """
    kind = format_of(path) or "CSV"
    try:
        if path.stat().st_size == 0:
            return DataFile(path, kind, ())
        if kind == "Parquet":
            import pyarrow.parquet as pq

            return DataFile(path, kind, tuple(pq.read_schema(path).names))
        return _open_text(path, kind, header)
    except PermissionError as error:
        raise InputError("sources.unreadable", path=shown_name(path), detail=str(error.strerror)) from error
    except (*DAMAGED, pa.ArrowException, csv.Error) as error:
        raise InputError("sources.bad_file", file=shown_name(path), format=kind, detail=brief(error)) from error


def _open_text(path: Path, kind: str, header: bool) -> DataFile:
    """A CSV or JSON by its content: many a JSON stands in a file named otherwise, and the other way round."""
    encoding = encoding_of(path)
    with utf8_of(path, encoding) as file:
        head = file.read(HEAD).decode("utf-8", "replace").removeprefix("\ufeff")
        if file.damage and not head:
            raise EOFError(file.damage)
    if not head.strip():
        return DataFile(path, kind, ())
    if _MARKUP.match(head):
        raise InputError("sources.is_markup", file=shown_name(path))
    if _ARRAY.match(head):
        return DataFile(path, "JSON", array_headers(path, encoding), encoding)
    if kind == "JSON Lines" or _OBJECT.match(head):
        return DataFile(path, "JSON Lines", json_headers(path, encoding), encoding)
    tab = path.name.lower().removesuffix(".gz").endswith(".tsv")
    layout, headers = layout_of(head, tab=tab, header=header)
    return DataFile(path, "CSV", headers, encoding, layout)


def broken_row(name: str, table: str, broken: Broken) -> Reject:
    """The Reject of a row that could not be split into fields."""
    where = f"{name}:{broken.row}"
    raw = {"row": broken.text[:500]} if broken.text else {}
    return Reject(where, table, Phrase(broken.code, {"where": where, **broken.args}), raw)


def texts_of(column: Any) -> list[str | None]:
    """A column's values as text; bytes that are no UTF-8 become U+FFFD."""
    if not (pa.types.is_string(column.type) or pa.types.is_binary(column.type)):
        found: list[str | None] = column.cast(pa.string()).to_pylist()
        return found
    return [None if v is None else v.decode("utf-8", "replace") for v in column.cast(pa.binary()).to_pylist()]


def is_text(headers: Sequence[str]) -> bool:
    """Whether headers are text: no control characters, none that a wrong encoding damaged."""
    return not any(c == "\ufffd" or (c < " " and c not in "\t\r\n") for h in headers for c in h)


# -- Parquet -----------------------------------------------------------------------------------------------------------


def _parquet_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    import pyarrow.parquet as pq

    done, rows_of = 0, Rows(file)
    try:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(batch_size=size):
                rows = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
                done += batch.num_rows
                if any(_is_no_key(batch.schema.field(h).type) for h in file.keys):
                    yield _one_by_one(batch, rows_of)
                else:
                    yield Chunk(_flat(pa.Table.from_batches([batch])), rows, last=done)
    except (pa.ArrowException, OSError) as error:
        broken = Broken(done + 1, "sources.damaged_file", {"detail": brief(error)})
        yield Chunk(pa.table({}), np.zeros(0, dtype=np.int64), (broken,), last=done + 1)


def _flat(table: pa.Table) -> pa.Table:
    """Lists and structures as text, as they would come out of JSON Lines."""
    for i, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            table = table.set_column(i, column.name, text_column(table.column(i).to_pylist()))
    return table


def _is_no_key(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind) or pa.types.is_boolean(kind))


def _one_by_one(batch: pa.RecordBatch, rows: Rows) -> Chunk:
    for value in batch.to_pylist():
        rows.number += 1
        rows.add(value)
    return rows.chunk()
