"""Data files as chunks of text columns: CSV, Parquet and JSON Lines, plain or gzipped, in the encodings people have.

Not a source: what ``tables`` and ``crm`` share. A row that cannot be split into fields never stops a file; a file that
breaks off gives the rows before the break, and says so.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute

from graphsvc.errors import InputError
from graphsvc.phrases import Arg, Phrase
from graphsvc.records import Reject
from ingest.csv_records import RecordGuard
from ingest.encodings import BLOCK, DAMAGED, HEAD, brief, encoding_of, utf8_of
from ingest.folders import shown_name

FORMATS = {"csv": "CSV", "tsv": "CSV", "parquet": "Parquet", "jsonl": "JSON Lines", "ndjson": "JSON Lines"}
ENDINGS = (".csv", ".csv.gz", ".tsv", ".parquet", ".jsonl", ".jsonl.gz")  # as told to people
pc: Any = pyarrow.compute
_NUMBERS = np.ndarray[tuple[int], np.dtype[np.int64]]


@dataclass(frozen=True)
class Broken:
    """A row that could not be split into fields: its number, the reason's code and arguments, the start of its text."""

    row: int
    code: str
    args: dict[str, Arg]
    text: str = ""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file, in order.

    Attributes
    ----------
    table : one column per header; text, or typed as Parquet has it.
    rows : int64, number of each row in the file: in a CSV the header is row 1, else the first row is.
    broken : rows in between that could not be read.
    blank : how many rows in between were blank.
    last : highest row number dealt with in this chunk.
    """

    table: pa.Table
    rows: _NUMBERS
    broken: tuple[Broken, ...] = ()
    blank: int = 0
    last: int = 0


@dataclass(frozen=True)
class DataFile:
    """A file opened far enough to know its headers; ``chunks(n)`` reads it, about ``n`` rows at a time."""

    path: Path
    format: str
    headers: tuple[str, ...]
    encoding: str = "utf-8"
    delimiter: str = ","

    def chunks(self, size: int) -> Iterator[Chunk]:
        """The rows, in chunks of exactly ``size`` (the last one smaller)."""
        if not self.headers:
            return
        readers: dict[str, Callable[[DataFile, int], Iterator[Chunk]]]
        readers = {"CSV": _csv_chunks, "Parquet": _parquet_chunks, "JSON Lines": _json_chunks}
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


def open_file(path: Path) -> DataFile:
    """Look at a file's headers, encoding and separator; a file without any row has no headers.

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
        encoding = encoding_of(path)
        if kind == "JSON Lines":
            return DataFile(path, kind, _json_headers(path, encoding), encoding)
        return _open_csv(path, encoding)
    except PermissionError as error:
        raise InputError("sources.unreadable", path=shown_name(path), detail=str(error.strerror)) from error
    except (*DAMAGED, pa.ArrowException, csv.Error) as error:
        raise InputError("sources.bad_file", file=shown_name(path), format=kind, detail=brief(error)) from error


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


# -- CSV -----------------------------------------------------------------------------------------------------------


def _open_csv(path: Path, encoding: str) -> DataFile:
    with utf8_of(path, encoding) as file:
        head = file.read(HEAD).decode("utf-8", "replace").removeprefix("\ufeff")
        if file.damage and not head:
            raise EOFError(file.damage)
    first = head.partition("\n")[0]
    tab = path.name.lower().removesuffix(".gz").endswith(".tsv")
    delimiter = "\t" if tab else max(",;\t|", key=lambda d: (first.count(d), d == ","))
    if not head.strip():
        return DataFile(path, "CSV", ())
    names = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter), [])
    return DataFile(path, "CSV", tuple(n.strip() for n in names), encoding, delimiter)


