"""Tables as a source: a folder or one file of CSV, Parquet or JSON Lines in the columns of :mod:`graphsvc.model`.

Files are recognised by name, headers by the model's column names or a mapping; every file's headers are checked before
the first row is taken, so that a wrong mapping takes nothing in. Tables come in a fixed order, interactions last.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from graphsvc.cleaning import Cleaned, clean
from graphsvc.clock import now
from graphsvc.errors import InputError
from graphsvc.model import TABLES, TableName, arrow_schema, column_names, required_columns
from graphsvc.phrases import Phrase, phrase
from graphsvc.records import Page
from graphsvc.registry import source
from graphsvc.settings import settings
from graphsvc.times import pc
from ingest.files import ENDINGS, Chunk, DataFile, broken_row, format_of, is_text, open_file, stem_of
from ingest.folders import listed, shown_name
from ingest.progress import Progress

ORDER: tuple[TableName, ...] = ("organizations", "people", "works", "opportunities", "facts", "interactions")
# Names a file may begin with; what follows must not be a letter ("people-2026.csv", "interactions_01.parquet").
FILE_NAMES: dict[TableName, tuple[str, ...]] = {
    "organizations": ("organizations", "organisations", "accounts", "companies", "组织", "客户", "公司"),
    "people": ("people", "persons", "contacts", "人员", "联系人"),
    "works": ("works", "作品"),
    "opportunities": ("opportunities", "deals", "商机"),
    "facts": ("facts", "事实"),
    "interactions": ("interactions", "messages", "activities", "互动"),
}


class TablesConfig(BaseModel):
    """Where the tables are and how to read them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="A folder of files, or one file.")
    table: TableName | None = Field(None, description="The table, where the file's name does not tell it.")
    map: dict[str, str] = Field(
        default_factory=dict,
        description="[TABLE.]COLUMN=HEADER where a header is another; COLUMN==TEXT gives every row that text; "
        "COLUMN= leaves a column out.",
    )
    name: str = Field("tables", min_length=1, description="Name of this source instance; record keys are its own.")
    keep_repeats: bool = Field(False, description="Count repeated rows of one file as interactions of their own.")
    page_rows: int = Field(default_factory=lambda: settings().page_rows, ge=1, description="Rows per page.")
    received: int | None = Field(
        None, description="When the files were received, as UTC microseconds since 1970; empty: now."
    )

    @field_validator("table", mode="before")
    @classmethod
    def _table(cls, value: Any) -> Any:
        if value is not None and value not in TABLES:
            raise InputError("sources.unknown_table", table=str(value), tables=", ".join(ORDER))
        return value

    @field_validator("map", mode="before")
    @classmethod
    def _entries(cls, value: Any) -> Any:
        """The command line's ``["from=from_id", "kind==FOLLOWS"]`` as ``{"from": "from_id", "kind": "=FOLLOWS"}``."""
        if isinstance(value, Mapping):
            return dict(value)
        for entry in value:
            if "=" not in entry:
                raise InputError("sources.bad_map", entry=entry, columns=_all_columns())
        return {column.strip(): header.strip() for column, _, header in (entry.partition("=") for entry in value)}

    @field_validator("map")
    @classmethod
    def _known(cls, value: dict[str, str]) -> dict[str, str]:
        for entry in value:
            table, _, column = entry.rpartition(".")
            tables = [TABLES[table]] if table in TABLES else [] if table else list(TABLES.values())
            if not any(column in column_names(t) for t in tables):
                raise InputError("sources.bad_map", entry=f"{entry}={value[entry]}", columns=_all_columns())
        return value


def _all_columns() -> str:
    return ", ".join(sorted({name for model in TABLES.values() for name in column_names(model)}))


@dataclass(frozen=True)
class _Plan:
    """One file to read: its table, and where each column of the model comes from."""

    table: TableName
    name: str
    file: DataFile
    columns: dict[str, str]  # column -> header
    constants: dict[str, str]  # column -> text of every row
    ignored: tuple[str, ...]  # headers not used

    @property
    def remarks(self) -> tuple[Phrase, ...]:
        out = []
        if self.file.encoding != "utf-8":
            out.append(phrase("sources.other_encoding", file=self.name, encoding=self.file.encoding.upper()))
        if self.ignored:
            out.append(phrase("sources.ignored_columns", file=self.name, columns=", ".join(self.ignored)))
        return tuple(out)


