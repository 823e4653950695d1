"""What a CRM export says only between its lines: which rows count, and columns worked out from several headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from graphsvc import words
from graphsvc.times import Column, Mask, parse_times, pc
from ingest.chunk import Chunk
from ingest.crm_export import Export
from ingest.files import texts_of

_TEXT = pa.string()
_CHANNELS = {"mail": "mail", "reply": "mail", "list_mail": "mail", "call": "phone", "chat": "chat"}


@dataclass(frozen=True)
class Sheet:
    """Some rows of an object, by header whatever its case, with what the rules need beside them."""

    object: str
    chunk: Chunk
    export: Export
    received: int
    _kept: dict[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.chunk.rows)

    @cached_property
    def _headers(self) -> Mapping[str, str]:
        return {h.casefold(): h for h in reversed(self.chunk.table.column_names)}

    def column(self, rule: str) -> Column:
        """Text of a rule: ``=text``, ``A|B`` or ``*rule``; null where empty."""
        if rule not in self._kept:
            self._kept[rule] = self._worked_out(rule)
        return self._kept[rule]

    def _worked_out(self, rule: str) -> Column:
        if rule.startswith("="):
            return pa.repeat(pa.scalar(rule[1:]), len(self))
        if rule.startswith("*"):
            return COLUMNS[self.object, rule[1:]](self)
        there = [self._text(self._headers[h.casefold()]) for h in rule.split("|") if h.casefold() in self._headers]
        return pc.coalesce(*there) if there else pa.nulls(len(self), _TEXT)

    def _text(self, header: str) -> Column:
        """A column as valid text; damaged bytes become U+FFFD, which cleaning rejects."""
        values = [None if v is None else v.strip() for v in texts_of(self.chunk.table.column(header))]
        return pa.array([v or None for v in values], _TEXT)

    def texts(self, rule: str) -> list[str | None]:
        """The same as a list."""
        found: list[str | None] = self.column(rule).to_pylist()
        return found

    def says(self, rule: str) -> Mask:
        """Rows whose flag is set."""
        return np.array([v is not None and words.flag(v) is True for v in self.texts(rule)], dtype=bool)

    def empty(self, rule: str) -> Mask:
        """Rows that leave the column empty."""
        mask: Mask = self.column(rule).is_null().to_numpy(zero_copy_only=False)
        return mask


# -- rows left out ---------------------------------------------------------------------------------------------------


def left_out(sheet: Sheet) -> dict[str, Mask]:
    """Rows that say nothing to us, by reason; a row has one reason."""
    reasons = {"sources.deleted_row": sheet.says("IsDeleted")}
    if sheet.object in ("Task", "Event"):
        reasons["sources.private_row"] = sheet.says("IsPrivate")
        reasons["sources.not_done"] = _not_done(sheet)
        reasons["sources.no_party"] = sheet.empty("OwnerId") | sheet.empty("WhoId")
    before = np.zeros(len(sheet), dtype=bool)
    out = {}
    for code, mask in reasons.items():
        out[code] = mask & ~before
        before |= mask
    return out


def _not_done(sheet: Sheet) -> Mask:
    """Tasks not completed, events yet to come, and the templates of recurring ones."""
    template = sheet.says("IsRecurrence")
    if sheet.object == "Event":
        begin, _ = parse_times(sheet.column("StartDateTime|ActivityDateTime|ActivityDate"), years=False)
        later: Mask = pc.fill_null(pc.greater(begin.cast(pa.int64()), sheet.received), False).to_numpy(
            zero_copy_only=False
        )
        return template | later
    done = {"completed", "closed", "done", "已完成", "完成"}
    open_ = np.array([v is not None and v.casefold() not in done for v in sheet.texts("Status")], dtype=bool)
    return template | (open_ & ~sheet.says("IsClosed"))


# -- columns worked out ------------------------------------------------------------------------------------------------


def _full_name(sheet: Sheet) -> Column:
    """Name, else first and last name together."""
    parts = zip(*(sheet.texts(h) for h in ("Name", "FirstName", "LastName")), strict=True)
    return pa.array([name or " ".join(p for p in (a, b) if p) or None for name, a, b in parts], _TEXT)


def _won(sheet: Sheet) -> Column:
    """Open unless closed, then as the CRM says; where it has no such columns the stage tells."""
    closed, won = sheet.texts("IsClosed"), sheet.texts("IsWon")
    return pa.array(
        [None if c is None else w if words.flag(c) else "open" for c, w in zip(closed, won, strict=True)], _TEXT
    )


def _sender(sheet: Sheet) -> Column:
    return pc.if_else(_inbound(sheet), sheet.column("WhoId"), sheet.column("OwnerId"))


def _receiver(sheet: Sheet) -> Column:
    return pc.if_else(_inbound(sheet), sheet.column("OwnerId"), sheet.column("WhoId"))


def _inbound(sheet: Sheet) -> Column:
    """Calls that the CRM marks as coming in; of mails it does not know, so they go from the owner."""
    return pa.array([(v or "").casefold() in {"inbound", "呼入"} for v in sheet.texts("CallType")])


def _task_kind(sheet: Sheet) -> Column:
    """By type, then subtype, then the way Salesforce words a logged subject ("Email: ...", "Call")."""
    rows = zip(*(sheet.texts(h) for h in ("Type", "TaskSubtype", "Subject")), strict=True)
    return pa.array([_kind_of("task", a, b, c) for a, b, c in rows], _TEXT)


def _event_kind(sheet: Sheet) -> Column:
    rows = zip(sheet.texts("Type"), sheet.texts("EventSubtype"), strict=True)
    return pa.array([_kind_of("meeting", a, b, None) for a, b in rows], _TEXT)


def _kind_of(default: str, type_: str | None, subtype: str | None, subject: str | None) -> str:
    first_word = (subject or "").partition(":")[0].partition(" ")[0]
    for text in (type_, "list_mail" if subtype == "ListEmail" else subtype, first_word):
        if text and (kind := words.kind(text)) in words.KINDS:
            return kind
    return default


def _channel(sheet: Sheet) -> Column:
    """Where it happened: calls by phone, mails by mail, events in the calendar, the rest in the CRM."""
    other = "calendar" if sheet.object == "Event" else "crm"
    return pa.array([_CHANNELS.get(k or "", other) for k in sheet.texts("*kind")], _TEXT)


def _product(sheet: Sheet) -> Column:
    """The product as the product list writes it, compared without case, spaces and hyphens."""
    listed = {_squeezed(p): p for p in sheet.export.texts("products", "product")}
    return pa.array([None if p is None else listed.get(_squeezed(p), p) for p in sheet.texts("product")], _TEXT)


def _squeezed(text: str) -> str:
    return "".join(text.casefold().split()).replace("-", "").replace("_", "")


def _first_engaged(sheet: Sheet) -> Column:
    """When the agent first engaged at the account, over the whole pipeline; null when the agent never did."""
    first = sheet.export.least("sales_pipeline", ("sales_agent", "account"), "engage_date")
    pairs = zip(sheet.texts("sales_agent"), sheet.texts("account"), strict=True)
    return pa.array([first.get((agent or "", account or "")) for agent, account in pairs], _TEXT)


COLUMNS: dict[tuple[str, str], Callable[[Sheet], Column]] = {
    ("User", "name"): _full_name,
    ("Contact", "name"): _full_name,
    ("Opportunity", "won"): _won,
    ("Task", "from"): _sender,
    ("Task", "to"): _receiver,
    ("Task", "kind"): _task_kind,
    ("Task", "channel"): _channel,
    ("Event", "kind"): _event_kind,
    ("Event", "channel"): _channel,
    ("sales_pipeline", "product"): _product,
    ("sales_pipeline", "first_engaged"): _first_engaged,
}


# -- notes -------------------------------------------------------------------------------------------------------------


def notes(sheet: Sheet, table: str) -> dict[str, Mask]:
    """Rows taken that are worth telling."""
    if table != "opportunities":
        return {}
    account = "account" if sheet.object == "sales_pipeline" else "AccountId"
    out = {"sources.no_account": sheet.empty(account)}
    if sheet.object == "sales_pipeline":
        written, meant = sheet.texts("product"), sheet.texts("*product")
        listed = set(sheet.export.texts("products", "product"))
        out["sources.mended_product"] = np.array([a != b for a, b in zip(written, meant, strict=True)], dtype=bool)
        out["sources.unknown_product"] = np.array(
            [bool(listed) and p is not None and p not in listed for p in meant], dtype=bool
        )
    return out


def said_before(columns: Mapping[str, Any], seen: set[tuple[Any, ...]]) -> Mask:
    """Rows that say what an earlier row said; ``seen`` remembers over several chunks."""
    mask = []
    for row in zip(*(c.to_pylist() for c in columns.values()), strict=True):
        mask.append(row in seen)
        seen.add(row)
    return np.array(mask, dtype=bool)
