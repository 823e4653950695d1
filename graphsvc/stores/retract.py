"""Withdrawing records of a source: they are gone from now on, and still there for a reader of an earlier known_at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphsvc.clock import read_moment
from graphsvc.errors import InputError
from graphsvc.identity import moment_key, record_key
from graphsvc.model import FACT_KINDS, TABLES, Label
from graphsvc.records import MergeReport
from graphsvc.stores.claims import LABELS
from graphsvc.stores.domains import put_domain_links
from graphsvc.stores.facts import put_authors
from graphsvc.stores.ledger import Change, Ledger
from graphsvc.stores.links import put_mail_links
from graphsvc.stores.names import NONE, Names, update_search
from queries.erasure import HeldByMoment, HeldByRecord, HeldRow, ScopesOf, StatedFactsBetween
from queries.interactions import FurtherSources


def retract(ledger: Ledger, source: str, table: str, keys: Sequence[str]) -> MergeReport:
    """Withdraw records by the ids of their source; without an id by what ``evidence`` calls them.

    ``updated`` counts the records withdrawn, ``repeated`` those that were not there.
    """
    if table not in TABLES:
        raise InputError("store.unknown_table", table=table, tables=", ".join(TABLES))
    return ledger.change(lambda change: _retract(ledger, change, source, (table, keys)))


def _retract(ledger: Ledger, change: Change, source: str, chosen: tuple[str, Sequence[str]]) -> MergeReport:
    table, keys = chosen
    names = Names(ledger, change, source)
    if table == "interactions":
        withdrawn = _interactions(names, keys)
    else:
        withdrawn = sum(_fact(names, k) for k in keys) if table == "facts" else _claims(names, table, keys)
    update_search(change, names.first_new)
    sequence = change.sequence if change.dirty else change.sequence - 1
    return MergeReport(read=len(keys), updated=withdrawn, repeated=len(keys) - withdrawn, sequence=sequence)


def _claims(names: Names, table: str, keys: Sequence[str]) -> int:
    """Withdraw what the source says of some members; gives how many it had something to say of."""
    members = set(names.lookups(LABELS[table], keys)) - {NONE}
    rows = names.change.writer.claims(table, (), names.source_pk, sorted(members))
    found = sorted({row[1] for row in rows})
    names.change.retire(table, [row[0] for row in rows])
    names.change.renamed.update(found)
    if table == "people":
        put_mail_links(names, found)
    if table == "organizations":
        put_domain_links(names, found)
    if found and table == "works":
        put_authors(names, {member: ([], 0) for member in found})
    return len(found)


def _fact(names: Names, key: str) -> bool:
    subject, _, rest = key.partition("|")
    kind, _, object_ = rest.partition("|")
    if kind not in FACT_KINDS:
        raise InputError("store.bad_fact_key", key=key)
    subjects, objects = (
        [names.lookup(label, text) for label in labels]
        for labels, text in zip(FACT_KINDS[kind], (subject, object_), strict=True)
    )
    pks = [row.pk for row in names.ask(StatedFactsBetween(names.source_pk, kind, subjects, objects))]
    names.change.retire("facts", pks)
    return bool(pks)


def _interactions(names: Names, keys: Sequence[str]) -> int:
    """Withdraw interactions from the source; gives how many of the keys meant some."""
    meant = _by_record(names, keys)
    meant |= _by_moment(names, [key for key in dict.fromkeys(keys) if key.strip() not in meant])
    others: dict[int, int | None] = {}
    count = 0
    for key in keys:
        new = {row.pk: row.other for row in meant.get(key.strip(), ()) if row.pk not in others}
        others |= new
        count += bool(new)
    _leave(names, others)
    return count


def _leave(names: Names, others: Mapping[int, int | None]) -> None:
    """Take rows from the source: they go, or stay in the name of a further source that holds them too."""
    if not others:
        return
    change, source = names.change, names.source_pk
    change.retire("interactions", [pk for pk, other in others.items() if other is None])
    staying = {pk: other for pk, other in others.items() if other is not None}
    change.writer.amend("interactions", "pk", list(staying), {"source": list(staying.values())})
    held = [row for row in names.ask(FurtherSources(sorted(others))) if row.source not in (source, others[row.row])]
    change.writer.remove("also", "row", sorted(others))
    change.writer.add("also", {"row": [r.row for r in held], "source": [r.source for r in held]}, len(held))
    change.dirty = True


def _by_record(names: Names, keys: Sequence[str]) -> dict[str, list[HeldRow]]:
    """The rows that ids of records mean, by id."""
    scopes = [row.scope for row in names.ask(ScopesOf(names.source_pk))]
    hashes = {record_key(scope, key): key for scope in scopes for key in dict.fromkeys(k.strip() for k in keys)}
    held = names.ask(HeldByRecord(names.source_pk, list(hashes))) if hashes else []
    out: dict[str, list[HeldRow]] = {}
    for row in held:
        out.setdefault(hashes[row.key], []).append(row)
    return out


def _by_moment(names: Names, keys: Sequence[str]) -> dict[str, list[HeldRow]]:
    """Interactions without an id, each as ``time|from|channel``."""
    parted = {key: _parted(key) for key in keys}
    read = {key: parts for key, parts in parted.items() if parts is not None}
    senders = names.lookups(Label.PERSON, [sender for _, sender, _ in read.values()])
    idents = [names.ids[pk].decode() for pk in senders]
    moments = {
        (time, moment_key(names.source, ident, channel)): key.strip()
        for ident, (key, (time, _, channel)) in zip(idents, read.items(), strict=True)
    }
    held = names.ask(HeldByMoment(names.source_pk, list(moments))) if moments else []
    out: dict[str, list[HeldRow]] = {}
    for row in held:
        out.setdefault(moments[row.time, row.key], []).append(row)
    return out


def _parted(key: str) -> tuple[int, str, str] | None:
    """Time [us], sender and channel of ``time|from|channel``; None when it does not begin with a time."""
    time, _, rest = key.partition("|")
    sender, _, channel = rest.rpartition("|")
    try:
        return read_moment(time), sender, channel
    except InputError:
        return None
