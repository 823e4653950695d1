"""Erasing a person: every row that says something of them, at every date, and every copy of it in the file.

What stays is the HMAC of their keys, which blocks the same person from coming in again and tells nobody who it was.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graphsvc.errors import InputError, NotFoundError
from graphsvc.model import Label
from graphsvc.policy import Caller
from graphsvc.stores import sqlite_schema as schema
from graphsvc.stores.sqlite_connection import COMPACT_DUE, ERASED, Database, Transaction
from graphsvc.stores.sqlite_links import component

# table -> columns that name a member; a row of which one is the person's goes
_ROWS: dict[str, tuple[str, ...]] = {
    "people": ("member",),
    "links": ("a", "b"),
    "facts": ("subject", "object"),
    "interactions": ("actor", "target"),
    "judgements": ("a", "b"),
    "own": ("member",),
}
_WORDS: dict[str, tuple[str, ...]] = {
    "members": ("domain",),
    "organizations": ("domain", "industry", "region", "kind"),
    "works": ("kind", "topic"),
    "opportunities": ("stage", "currency", "product"),
    "facts": ("kind", "role"),
    "interactions": ("kind", "channel", "topic"),
    "own": ("domain",),
    "judgements": ("kind", "name"),
}
_DISOWN = {
    ("opportunities", "owner"): "UPDATE opportunities SET owner = -1 WHERE pk IN (SELECT value FROM json_each(?))",
    ("people", "mail"): "UPDATE people SET mail = -1, email = NULL WHERE pk IN (SELECT value FROM json_each(?))",
    ("members", "twin"): "UPDATE members SET twin = -1 WHERE pk IN (SELECT value FROM json_each(?))",
}
_RESULTS = {"scores": ("a", "b"), "suggestions": ("owner", "target", "through"), "lists": ("rep",)}
_GIVEN = (
    ("links", "SELECT pk, reason FROM links WHERE reason <> ''", "UPDATE links SET reason = NULL WHERE pk = ?"),
    (
        "judgements",
        "SELECT pk, reason FROM judgements WHERE reason <> ''",
        "UPDATE judgements SET reason = NULL WHERE pk = ?",
    ),
)
SHORTEST = 4  # a shorter name or key is looked for as a whole value only


def erase_person(db: Database, entity: str, caller: Caller) -> dict[str, int]:
    """Erase an entity, block its keys and rewrite the file without what was there; counts per table."""
    with db.changing() as change:
        erasure = _Erasure(change, entity)
        erasure.run(caller)
    db.compact()
    return erasure.counts


class _Erasure:
    """One erasure inside its transaction."""

    def __init__(self, change: Transaction, entity: str) -> None:
        self.change = change
        self.connection = change.connection
        row = self.connection.execute("SELECT pk, label FROM members WHERE id = ?", (entity,)).fetchone()
        if row is None:
            raise NotFoundError("errors.not_found", text=entity)
        if row[1] != Label.PERSON:
            raise InputError("store.erase_person_only", id=entity)
        people = component(self.connection, row[0])
        self.ids = [self._id(pk) for pk in people]
        self.members = people + self._twins(people)
        self.list = json.dumps(self.members)
        self.needles = self._needles()
        self.words: set[int] = set()
        self.counts: dict[str, int] = {}

    def run(self, caller: Caller) -> None:
        """Remove everything, in an order that leaves no row pointing at one that is gone."""
        for table, columns in _ROWS.items():
            self._erase_rows(table, columns)
        self._disown()
        self._erase_results()
        self._erase_quarantine()
        self._erase_members()
        self._erase_words()
        connection = self.connection
        connection.executemany("INSERT OR IGNORE INTO erased(id) VALUES (?)", ((i,) for i in self.ids))
        connection.execute("INSERT OR REPLACE INTO meta(name, value) VALUES (?, '1')", (COMPACT_DUE,))
        connection.execute("UPDATE meta SET value = CAST(value AS INTEGER) + 1 WHERE name = 'erasures'")
        connection.execute(
            "INSERT INTO audit(time, who, action, detail) VALUES (?, ?, 'erase', ?)",
            (self.change.now, caller.name, json.dumps({"entity": self.ids[0], "counts": self.counts})),
        )
        self.change.dirty = True

    def _id(self, pk: int) -> str:
        return str(self.connection.execute("SELECT id FROM members WHERE pk = ?", (pk,)).fetchone()[0])

    def _twins(self, people: Sequence[int]) -> list[int]:
        """Organizations that exist only because a person's key might have meant one."""
        found = self.connection.execute(
            "SELECT t.pk FROM members AS m JOIN members AS t"
            " ON t.label = 1 AND t.space = m.space AND t.key = m.key AND (m.twin = t.pk OR t.twin = m.pk)"
            " WHERE m.pk IN (SELECT value FROM json_each(?))"
            " AND NOT EXISTS (SELECT 1 FROM organizations AS o WHERE o.member = t.pk)"
            " AND NOT EXISTS (SELECT 1 FROM people AS p WHERE p.organization = t.pk)"
            " AND NOT EXISTS (SELECT 1 FROM opportunities AS p WHERE p.organization = t.pk)",
            (json.dumps(people),),
        )
        return [pk for (pk,) in found]

    def _needles(self) -> set[str]:
        """Texts that tell who the person was: keys, addresses and names ever claimed."""
        rows = self.connection.execute(
            "SELECT key, NULL, NULL FROM members WHERE pk IN (SELECT value FROM json_each(:m))"
            " UNION ALL SELECT email, name, NULL FROM people WHERE member IN (SELECT value FROM json_each(:m))",
            {"m": self.list},
        )
        return {str(text).casefold() for row in rows for text in row if text}

    def _erase_rows(self, table: str, columns: tuple[str, ...]) -> None:
        found: set[int] = set()
        for column in columns:
            wanted = schema.select_sql(table, ("pk", *_WORDS.get(table, ())), schema.among(column))
            for pk, *words in self.connection.execute(wanted, (self.list,)):
                found.add(pk)
                self.words.update(w for w in words if w >= 0)
        self.connection.execute(schema.delete_sql(table, "pk"), (json.dumps(sorted(found)),))
        if table == "interactions":
            self.connection.execute(schema.delete_sql("also", "row"), (json.dumps(sorted(found)),))
        self._erased(table, found)

    def _disown(self) -> None:
        """Take the person's handle and keys out of rows that are about something else."""
        self.connection.execute(
            "DELETE FROM own_keys WHERE key IN (SELECT key FROM members WHERE pk IN (SELECT value FROM json_each(?)))"
            " AND key NOT IN (SELECT key FROM members WHERE pk NOT IN (SELECT value FROM json_each(?)))",
            (self.list, self.list),
        )
        for (table, column), update in _DISOWN.items():
            sql = schema.select_sql(table, ("pk",), schema.among(column))
            pks = [pk for (pk,) in self.connection.execute(sql, (self.list,))]
            self.connection.execute(update, (json.dumps(pks),))
            self.change.touch(table, pks)
            if table == "people":
                self._rename(pks)

    def _rename(self, pks: Sequence[int]) -> None:
        sql = "SELECT DISTINCT member FROM people WHERE pk IN (SELECT value FROM json_each(?))"
        for (member,) in self.connection.execute(sql, (json.dumps(pks),)).fetchall():
            self.connection.execute("UPDATE found SET email = '' WHERE rowid = ?", (member,))

    def _erase_results(self) -> None:
        ids = json.dumps(self.ids)
        for table, columns in _RESULTS.items():
            for column in columns:
                done = self.connection.execute(schema.delete_sql(table, column), (ids,))
                self._count(table, done.rowcount)
        for ident, *texts in self.connection.execute("SELECT id, reasons, reason FROM suggestions").fetchall():
            if self._names_them(texts):
                self.connection.execute("DELETE FROM suggestions WHERE id = ?", (ident,))
                self._count("suggestions", 1)
        for kept, row, *texts in self.connection.execute(
            "SELECT kept, row, reason, beside FROM scores WHERE reason IS NOT NULL OR beside IS NOT NULL"
        ).fetchall():
            if self._names_them(texts):
                self.connection.execute("DELETE FROM scores WHERE kept = ? AND row = ?", (kept, row))
                self._count("scores", 1)
        self._shorten_lists()
        self._silence()

    def _silence(self) -> None:
        """Take the person out of the reasons people gave for what they said of others."""
        for table, select, update in _GIVEN:
            rows = self.connection.execute(select).fetchall()
            named = [(pk,) for pk, reason in rows if self._names_them([reason])]
            self.connection.executemany(update, named)
            self._count(table, len(named))

    def _shorten_lists(self) -> None:
        for rep, week, text in self.connection.execute("SELECT rep, week, items FROM lists").fetchall():
            items: list[Mapping[str, Any]] = json.loads(text)
            kept = [i for i in items if not self._names_them([json.dumps(i, ensure_ascii=False)])]
            if len(kept) < len(items):
                self.connection.execute(
                    "UPDATE lists SET items = ? WHERE rep = ? AND week = ?",
                    (json.dumps(kept, sort_keys=True, ensure_ascii=False), rep, week),
                )
                self._count("lists", len(items) - len(kept))

    def _erase_quarantine(self) -> None:
        rows = self.connection.execute("SELECT pk, raw, args FROM quarantine").fetchall()
        pks = [pk for pk, raw, args in rows if self._in_fields(raw) or self._in_fields(args)]
        self.connection.execute(schema.delete_sql("quarantine", "pk"), (json.dumps(pks),))
        self._count("quarantine", len(pks))

    def _in_fields(self, text: str) -> bool:
        fields = {str(v).strip().casefold() for v in json.loads(text).values()}
        return bool(fields & self.needles) or self._names_them(fields)

    def _names_them(self, texts: Iterable[str | None]) -> bool:
        needles = [*self.ids, *(n for n in self.needles if len(n) >= SHORTEST)]
        return any(n in text.casefold() for text in texts if text for n in needles)

    def _erase_members(self) -> None:
        for (domain,) in self.connection.execute(
            "SELECT domain FROM members WHERE domain >= 0 AND pk IN (SELECT value FROM json_each(?))", (self.list,)
        ):
            self.words.add(domain)
        self.connection.execute(schema.delete_sql("found", "rowid"), (self.list,))
        self.connection.execute("INSERT INTO found(found) VALUES ('rebuild')")
        self.connection.execute(schema.delete_sql("members", "pk"), (self.list,))
        self._erased("members", self.members)

    def _erase_words(self) -> None:
        """Words only the person's rows had, such as the domain of a private address."""
        chosen = json.dumps(sorted(self.words))
        used = {w for t, columns in _WORDS.items() for c in columns for w in _distinct(self.connection, t, c, chosen)}
        orphans = sorted(self.words - used)
        self.connection.execute(schema.delete_sql("words", "pk"), (json.dumps(orphans),))
        self._erased("words", orphans)

    def _erased(self, table: str, pks: Iterable[int]) -> None:
        pks = list(pks)
        self.change.touch(table, pks, ERASED)
        self._count(table, len(pks))

    def _count(self, table: str, count: int) -> None:
        self.counts[table] = self.counts.get(table, 0) + max(count, 0)


def _distinct(connection: sqlite3.Connection, table: str, column: str, chosen: str) -> list[int]:
    sql = schema.select_sql(table, (f"DISTINCT {column}",), schema.among(column))
    return [w for (w,) in connection.execute(sql, (chosen,))]