@source(name="tables", config=TablesConfig)
def tables(config: TablesConfig, cursor: str | None) -> Iterator[Page]:
    """Rows of tables, from where ``cursor`` left off; unchanged files are not read again.

    Raises
    ------
    InputError
        When no table is found, a required column is missing or a mapped header does not exist; nothing is taken then.
    """
    received = config.received if config.received is not None else now()
    progress = Progress.read(cursor, _options_digest(config))
    found, ignored = _find(config)
    changed = [(t, n, p) for t, n, p in found if not progress.unchanged(n, p)]
    plans = [_plan(table, name, open_file(path), config) for table, name, path in changed]
    if len(plans) == len(found):
        _check_mapped(config, plans)
    remarks: tuple[Phrase, ...] = ()
    if ignored:
        remarks = (phrase("sources.ignored_files", files=", ".join(ignored)),)
    for plan in plans:
        yield from _pages(plan, config, received, progress)
    unchanged = len(found) - len(changed)
    if unchanged or remarks:
        notes = {"sources.unchanged_file": unchanged} if unchanged else {}
        last = found[-1][0]
        yield Page(config.name, last, _no_rows(last), progress.cursor, notes=notes, remarks=remarks)


def _options_digest(config: TablesConfig) -> str:
    told = (config.table, sorted(config.map.items()), config.keep_repeats)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


# -- finding files and columns ---------------------------------------------------------------------------------------


def table_of(path: Path) -> TableName | None:
    """The table that a file's name tells.

    Examples
    --------
    >>> table_of(Path("People-2026.csv.gz")), table_of(Path("peoples.csv")), table_of(Path("people.txt"))
    ('people', None, None)
    """
    if format_of(path) is None:
        return None
    for table, names in FILE_NAMES.items():
        if any(re.match(rf"{name}(?![a-z])", stem_of(path)) for name in names):
            return table
    return None


def _find(config: TablesConfig) -> tuple[list[tuple[TableName, str, Path]], list[str]]:
    """Files to read as (table, name, path) in their order, and names of data files that no table claims."""
    path = config.path
    there = listed(path)
    told = [(table_of(p), p) for p in there]
    if config.table is not None:
        mine = [p for t, p in told if t == config.table] if path.is_dir() else there
        told = [(config.table, p) for p in mine or [p for t, p in told if t is None and format_of(p)]]
    found = [(t, shown_name(p), p) for t, p in told if t is not None]
    if not found:
        names = ", ".join(n for t in ORDER for n in FILE_NAMES[t])
        raise InputError("sources.no_tables", path=str(path), names=names, endings=", ".join(ENDINGS))
    found.sort(key=lambda f: (ORDER.index(f[0]), f[1]))
    return found, [] if config.table else [shown_name(p) for t, p in told if t is None and format_of(p)]


def _plan(table: TableName, name: str, file: DataFile, config: TablesConfig) -> _Plan:
    columns: dict[str, str] = {}
    constants: dict[str, str] = {}
    if not file.headers:
        return _Plan(table, name, file, columns, constants, ())
    missing: list[str] = []
    for column in column_names(TABLES[table]):
        meant = f"{table}.{column}" in config.map or config.table is not None or config.path.is_file()
        header = config.map.get(f"{table}.{column}", config.map.get(column))
        if header is not None and header.startswith("="):
            constants[column] = header[1:]
        elif (there := _header(file, column, header, only_mapped=meant)) is not None:
            columns[column] = there
        elif header:
            raise InputError(
                "sources.no_header", file=name, header=header, column=column, table=table, headers=_shown(file)
            )
        elif column in required_columns(TABLES[table]):
            if not is_text(file.headers):
                raise InputError("sources.not_text", file=name)
            missing.append(column)
    if missing:
        every = ", ".join(missing)
        raise InputError(
            "sources.no_column",
            file=name,
            columns=every,
            column=missing[0],
            table=table,
            headers=_shown(file),
        )
    for header in columns.values():
        if file.headers.count(header) > 1:
            raise InputError("sources.twice_column", file=name, header=header)
    used = set(columns.values())
    return _Plan(table, name, file, columns, constants, tuple(h for h in file.headers if h and h not in used))


def _check_mapped(config: TablesConfig, plans: list[_Plan]) -> None:
    """A mapping need not fit every file of a folder, but one that fits none is a slip of the pen."""
    headers = {h for plan in plans for h in plan.columns.values()}
    for column, header in config.map.items():
        if header and header[0] != "=" and not any(_same(h, header) for h in headers):
            files = ", ".join(plan.name for plan in plans if plan.file.headers)
            if files:
                raise InputError("sources.unused_map", header=header, column=column, files=files[:400])


def _same(header: str, wanted: str) -> bool:
    return re.sub(r"[\s-]+", "_", header.casefold()) == re.sub(r"[\s-]+", "_", wanted.casefold())


