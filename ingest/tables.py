"""Tables as a source: a folder or one file of CSV, Parquet or JSON Lines in the columns of :mod:`graphsvc.model`.

Files are recognised by name, headers by the model's column names or a mapping; every file's headers are checked before
the first row is taken, so that a wrong mapping takes nothing in. Tables come in a fixed order, interactions last.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import pyarrow as pa

from graphsvc.cleaning import Cleaned, clean
from graphsvc.clock import now
from graphsvc.habits import LOOKED_AT, Habits, habits_of
from graphsvc.model import TABLES, arrow_schema
from graphsvc.phrases import Phrase
from graphsvc.records import Page
from graphsvc.registry import source
from ingest.chunk import Chunk, RowNumbers
from ingest.files import broken_row, open_file
from ingest.progress import Progress
from ingest.receivers import spread
from ingest.repeats import Repeats
from ingest.table_config import TablesConfig
from ingest.table_files import find
from ingest.table_plan import Plan, check_mapped, plan_of

__all__ = ["TablesConfig", "tables"]


@source(name="tables", config=TablesConfig)
def tables(config: TablesConfig, cursor: str | None) -> Iterator[Page]:
    """Rows of tables, from where ``cursor`` left off; unchanged files are not read again.

    Raises
    ------
    InputError
        When no table is found, a required column is missing or a mapped header does not exist; nothing is taken then.
    """
    received = config.received if config.received is not None else now()
    progress = Progress.read(cursor, config.digest)
    there = find(config)
    found, remarks = there.files, there.remarks
    changed = [(t, n, p) for t, n, p in found if not progress.unchanged(n, p)]
    plans = [
        plan_of(table, name, open_file(path, header=not config.no_header), config) for table, name, path in changed
    ]
    if len(plans) == len(found):
        check_mapped(config, plans)
    for plan in plans:
        yield from _pages(plan, config, received, progress)
    unchanged = len(found) - len(changed)
    if unchanged or remarks:
        notes = {"sources.unchanged_file": unchanged} if unchanged else {}
        last = found[-1][0]
        yield Page(config.name, last, _no_rows(last), progress.cursor, notes=notes, remarks=remarks)


# -- rows to pages -----------------------------------------------------------------------------------------------------


def _pages(plan: Plan, config: TablesConfig, received: int, progress: Progress) -> Iterator[Page]:
    """Pages of one file after the row the cursor names; the last one marks the file as finished."""
    done = progress.rows_done(plan.name, plan.file.path)
    repeats = Repeats() if config.keep_repeats and plan.table == "interactions" else None
    remarks, waiting, habits = plan.remarks, None, _habits(plan, config)
    first = True
    for chunk in plan.file.chunks(config.page_rows):
        cleaned = _cleaned(plan, chunk, received, habits)
        if repeats is not None:
            cleaned = repeats.number(cleaned)  # rows taken before count too
        if chunk.last <= done:
            continue
        if waiting is not None:
            yield waiting
        progress.reached(plan.name, plan.file.path, chunk.last)
        waiting = _page(plan, config.name, chunk, cleaned, progress.cursor, remarks)
        if not done and first:
            waiting = replace(waiting, reread=plan.name)
        remarks, first = (), False
    progress.finished(plan.name, plan.file.path)
    if waiting is None:
        notes = {} if done else {"sources.empty_file": 1}
        nothing, again = _no_rows(plan.table), None if done else plan.name
        yield Page(config.name, plan.table, nothing, progress.cursor, notes=notes, remarks=remarks, reread=again)
    else:
        yield replace(waiting, cursor=progress.cursor)


def _raw(plan: Plan, chunk: Chunk) -> tuple[pa.Table, RowNumbers]:
    """Rows under the columns of their table, with their numbers; of several receivers each has a row."""
    raw: dict[str, Any] = {
        column: chunk.table.column(header)
        for column, header in plan.columns.items()
        if header in chunk.table.column_names
    }
    n = len(chunk.rows)
    raw |= {column: pa.repeat(pa.scalar(text), n) for column, text in plan.constants.items()}
    table = pa.table(raw)
    return spread(table, chunk.rows) if plan.table == "interactions" else (table, chunk.rows)


def _habits(plan: Plan, config: TablesConfig) -> Habits:
    """How the file writes times and numbers, by its head: the same however it is cut into pages."""
    with closing(plan.file.chunks(LOOKED_AT)) as chunks:
        head = next(chunks, None)
    raw = _raw(plan, head)[0] if head is not None else pa.table({})
    return habits_of(plan.table, raw, config.times)


def _cleaned(plan: Plan, chunk: Chunk, received: int, habits: Habits) -> Cleaned:
    raw, rows = _raw(plan, chunk)
    return clean(plan.table, raw, where=lambda i: f"{plan.name}:{rows[i]}", received=received, habits=habits)


def _page(plan: Plan, name: str, chunk: Chunk, done: Cleaned, cursor: str, remarks: tuple[Phrase, ...]) -> Page:
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
