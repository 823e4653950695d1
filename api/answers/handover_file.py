"""A hand-over as a file: one row per contact, with the account it is at, in the reader's language."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from api.shapes import Entity
from api.shapes_boards import HandoverAccount, HandoverAnswer, HandoverContact
from api.sheets import Cell, csv_of, workbook_of
from graphsvc.phrases import catalogue, current_language, phrase

Format = Literal["csv", "xlsx"]
MEDIA: dict[Format, str] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
HEADS = (
    "rep", "account", "owned", "amount", "currency", "open_deals", "contact", "key", "job", "important", "band",
    "strength", "health", "last", "suggested", "suggested_band", "path", "why",
)  # fmt: skip


def handover_file(found: HandoverAnswer, form: Format) -> bytes:
    """The hand-over in one format; an account without contacts has a row of its own."""
    head = [phrase(f"boards.file_{name}").text() for name in HEADS]
    rows = [row for account in found.accounts for row in _rows(found.rep, account)]
    return csv_of(head, rows) if form == "csv" else workbook_of({phrase("boards.file_sheet").text(): (head, rows)})


def _rows(rep: Entity, account: HandoverAccount) -> Iterator[tuple[Cell, ...]]:
    start = (
        _name(rep),
        _name(account.organization) or phrase("boards.no_organization").text(),
        account.owned,
        account.amount,
        account.currency,
        account.open_deals,
    )
    for contact in account.contacts:
        yield (*start, *_cells(contact))
    if not account.contacts:
        yield (*start, *(None for _ in HEADS[len(start) :]))


def _cells(contact: HandoverContact) -> tuple[Cell, ...]:
    return (
        _name(contact.person),
        contact.person.key,
        contact.title,
        contact.important,
        _band(contact.band),
        contact.strength,
        contact.health,
        contact.last,
        _name(contact.suggested),
        _band(contact.suggested_band),
        " → ".join(_name(e) or e.id for e in contact.path) or None,
        " ".join(contact.why),
    )


def _name(entity: Entity | None) -> str | None:
    return None if entity is None else entity.name or entity.key


def _band(band: str | None) -> str | None:
    return None if band is None else catalogue(current_language(), "cli").get(f"word_band_{band}", band)