def _header(file: DataFile, column: str, mapped: str | None, only_mapped: bool) -> str | None:
    """The file's header for a column, whatever its case: as mapped, else the column's own name.

    A mapping said for a whole folder need not fit every file of it; one said for this file or table must.
    """
    if mapped == "":
        return None
    for wanted in (mapped,) if mapped and only_mapped else (mapped, column):
        for header in file.headers:
            if wanted is not None and header == wanted:
                return header
        for header in file.headers:
            if wanted is not None and re.sub(r"[\s-]+", "_", header.casefold()) == wanted.casefold():
                return header
    return None


def _shown(file: DataFile) -> str:
    return " ".join(", ".join(file.headers)[:400].split())


# -- rows to pages -----------------------------------------------------------------------------------------------------


def _pages(plan: _Plan, config: TablesConfig, received: int, progress: Progress) -> Iterator[Page]:
    """Pages of one file after the row the cursor names; the last one marks the file as finished."""
    done = progress.rows_done(plan.name, plan.file.path)
    repeats = _Repeats() if config.keep_repeats and plan.table == "interactions" else None
    remarks, waiting = plan.remarks, None
    for chunk in plan.file.chunks(config.page_rows):
        cleaned = _cleaned(plan, chunk, received)
        if repeats is not None:
            cleaned = repeats.number(cleaned)  # rows taken before count too
        if chunk.last <= done:
            continue
        if waiting is not None:
            yield waiting
        progress.reached(plan.name, plan.file.path, chunk.last)
        waiting = _page(plan, config.name, chunk, cleaned, progress.cursor, remarks)
        remarks = ()
    progress.finished(plan.name, plan.file.path)
    if waiting is None:
        notes = {} if done else {"sources.empty_file": 1}
        yield Page(config.name, plan.table, _no_rows(plan.table), progress.cursor, notes=notes, remarks=remarks)
    else:
        yield replace(waiting, cursor=progress.cursor)


def _cleaned(plan: _Plan, chunk: Chunk, received: int) -> Cleaned:
    n = len(chunk.rows)
    raw: dict[str, Any] = {
        column: chunk.table.column(header)
        for column, header in plan.columns.items()
        if header in chunk.table.column_names
    }
    raw |= {column: pa.repeat(pa.scalar(text), n) for column, text in plan.constants.items()}
    return clean(plan.table, pa.table(raw), where=lambda i: f"{plan.name}:{chunk.rows[i]}", received=received)


def _page(plan: _Plan, name: str, chunk: Chunk, done: Cleaned, cursor: str, remarks: tuple[Phrase, ...]) -> Page:
    rejects = tuple(broken_row(plan.name, plan.table, b) for b in chunk.broken) + done.rejects
    left_out = {"sources.blank_row": chunk.blank} if chunk.blank else {}
    return Page(
        source=name,
        table=plan.table,
        rows=done.rows,
        cursor=cursor,
        read=len(done.rows) + len(rejects) + chunk.blank,
        rejects=rejects,
        left_out=left_out,
        notes=done.notes,
        remarks=remarks,
    )


def _no_rows(table: str) -> pa.Table:
    return arrow_schema(TABLES[table]).empty_table()


@dataclass
class _Repeats:
    """Numbers rows of one file that say the same: the second gets an id of its own, and so do the third and on.

    Rows without id that repeat get ``time|from|channel#2``, so that what was one interaction with several receivers
    is, the second time, again one.
    """

    seen: Counter[str] = field(default_factory=Counter)

    def number(self, cleaned: Cleaned) -> Cleaned:
        """The rows with ids for repeats, and a note of how many there were."""
        rows = cleaned.rows
        which = np.array([self._next(key) for key in _joined(rows, rows.column_names)], dtype=np.int64)
        repeats = np.flatnonzero(which > 1)
        if not len(repeats):
            return cleaned
        ids: list[str | None] = rows.column("id").to_pylist()
        own = _joined(rows.take(repeats), ["time", "from", "channel"])
        for i, base in zip(repeats.tolist(), own, strict=True):
            ids[i] = f"{ids[i] or base}#{which[i]}"
        rows = rows.set_column(rows.column_names.index("id"), rows.schema.field("id"), pa.array(ids, pa.string()))
        return replace(cleaned, rows=rows, notes={**cleaned.notes, "sources.kept_repeats": len(repeats)})

    def _next(self, key: str) -> int:
        self.seen[key] += 1
        return self.seen[key]


def _joined(rows: pa.Table, names: Iterable[str]) -> list[str]:
    parts = [pc.fill_null(rows.column(n).cast(pa.string()), "") for n in names]
    joined: list[str] = pc.binary_join_element_wise(*parts, "|").to_pylist()
    return joined