@dataclass
class _RowCount:
    """Numbers the good rows of a CSV: the parser tells the numbers of the others."""

    guard: RecordGuard
    broken: list[Broken] = field(default_factory=list)
    told: int = 0  # broken rows already handed on
    next: int = 2

    def refuse(self, row: Any) -> Literal["skip"]:
        """Called by the parser, ahead of the rows it hands out."""
        code, args, text = "sources.bad_row", dict[str, Arg](), row.text
        if self.guard.refused and text.encode() == self.guard.marker:
            code, text = self.guard.refused.popleft()
        else:
            args = {"expected": row.expected_columns, "actual": row.actual_columns}
        self.broken.append(Broken(int(row.number), code, args, text))
        return "skip"

    def breaks_off(self, detail: str) -> None:
        """The file cannot be read beyond the rows numbered so far."""
        row = max([self.next, *(b.row + 1 for b in self.broken)])
        self.broken.append(Broken(row, "sources.damaged_file", {"detail": detail}))

    def number(self, n: int) -> _NUMBERS:
        """Numbers of the next ``n`` good rows."""
        later = np.array([b.row for b in self.broken if b.row >= self.next], dtype=np.int64)
        end = self.next + n
        while (wanted := self.next + n + int((later < end).sum())) != end:
            end = wanted
        numbers = np.setdiff1d(np.arange(self.next, end, dtype=np.int64), later, assume_unique=True)
        self.next = end
        return numbers

    def hand_on(self, up_to: int | None) -> tuple[Broken, ...]:
        """Broken rows not yet handed on, up to a row number."""
        rest = self.broken[self.told :]
        new = tuple(b for b in rest if up_to is None or b.row <= up_to)
        self.told += len(new)
        return new


def _csv_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    count = _RowCount(RecordGuard(file.delimiter, len(file.headers)))
    names = [str(i) for i in range(len(file.headers))]
    pending: list[tuple[pa.Table, _NUMBERS]] = []
    held = 0
    try:
        for batch in _csv_batches(file, names, count):
            pending.append((pa.Table.from_batches([batch]), count.number(batch.num_rows)))
            held += batch.num_rows
            while held >= size:
                table, rows, pending = _cut(pending, size)
                held -= size
                last = int(rows[-1])
                yield _csv_chunk(file, table, rows, count.hand_on(last), last)
    except (pa.ArrowException, *DAMAGED) as error:
        count.breaks_off(brief(error))
    table, rows, _ = _cut(pending, held)
    broken = count.hand_on(None)
    last = max([count.next - 1, *(b.row for b in broken)])
    if held or broken:
        yield _csv_chunk(file, table, rows, broken, last)


def _csv_batches(file: DataFile, names: list[str], count: _RowCount) -> Iterator[pa.RecordBatch]:
    import pyarrow.csv as pcsv

    with utf8_of(file.path, file.encoding, count.guard) as stream:
        reader = pcsv.open_csv(
            stream,
            read_options=pcsv.ReadOptions(
                column_names=names, skip_rows_after_names=1, use_threads=False, block_size=BLOCK
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=file.delimiter,
                newlines_in_values=True,
                ignore_empty_lines=False,
                invalid_row_handler=count.refuse,
            ),
            convert_options=pcsv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), check_utf8=False, strings_can_be_null=False
            ),
        )
        yield from reader
        if stream.damage:
            count.breaks_off(stream.damage)


def _cut(parts: list[tuple[pa.Table, _NUMBERS]], n: int) -> tuple[pa.Table, _NUMBERS, list[tuple[pa.Table, _NUMBERS]]]:
    """The first ``n`` rows of some parts, and what remains."""
    if not parts:
        return pa.table({}), np.zeros(0, dtype=np.int64), []
    table, rows = pa.concat_tables([t for t, _ in parts]), np.concatenate([r for _, r in parts])
    rest = [(table.slice(n), rows[n:])] if len(rows) > n else []
    return table.slice(0, n), rows[:n], rest


def _csv_chunk(file: DataFile, table: pa.Table, rows: _NUMBERS, broken: tuple[Broken, ...], last: int) -> Chunk:
    """Give the columns their headers (the first of equal ones wins) and take blank rows out."""
    if not table.num_columns:
        return Chunk(pa.table({h: pa.array([], pa.string()) for h in file.headers}), rows, broken, 0, last)
    blank = _blank(table)
    if blank.any():
        table, rows = table.filter(pa.array(~blank)), rows[~blank]
    columns: dict[str, Any] = {}
    for header, column in zip(file.headers, table.columns, strict=True):
        columns.setdefault(header, column)
    return Chunk(pa.table(columns), rows, broken, int(blank.sum()), last)


