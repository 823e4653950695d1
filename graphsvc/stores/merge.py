"""Taking in a page, all or nothing: its rows, what was wrong with the rest, and where to go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Set

from graphsvc.errors import InputError
from graphsvc.identity import entity_id, keys_in, locate
from graphsvc.model import TABLES, Label
from graphsvc.projection import DAY
from graphsvc.records import MergeReport, Page, Reject
from graphsvc.stores.claims import LABELS, merge_claims
from graphsvc.stores.facts import merge_facts
from graphsvc.stores.interactions import merge_interactions
from graphsvc.stores.judgements import own_newcomers
from graphsvc.stores.ledger import Change, Ledger
from graphsvc.stores.names import Names, update_search
from graphsvc.stores.tables import columns_of
from queries.claims import LinesOfFile, StaleLines
from queries.state import SourceCursor

QUARANTINE_DAYS = 30


def merge_page(ledger: Ledger, page: Page) -> MergeReport:
    """Merge a page in one transaction; merging it again changes nothing."""
    if page.table not in TABLES:
        raise InputError("store.unknown_table", table=page.table, tables=", ".join(TABLES))
    report = ledger.change(lambda change: _merge(ledger, change, page))
    _count_rest(page, report)
    return report


def _merge(ledger: Ledger, change: Change, page: Page) -> MergeReport:
    report = MergeReport(read=max(page.read, len(page.rows) + len(page.rejects) + sum(page.left_out.values())))
    names = Names(ledger, change, page.source)
    if len(page.rows):
        _merge_rows(names, page, report)
    own_newcomers(change, names.first_new)
    update_search(change, names.first_new)
    _quarantine(ledger, change, page)
    _move_cursor(change, page)
    report.sequence = change.sequence if change.dirty else change.sequence - 1
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


def _move_cursor(change: Change, page: Page) -> None:
    if page.cursor is not None and change.ask(SourceCursor(page.source))[0].value != page.cursor:
        change.writer.amend("sources", "name", [page.source], {"cursor": page.cursor})
        change.dirty = True


def _quarantine(ledger: Ledger, change: Change, page: Page) -> None:
    """Keep what could not be taken, once; lines that are old or of a file read anew go; none holds an erased key."""
    if stale := change.ask(StaleLines(change.now - QUARANTINE_DAYS * DAY)):
        change.writer.remove("quarantine", "pk", [line.pk for line in stale])
    erased = ledger.cache.erased | change.blocked
    rejects = (r for r in page.rejects if not (erased and _holds_erased(ledger.key, erased, page.source, r)))
    lines = {line[0]: line for line in (_line(page, reject, change.now) for reject in rejects)}
    if page.reread is not None:
        held = change.ask(LinesOfFile(page.source, f"{page.reread}:"))
        if mended := [line.pk for line in held if line.digest not in lines]:
            change.writer.remove("quarantine", "pk", mended)
            change.dirty = True
    if lines:
        first = change.writer.number("quarantine", len(lines))
        columns = [range(first, first + len(lines)), *zip(*lines.values(), strict=True)]
        values = dict(zip(columns_of("quarantine"), columns, strict=True))
        change.dirty |= change.writer.add_missing("quarantine", values, len(lines)) > 0


def _line(page: Page, reject: Reject, now: int) -> tuple[object, ...]:
    args, raw = (json.dumps(dict(x), sort_keys=True, ensure_ascii=False) for x in (reject.reason.args, reject.raw))
    parts = (page.source, reject.table, reject.where, reject.reason.code, args, raw)
    digest = hashlib.sha256("\x1f".join(parts).encode(errors="surrogatepass")).hexdigest()
    return (digest, now, page.source, reject.table, reject.where, reject.reason.code, args, _storable(raw))


def _storable(text: str) -> str:
    """Text without lone surrogates, which no database stores."""
    return text.encode(errors="replace").decode()


def _holds_erased(workspace_key: bytes, erased: Set[str], source: str, reject: Reject) -> bool:
    """Whether some text of a line names an erased person: a value, a part of it, an address in it, or the place."""
    texts = (reject.where, *reject.raw.values(), *(str(arg) for arg in reject.reason.args.values()))
    keys = {key for text in texts for key in keys_in(text)}
    return any(entity_id(workspace_key, Label.PERSON, *locate(key, source)) in erased for key in keys)
