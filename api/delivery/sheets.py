"""A week's list as a workbook, or as comma-separated values, with what was decided on its lines.

Whom a decision keeps off the list follows its lines, without a rank.

Text stays text: in the workbook every text is written as one, and what a spreadsheet would take for a formula is marked
as quoted, so that it stays text when somebody edits the cell; in CSV it has a leading apostrophe.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from api.delivery.letters import Away, Letter, Line, Verdict, speaking
from api.delivery.texts import say, week_days
from api.sheets import Cell, empty_workbook, write_text
from api.sheets import csv_of as table_csv

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

HEADS = (
    "head_rank", "head_name", "head_company", "head_play", "head_channel", "head_gain", "head_currency",
    "head_changed", "head_reasons", "head_evidence", "head_rep", "head_decision", "head_date", "head_until",
    "head_why", "head_author", "head_link",
)  # fmt: skip
WIDTHS = (6, 22, 28, 22, 12, 14, 9, 36, 70, 10, 22, 14, 12, 12, 36, 14, 16)
MAKER = "graphsvc"


def rows_of(letter: Letter) -> list[tuple[Cell, ...]]:
    """The lines, then who is kept off the list, as cells in the order of :data:`HEADS`."""
    return [*(_cells(line, letter.name) for line in letter.lines), *(_off(a, letter.name) for a in letter.away)]


def _cells(line: Line, rep: str) -> tuple[Cell, ...]:
    changed, reasons = "\n".join(line.changed), "\n".join(line.reasons)
    what = (line.rank, line.name, line.company, line.play, line.channel, round(line.gain, 2), line.currency or "")
    return (*what, changed, reasons, line.evidence, rep, *_decided(line.verdict), line.link)


def _off(away: Away, rep: str) -> tuple[Cell, ...]:
    return (None, away.name, "", "", "", None, "", "", "", None, rep, *_decided(away.verdict), away.link)


def _decided(said: Verdict | None) -> tuple[str, ...]:
    return (said.state, said.date, said.until, said.reason, said.author) if said else ("",) * 5


def csv_of(letter: Letter) -> bytes:
    """Comma-separated values in UTF-8 with the mark by which spreadsheets know it."""
    with speaking(letter.language):
        return table_csv([say(head) for head in HEADS], rows_of(letter))


def workbook_of(letter: Letter, made: dt.datetime) -> bytes:
    """The workbook; ``made`` stands in its properties, so that the same letter gives the same bytes."""
    out = io.BytesIO()
    book = empty_workbook(out)
    with speaking(letter.language):
        name = say("sheet_name", week=letter.number)
        book.set_properties({"title": name, "author": MAKER, "created": made.replace(tzinfo=None)})
        formats = {n: book.add_format(v) for n, v in FORMATS.items()}
        _fill(book.add_worksheet(name), letter, formats)
        _about(book.add_worksheet(say("sheet_about")), letter, formats)
    book.close()
    return out.getvalue()


FORMATS: Mapping[str, Mapping[str, Any]] = {
    "head": {"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "quoted": {"text_wrap": True, "valign": "top", "quote_prefix": True},
    "number": {"valign": "top", "num_format": "#,##0"},
    "link": {"valign": "top", "font_color": "#0b5cad", "underline": 1},
}


def _fill(sheet: Worksheet, letter: Letter, formats: dict[str, Format]) -> None:
    for column, (head, width) in enumerate(zip(HEADS, WIDTHS, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, say(head), formats["head"])
    rows = rows_of(letter)
    for number, row in enumerate(rows, 1):
        for column, cell in enumerate(row[:-1]):
            _write(sheet, number, column, cell, formats)
        sheet.write_url(number, len(row) - 1, str(row[-1]), formats["link"], say("open_line"))
    sheet.freeze_panes(1, 2)
    if rows:
        sheet.autofilter(0, 0, len(rows), len(HEADS) - 1)


def _write(sheet: Worksheet, row: int, column: int, cell: Cell, formats: dict[str, Format]) -> None:
    if isinstance(cell, str):
        write_text(sheet, row, column, cell, formats["text"], formats["quoted"])
    elif cell is not None:
        sheet.write_number(row, column, cell, formats["number"])


def _about(sheet: Worksheet, letter: Letter, formats: dict[str, Format]) -> None:
    """Whose list it is, of which week, and what holds for all of it."""
    sheet.set_column(0, 0, 22)
    sheet.set_column(1, 1, 70)
    said = ((say("head_rep"), letter.name), (say("head_week"), f"{letter.week} ({week_days(letter.week)})"))
    for row, (head, text) in enumerate((*said, *((say("head_note"), n) for n in letter.notes))):
        sheet.write_string(row, 0, head, formats["head"])
        _write(sheet, row, 1, text, formats)
    sheet.write_url(len(said) + len(letter.notes), 1, letter.link, formats["link"], say("open_list"))
