"""CSV files: how one is laid out, and its rows in chunks."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute

from graphsvc.phrases import Arg
from ingest.chunk import Broken, Chunk, RowNumbers
from ingest.csv_records import RecordGuard
from ingest.encodings import BLOCK, DAMAGED, Layout, brief, utf8_of

if TYPE_CHECKING:
    from ingest.files import DataFile

pc: Any = pyarrow.compute
_MARKS = ",;\t|"
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)  # what Excel reads first
_LOOKED_AT = 50  # lines that tell whether blanks separate


def layout_of(head: str, *, tab: bool, header: bool) -> tuple[Layout, tuple[str, ...]]:
    r"""How a CSV is laid out, and its headers (without a header: the columns' numbers from 1).

    Parameters
    ----------
    head : the first lines of the file.
    tab : whether its name says that tabs separate.
    header : whether it has a header.

    Examples
    --------
    >>> layout_of("# a graph\n1 2 30\n1  3 31\n", tab=False, header=False)
    (Layout(delimiter=' ', header=False, skip=1, blanks=True), ('1', '2', '3'))
    """
    lines = head.split("\n")
    said = _SEPARATOR.fullmatch(lines[0])
    skip = 1 if said else _comments(lines, header)
    body = [line for line in lines[skip : skip + _LOOKED_AT] if line.strip()]
    if not body:
        return Layout(header=header), ()
    delimiter = said[1] if said else "\t" if tab else _delimiter(body, 0.9 if header else 0.5)
    blanks = delimiter == " " and not said
    layout = Layout(delimiter, header, skip, blanks)
    if not header:
        return layout, tuple(str(i + 1) for i in range(_most_fields(body, layout)))
    rest = "\n".join(lines[skip:])
    names = body[0].split() if blanks else next(csv.reader(io.StringIO(rest, newline=""), delimiter=delimiter), [])
    return layout, tuple(n.strip() for n in names)


def _most_fields(body: list[str], layout: Layout) -> int:
    """How many fields most lines have; no header says it."""
    rows = (line.split() if layout.blanks else next(csv.reader([line], delimiter=layout.delimiter)) for line in body)
    return Counter(len(row) for row in rows).most_common(1)[0][0]


def _comments(lines: list[str], header: bool) -> int:
    """Lines above the header that begin with # or %; one such as ``#id,name`` is the header itself."""
    count = 0
    while count < len(lines) and lines[count][:1] in ("#", "%"):
        count += 1
    if not count or count == len(lines) or not lines[count].strip():
        return 0
    last, mark = lines[count - 1], max(_MARKS, key=lines[count].count)
    own = header and last[1:2].strip() != "" and 0 < last.count(mark) == lines[count].count(mark)
    return count - 1 if own else count


def _delimiter(body: list[str], share: float) -> str:
    """The sign most frequent in the first line; blanks where there is none and more lines than a share are alike."""
    best = max(_MARKS, key=lambda d: (body[0].count(d), d == ","))
    found = body[0].count(best)
    words = [line.split() for line in body[:-1] or body]  # the last one may be cut
    same = sum(len(w) == len(words[0]) for w in words)
    alike = len(words[0]) > 1 and same > share * len(words) and '"' not in "".join(body)
    if not found:
        return " " if alike else ","
    numbers = all(re.fullmatch(r"[-+.\d]+", w) for line in words[1:] or words for w in line)
    return " " if best == "\t" and alike and numbers and len(words[0]) != found + 1 else best


@dataclass
class _RowCount:
    """Numbers the good rows of a CSV: the parser tells the numbers of the others."""

    guard: RecordGuard
    next: int  # number of the next row
    above: int = 0  # lines over the header, which the parser does not see
    broken: list[Broken] = field(default_factory=list)
    told: int = 0  # broken rows already handed on

    def refuse(self, row: Any) -> Literal["skip"]:
        """Called by the parser, ahead of the rows it hands out."""
        code, args, text = "sources.bad_row", dict[str, Arg](), row.text
        if self.guard.refused and text.encode() == self.guard.marker:
            code, text = self.guard.refused.popleft()
        else:
            args = {"expected": row.expected_columns, "actual": row.actual_columns}
        self.broken.append(Broken(int(row.number) + self.above, code, args, text))
        return "skip"

    def breaks_off(self, detail: str) -> None:
        """The file cannot be read beyond the rows numbered so far."""
        row = max([self.next, *(b.row + 1 for b in self.broken)])
        self.broken.append(Broken(row, "sources.damaged_file", {"detail": detail}))

    def number(self, n: int) -> RowNumbers:
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


def csv_chunks(file: DataFile, size: int) -> Iterator[Chunk]:
    """The rows of a CSV, ``size`` at a time."""
    guard = RecordGuard(file.layout.delimiter, len(file.headers), header=file.layout.header)
    count = _RowCount(guard, file.layout.skip + (2 if file.layout.header else 1), file.layout.skip)
    names = [str(i) for i in range(len(file.headers))]
    pending: list[tuple[pa.Table, RowNumbers]] = []
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

    with utf8_of(file.path, file.encoding, count.guard, file.layout) as stream:
        reader = pcsv.open_csv(
            stream,
            read_options=pcsv.ReadOptions(
                column_names=names, skip_rows_after_names=int(file.layout.header), use_threads=False, block_size=BLOCK
            ),
            parse_options=pcsv.ParseOptions(
                delimiter=file.layout.delimiter,
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


def _cut(
    parts: list[tuple[pa.Table, RowNumbers]], n: int
) -> tuple[pa.Table, RowNumbers, list[tuple[pa.Table, RowNumbers]]]:
    """The first ``n`` rows of some parts, and what remains."""
    if not parts:
        return pa.table({}), np.zeros(0, dtype=np.int64), []
    table, rows = pa.concat_tables([t for t, _ in parts]), np.concatenate([r for _, r in parts])
    rest = [(table.slice(n), rows[n:])] if len(rows) > n else []
    return table.slice(0, n), rows[:n], rest


def _csv_chunk(file: DataFile, table: pa.Table, rows: RowNumbers, broken: tuple[Broken, ...], last: int) -> Chunk:
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
