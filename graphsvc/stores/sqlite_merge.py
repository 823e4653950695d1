"""Taking in a page, all or nothing: its rows, what was wrong with the rest, and where to go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable

from graphsvc.errors import InputError
from graphsvc.identity import entity_id, locate
from graphsvc.model import TABLES, Label
from graphsvc.projection import DAY
from graphsvc.records import MergeReport, Page, Reject
from graphsvc.stores.sqlite_claims import LABELS, merge_claims
from graphsvc.stores.sqlite_connection import Database, Transaction
from graphsvc.stores.sqlite_facts import merge_facts
from graphsvc.stores.sqlite_interactions import merge_interactions
from graphsvc.stores.sqlite_judgements import own_newcomers
from graphsvc.stores.sqlite_names import Names, update_search

QUARANTINE_DAYS = 30


def merge_page(db: Database, page: Page) -> MergeReport:
    """Merge a page in one transaction; merging it again changes nothing."""
    if page.table not in TABLES:
        raise InputError("store.unknown_table", table=page.table, tables=", ".join(TABLES))
    report = MergeReport(read=max(page.read, len(page.rows) + len(page.rejects) + sum(page.left_out.values())))
    with db.changing() as change:
        names = Names(db, change, page.source)
        if len(page.rows):
            _merge_rows(names, page, report)
        own_newcomers(change, names.first_new)
        update_search(change, names.first_new)
        _quarantine(db, change, page)
        _move_cursor(change, names.source_pk, page.cursor)
        report.sequence = change.sequence if change.dirty else change.sequence - 1
    _count_rest(page, report)
    return report


def _merge_rows(names: Names, page: Page, report: MergeReport) -> None:
    if page.table in LABELS:
        merge_claims(names, page, report)
    elif page.table == "facts":
        merge_facts(names, page, report)
    else:
        merge_interactions(names, page, report)
    if names.left_out:
        report.notes["store.erased_left_out"] = names.left_out


def _count_rest(page: Page, report: MergeReport) -> None:
    report.left_out = sum(page.left_out.values())
    report.quarantined = len(page.rejects)
    for code, count in page.left_out.items():
        report.reasons[code] = report.reasons.get(code, 0) + count
    for reject in page.rejects:
        report.reasons[reject.reason.code] = report.reasons.get(reject.reason.code, 0) + 1
    for code, count in page.notes.items():
        report.notes[code] = report.notes.get(code, 0) + count


def _move_cursor(change: Transaction, source: int, cursor: str | None) -> None:
    if cursor is not None:
        moved = change.connection.execute(
            "UPDATE sources SET cursor = ? WHERE pk = ? AND cursor IS NOT ?", (cursor, source, cursor)
        )
        change.dirty |= moved.rowcount > 0


def _quarantine(db: Database, change: Transaction, page: Page) -> None:
    """Keep what could not be taken, once; lines older than 30 days go; what holds an erased key is not kept."""
    connection = change.connection
    connection.execute("DELETE FROM quarantine WHERE time < ?", (change.now - QUARANTINE_DAYS * DAY,))
    rows = [_line(page, reject, change.now) for reject in page.rejects if not _holds_erased(db, page, reject)]
    before = connection.total_changes
    connection.executemany(
        "INSERT OR IGNORE INTO quarantine(digest, time, source, what, place, code, args, raw)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        rows,
    )
    change.dirty |= connection.total_changes > before


def _line(page: Page, reject: Reject, now: int) -> tuple[object, ...]:
    args, raw = (json.dumps(dict(x), sort_keys=True, ensure_ascii=False) for x in (reject.reason.args, reject.raw))
    parts = (page.source, reject.table, reject.where, reject.reason.code, args, raw)
    digest = hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()
    return (digest, now, page.source, reject.table, reject.where, reject.reason.code, args, _storable(raw))


def _storable(text: str) -> str:
    """Text without lone surrogates, which no database stores."""
    return text.encode(errors="replace").decode()


def _holds_erased(db: Database, page: Page, reject: Reject) -> bool:
    return bool(db.erased) and any(ident in db.erased for ident in _person_ids(db, page.source, reject.raw.values()))


def _person_ids(db: Database, source: str, texts: Iterable[str]) -> Iterable[str]:
    for text in texts:
        yield entity_id(db.key, Label.PERSON, *locate(text, source))
