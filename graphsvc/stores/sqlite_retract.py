"""Withdrawing records of a source: they are gone from now on, and still there for a reader of an earlier known_at."""

from __future__ import annotations

import json
from collections.abc import Sequence

from graphsvc.clock import read_moment
from graphsvc.errors import InputError
from graphsvc.identity import moment_key, record_key
from graphsvc.model import FACT_KINDS, TABLES, Label
from graphsvc.records import MergeReport
from graphsvc.stores import sqlite_schema as schema
from graphsvc.stores.sqlite_claims import LABELS
from graphsvc.stores.sqlite_connection import Database
from graphsvc.stores.sqlite_domains import put_domain_links
from graphsvc.stores.sqlite_facts import put_authors
from graphsvc.stores.sqlite_links import put_mail_links
from graphsvc.stores.sqlite_names import Names, update_search


def retract(db: Database, source: str, table: str, keys: Sequence[str]) -> MergeReport:
    """Withdraw records by the ids of their source; without an id by what ``evidence`` calls them.

    ``updated`` counts the records withdrawn, ``repeated`` those that were not there.
    """
    if table not in TABLES:
        raise InputError("store.unknown_table", table=table, tables=", ".join(TABLES))
    report = MergeReport(read=len(keys))
    with db.changing() as change:
        names = Names(db, change, source)
        for key in keys:
            found = _withdraw(names, table, key)
            report.updated += found
            report.repeated += not found
        update_search(change, names.first_new)
        report.sequence = change.sequence if change.dirty else change.sequence - 1
    return report


def _withdraw(names: Names, table: str, key: str) -> bool:
    if table == "interactions":
        return _interaction(names, key)
    return _fact(names, key) if table == "facts" else _claim(names, table, key)


def _claim(names: Names, table: str, key: str) -> bool:
    member = names.lookup(LABELS[table], key)
    sql = schema.select_sql(table, ("pk",), "member = ? AND source = ? AND gone = 0")
    pks = [pk for (pk,) in names.connection.execute(sql, (member, names.source_pk))]
    names.change.retire(table, pks)
    if pks:
        names.change.renamed.add(member)
    if pks and table == "people":
        put_mail_links(names, [member])
    if pks and table == "organizations":
        put_domain_links(names, [member])
    if pks and table == "works":
        put_authors(names, {member: ([], 0)})
    return bool(pks)


def _fact(names: Names, key: str) -> bool:
    subject, _, rest = key.partition("|")
    kind, _, object_ = rest.partition("|")
    if kind not in FACT_KINDS:
        raise InputError("store.bad_fact_key", key=key)
    ends = [
        [names.lookup(label, text) for label in labels]
        for labels, text in zip(FACT_KINDS[kind], (subject, object_), strict=True)
    ]
    found = names.connection.execute(
        "SELECT f.pk FROM facts AS f JOIN words AS w ON w.pk = f.kind WHERE f.gone = 0 AND f.source = ? AND w.text = ?"
        " AND f.origin = 0 AND f.subject IN (SELECT value FROM json_each(?))"
        " AND f.object IN (SELECT value FROM json_each(?))",
        (names.source_pk, kind, *(json.dumps(e) for e in ends)),
    )
    pks = [pk for (pk,) in found]
    names.change.retire("facts", pks)
    return bool(pks)


def _interaction(names: Names, key: str) -> bool:
    rows = _by_record(names, key) or _by_moment(names, key)
    lost = [pk for pk, other in rows if other is None]
    names.change.retire("interactions", lost)
    for pk, other in rows:
        if other is not None:  # a further source holds the row too: it stays, in that source's name
            names.connection.execute("UPDATE interactions SET source = ? WHERE pk = ?", (other, pk))
    names.connection.executemany("DELETE FROM also WHERE row = ? AND source = ?", ((pk, o) for pk, o in rows if o))
    names.connection.executemany(
        "DELETE FROM also WHERE row = ? AND source = ?", ((pk, names.source_pk) for pk, _ in rows)
    )
    names.change.dirty |= bool(rows)
    return bool(rows)


_HOLDER = (
    "SELECT i.pk, CASE WHEN i.source = :s THEN (SELECT min(x.source) FROM also AS x WHERE x.row = i.pk)"
    " ELSE i.source END FROM interactions AS i WHERE i.gone = 0 AND (i.source = :s OR EXISTS"
    " (SELECT 1 FROM also AS x WHERE x.row = i.pk AND x.source = :s)) AND "
)


def _by_record(names: Names, key: str) -> list[tuple[int, int | None]]:
    scopes = names.connection.execute("SELECT scope FROM scopes WHERE source = ?", (names.source_pk,)).fetchall()
    hashes = json.dumps([record_key(scope, key.strip()) for (scope,) in scopes])
    where = "i.record_id IS NOT NULL AND i.key IN (SELECT value FROM json_each(:k))"
    return names.connection.execute(_HOLDER + where, {"s": names.source_pk, "k": hashes}).fetchall()


def _by_moment(names: Names, key: str) -> list[tuple[int, int | None]]:
    """An interaction without an id, as ``time|from|channel``."""
    time, _, rest = key.partition("|")
    sender, _, channel = rest.rpartition("|")
    try:
        moment = read_moment(time)
    except InputError:
        return []
    ident = names.ids.get(names.lookup(Label.PERSON, sender), b"").decode()
    wanted = {"s": names.source_pk, "t": moment, "k": moment_key(names.source, ident, channel)}
    return names.connection.execute(_HOLDER + "i.time = :t AND i.key = :k", wanted).fetchall()
