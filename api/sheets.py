"""Tables as CSV and as workbooks: what people export ends in a spreadsheet, where a text must stay a text.

In CSV a text that a spreadsheet would take for a formula has a leading apostrophe; in a workbook every text is written
as one, and such a text is marked as quoted, so that it stays text when somebody edits the cell.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from api.answers.export import defused

if TYPE_CHECKING:
    from xlsxwriter import Workbook
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

Cell = str | int | float | bool | None
Row = Sequence[Cell]
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
MADE = dt.datetime(2000, 1, 1)  # in a workbook's properties: the same table gives the same bytes


def legal(text: str) -> str:
    r"""A text as XML can hold it: without control characters, line breaks as ``\n``.

    Examples
    --------
    >>> legal("a\x00b\r\nc")
    'ab\nc'
    """
    return re.sub("\r\n?", "\n", _NO_XML.sub("", text))


def csv_of(head: Sequence[str], rows: Sequence[Row]) -> bytes:
    """Comma-separated values in UTF-8, with the mark by which spreadsheets know it; an empty cell is null."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(head)
    for row in rows:
        writer.writerow([defused(cell) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8-sig")


def empty_workbook(out: io.BytesIO) -> Workbook:
    """A workbook to be written into memory in which nothing is taken for a formula, an address or a number."""
    import xlsxwriter

    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    return xlsxwriter.Workbook(out, options)


def write_text(sheet: Worksheet, row: int, column: int, text: str, plain: Format | None, quoted: Format) -> None:
    """A text as text: ``quoted`` where a spreadsheet would take it for a formula once somebody edits it."""
    text = legal(text)
    sheet.write_string(row, column, text, plain if defused(text) == text else quoted)


def workbook_of(sheets: Mapping[str, tuple[Sequence[str], Sequence[Row]]]) -> bytes:
    """A workbook of some sheets, by name: a head and rows."""
    out = io.BytesIO()
    book = empty_workbook(out)
    book.set_properties({"created": MADE})
    bold, quoted = book.add_format({"bold": True, "bottom": 1}), book.add_format({"quote_prefix": True})
    for name, (head, rows) in sheets.items():
        sheet = book.add_worksheet(name)
        for column, text in enumerate(head):
            sheet.write_string(0, column, text, bold)
        for number, row in enumerate(rows, 1):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    write_text(sheet, number, column, cell, None, quoted)
                elif isinstance(cell, bool):
                    sheet.write_boolean(number, column, cell)
                elif cell is not None:
                    sheet.write_number(number, column, cell)
        sheet.freeze_panes(1, 0)
    book.close()
    return out.getvalue()
