"""A CRM export as a source: accounts, contacts, deals and activities in the columns of a named preset.

One row of an export can make several claims (an account is an organization, and its owner owns it); each page counts
the claims of one kind. Rows left out (deleted, planned, without a contact) and rows that could not be read are counted
once, with the first claim of their object.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field, field_validator

from graphsvc.cleaning import clean
from graphsvc.clock import now
from graphsvc.errors import InputError
from graphsvc.habits import LOOKED_AT, Habits, habits_of
from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import phrase
from graphsvc.records import Page
from graphsvc.registry import source
from graphsvc.settings import settings
from ingest.chunk import Chunk
from ingest.crm_export import Export, ObjectFile
from ingest.crm_presets import PRESETS, Claim
from ingest.crm_rules import Sheet, left_out, notes, said_before
from ingest.files import broken_row
from ingest.folders import shown_name
from ingest.progress import Progress


class CrmConfig(BaseModel):
    """Where an export is and which CRM it comes from."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path = Field(description="The folder of the export, or one file of it.")
    preset: Literal["auto", "salesforce", "maven"] = Field("auto", description="Kind of export; auto: by its files.")
    name: str = Field("crm", min_length=1, description="Name of this source instance; record keys are its own.")
    page_rows: int = Field(default_factory=lambda: settings().page_rows, ge=1, description="Rows per page.")
    received: int | None = Field(
        None, description="When the export was received, as UTC microseconds since 1970; empty: now."
    )

    @field_validator("preset", mode="before")
    @classmethod
    def _known(cls, value: Any) -> Any:
        names = ("auto", *PRESETS)
        if value not in names:
            raise InputError("sources.unknown_preset", preset=str(value), presets=", ".join(names))
        return value


@dataclass
class _Reading:
    """One pass over an export."""

    export: Export
    config: CrmConfig
    received: int
    seen: set[tuple[Any, ...]] = field(default_factory=set)
    begun: set[Path] = field(default_factory=set)  # files of which a page was made
    habits: Habits | None = None  # of the file being read, in the columns of the present claim


@source(name="crm", config=CrmConfig)
def crm(config: CrmConfig, cursor: str | None) -> Iterator[Page]:
    """Claims of a CRM export; when none of its files changed since ``cursor``, only a note that says so.

    Raises
    ------
    InputError
        When no export is found, or a file lacks a column that its object always has; nothing is taken then.
    """
    export = Export.open(config.path, config.preset)
    options = f"{export.preset.name}/{config.page_rows}"
    progress = Progress.read(cursor, options)
    unchanged = sum(progress.unchanged(shown_name(p), p) for p in export.paths)
    if unchanged == len(export.paths):
        yield _empty(config, progress.cursor, {"sources.unchanged_file": unchanged})
        return
    reading = _Reading(export, config, config.received if config.received is not None else now())
    yield from _numbered(reading, progress)


def _numbered(reading: _Reading, progress: Progress) -> Iterator[Page]:
    """Pages after the one an interrupted sync ended with; the last one marks all files as taken."""
    export, config = reading.export, reading.config
    stats = [(shown_name(p), p.stat().st_size, p.stat().st_mtime_ns) for p in export.paths]
    mark = [hashlib.sha256(repr(stats).encode()).hexdigest()[:16]]
    done = progress.rows if progress.current == mark else 0
    waiting: Page | None = None
    for number, page in enumerate(_pages(reading), start=1):
        if waiting is not None:
            yield waiting
        progress.current, progress.rows = list(mark), number
        waiting = replace(page, cursor=progress.cursor) if number > done else None
    for path in export.paths:
        progress.finished(shown_name(path), path)
    if waiting is None:
        waiting = _empty(config, None, {} if done else {"sources.empty_file": len(export.paths)})
    remarks = (phrase("sources.unused_export", files=", ".join(export.unused)),) if export.unused else ()
    yield replace(waiting, cursor=progress.cursor, remarks=waiting.remarks + remarks)


def _empty(config: CrmConfig, cursor: str | None, notes: dict[str, int]) -> Page:
    nothing = arrow_schema(TABLES["organizations"]).empty_table()
    return Page(config.name, "organizations", nothing, cursor, notes=notes)


def _pages(reading: _Reading) -> Iterator[Page]:
    """All pages, claim by claim; those that would be empty are skipped."""
    told: set[str] = set()
    for claim in reading.export.preset.claims:
        first = claim.object not in told
        told.add(claim.object)
        reading.seen = set()
        for file in reading.export.files.get(claim.object, []):
            reading.habits = _habits(reading, claim, file)
            for chunk in file.chunks(reading.config.page_rows):
                page = _page(reading, claim, file, chunk, first)
                if page.read:
                    again = None if file.path in reading.begun else shown_name(file.path)
                    reading.begun.add(file.path)
                    yield replace(page, reread=again)


def _habits(reading: _Reading, claim: Claim, file: ObjectFile) -> Habits:
    """How a file writes times and numbers, by its head: the same however it is cut into pages."""
    with closing(file.chunks(LOOKED_AT)) as chunks:
        head = next(chunks, None)
    if head is None:
        return Habits()
    sheet = Sheet(claim.object, head, reading.export, reading.received)
    return habits_of(claim.table, pa.table({name: sheet.column(rule) for name, rule in claim.columns.items()}))


def _page(reading: _Reading, claim: Claim, file: ObjectFile, chunk: Chunk, first: bool) -> Page:
    """The claims of one kind in some rows; ``first``: count here what is wrong with the rows themselves."""
    sheet = Sheet(claim.object, chunk, reading.export, reading.received)
    out = left_out(sheet)
    columns = {name: sheet.column(rule) for name, rule in claim.columns.items()}
    keep = ~np.logical_or.reduce(list(out.values()))
    for name in claim.needs:
        keep &= columns[name].is_valid().to_numpy(zero_copy_only=False)
    if claim.distinct:
        keep &= ~said_before(columns, reading.seen)
    rows = chunk.rows[keep]
    raw = pa.table(columns).filter(pa.array(keep))
    done = clean(
        claim.table,
        raw,
        where=lambda i: f"{shown_name(file.path)}:{rows[i]}",
        received=reading.received,
        habits=reading.habits,
    )
    kept = np.flatnonzero(keep)[done.positions]
    told = {code: int(mask[kept].sum()) for code, mask in notes(sheet, claim.table).items()}
    counts = {code: int(mask.sum()) for code, mask in out.items()} | {"sources.blank_row": chunk.blank}
    counts = {code: n for code, n in counts.items() if n and first}
    rejects = (
        tuple(broken_row(shown_name(file.path), claim.table, b) for b in chunk.broken) if first else ()
    ) + done.rejects
    return Page(
        source=reading.config.name,
        table=claim.table,
        rows=done.rows,
        read=len(done.rows) + len(rejects) + sum(counts.values()),
        rejects=rejects,
        left_out=counts,
        notes={**done.notes, **{code: n for code, n in told.items() if n}},
    )