def _blank(table: pa.Table) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    blank = np.ones(table.num_rows, dtype=bool)
    for column in table.columns:
        blank &= np.asarray(pc.equal(pc.binary_length(column), 0))
        if not blank.any():
            break
    return blank


# -- Parquet and JSON Lines --------------------------------------------------------------------------------------------


def _parquet_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    import pyarrow.parquet as pq

    done = 0
    try:
        with pq.ParquetFile(file.path) as parquet:
            for batch in parquet.iter_batches(batch_size=size):
                rows = np.arange(done + 1, done + 1 + batch.num_rows, dtype=np.int64)
                done += batch.num_rows
                yield Chunk(_flat(pa.Table.from_batches([batch])), rows, last=done)
    except (pa.ArrowException, OSError) as error:
        broken = Broken(done + 1, "sources.damaged_file", {"detail": brief(error)})
        yield Chunk(pa.table({}), np.zeros(0, dtype=np.int64), (broken,), last=done + 1)


def _flat(table: pa.Table) -> pa.Table:
    """Lists and structures as text, as they would come out of JSON Lines."""
    for i, column in enumerate(table.schema):
        if pa.types.is_nested(column.type):
            table = table.set_column(i, column.name, _text_column(table.column(i).to_pylist()))
    return table


def _json_headers(path: Path, encoding: str) -> tuple[str, ...]:
    """Names in the first objects of the file, in the order met."""
    names: dict[str, None] = {}
    blank = True
    with utf8_of(path, encoding) as lines:
        for _, line in zip(range(1000), lines, strict=False):
            value = _object(line)
            names |= dict.fromkeys(value) if isinstance(value, dict) else {}
            blank &= not line.strip()
        if lines.damage and not names:
            raise EOFError(lines.damage)
    if not names and not blank:
        raise InputError("sources.no_objects", file=shown_name(path))
    return tuple(names)


def _object(line: bytes) -> dict[str, Any] | str:
    """The object of a line, or what is wrong with it."""
    try:
        value = orjson.loads(line.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        return brief(error)
    return value if isinstance(value, dict) else type(value).__name__


def _json_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    number, blank = 0, 0
    objects: list[dict[str, Any]] = []
    rows: list[int] = []
    broken: list[Broken] = []
    try:
        with utf8_of(file.path, file.encoding) as lines:
            for line in lines:
                number += 1
                value = _object(line) if line.strip() else None
                if isinstance(value, dict):
                    objects.append(value)
                    rows.append(number)
                elif value is None:
                    blank += 1
                else:
                    broken.append(
                        Broken(number, "sources.bad_json", {"detail": value}, line.decode("utf-8", "replace"))
                    )
                if len(objects) == size:
                    yield Chunk(text_columns(objects), np.array(rows, dtype=np.int64), tuple(broken), blank, number)
                    objects, rows, broken, blank = [], [], [], 0
            damage = lines.damage
    except DAMAGED as error:
        damage = brief(error)
    if damage:
        number += 1
        broken.append(Broken(number, "sources.damaged_file", {"detail": damage}))
    if objects or broken or blank:
        yield Chunk(text_columns(objects), np.array(rows, dtype=np.int64), tuple(broken), blank, number)


def text_columns(objects: Sequence[dict[str, Any]]) -> pa.Table:
    """Objects as text columns; a value that is no text is written as JSON would, a list of texts with `;`."""
    names = dict.fromkeys(name for o in objects for name in o)
    return pa.table({name: _text_column([o.get(name) for o in objects]) for name in names})


def _text_column(values: list[Any]) -> pa.Array[Any]:
    try:
        return pa.array(values, pa.string())
    except (pa.ArrowTypeError, pa.ArrowInvalid):
        return pa.array([_plain(v) for v in values], pa.string())


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(v, str) for v in value):
        return ";".join(value)
    return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
