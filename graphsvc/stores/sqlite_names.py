"""Handles for source keys, words and sources: found in bulk, created where new, refused where erased."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphsvc.identity import EMAIL, clean_key, domain_of, entity_id, locate
from graphsvc.model import Label
from graphsvc.projection import Bools, Ints
from graphsvc.stores.sqlite_connection import Database, Transaction

NONE, BLOCKED = -1, -2  # no key given | the key of an erased person
Place = tuple[str, str]  # (space, key)
Known = tuple[int, bytes]  # (pk, public id)


class Names:
    """The keys and words of one page, inside its transaction."""

    def __init__(self, db: Database, change: Transaction, source: str) -> None:
        self.db = db
        self.change = change
        self.connection = change.connection
        self.source = source
        self.source_pk = source_handle(change, source)
        self.first_new = change.next_pk("members")
        self.left_out = 0  # erased persons left out of rows that are about something else
        self.ids: dict[int, bytes] = {}  # public ids of the members met here

    def member(self, label: Label, text: str | None) -> int:
        """Handle of one key; NONE without a key, BLOCKED for an erased person."""
        return int(self.members(label, [text])[0])

    def lookup(self, label: Label, text: str) -> int:
        """Handle of a key that is there, NONE otherwise; nothing is created."""
        known: dict[Place, Known] = {}
        self._find(label, [place := locate(text, self.source)], known)
        pk, ident = known.get(place, (NONE, b""))
        self.ids[pk] = ident
        return pk

    def members(self, label: Label, texts: Sequence[str | None]) -> Ints:
        """Handles of source keys, in their order; members that are new are created."""
        met = self._met(label, texts)
        self.ids.update(met.values())
        return np.array([met[t][0] if t in met else NONE for t in texts], dtype=np.int64)

    def _met(self, label: Label, texts: Sequence[str | None]) -> dict[str | None, Known]:
        """Members of source keys as written; empty keys are left out."""
        before = self.db.met.get((label, self.source), {})
        met: dict[str | None, Known] = {t: before[t] for t in texts if t in before}
        new = {t: locate(t, self.source) for t in texts if t and t not in met}
        known = self._known(label, {p for p in new.values() if p[1]})
        fresh = {t: known[p] for t, p in new.items() if p[1]}
        self.change.met.setdefault((label, self.source), {}).update(
            (t, hit) for t, hit in fresh.items() if hit[0] != BLOCKED
        )
        return met | fresh

    def erased(self, texts: Sequence[str | None]) -> Bools:
        """Which source keys are those of erased persons; nothing is created."""
        if not self.db.erased:
            return np.zeros(len(texts), dtype=bool)
        ids = [entity_id(self.db.key, Label.PERSON, *locate(t, self.source)) if t else "" for t in texts]
        return np.array([i in self.db.erased for i in ids], dtype=bool)

    def column(self, label: Label, column: pa.ChunkedArray[pa.StringScalar]) -> Ints:
        """Handles of a column of source keys."""
        texts, codes = distinct(column)
        return np.append(self.members(label, texts), NONE)[codes]

    def words(self, texts: Sequence[str | None]) -> Ints:
        """Handles of words, in their order; NONE for empty ones."""
        cleaned = [clean_key(t) if t else "" for t in texts]
        known = self._known_words({t for t in cleaned if t})
        return np.array([known[t] if t else NONE for t in cleaned], dtype=np.int64)

    def word_column(self, column: pa.ChunkedArray[pa.StringScalar], *, lower: bool = False) -> Ints:
        """Handles of a column of words."""
        texts, codes = distinct(column)
        return np.append(self.words([t.lower() for t in texts] if lower else texts), NONE)[codes]

    def pair(self, label: Label, texts: Sequence[str]) -> Ints:
        """Handles, under ``label``, of keys that may mean a person or an organization; each gets its twin."""
        people = self.members(Label.PERSON, texts)
        open_ = [t if p != BLOCKED else None for t, p in zip(texts, people.tolist(), strict=True)]
        organizations = self.members(Label.ORGANIZATION, open_)
        first, second = (people, organizations) if label == Label.PERSON else (organizations, people)
        made = {(int(b), int(a)) for a, b in zip(first, second, strict=True) if a >= 0 and b >= 0}
        rows = self.connection.execute(
            "SELECT pk, twin FROM members WHERE pk IN (SELECT value FROM json_each(?))",
            (json.dumps([a for _, a in made]),),
        )
        twins: dict[int, int] = dict(rows.fetchall())
        fresh = [(b, a) for b, a in sorted(made) if twins[a] != b]
        self.connection.executemany("UPDATE members SET twin = ? WHERE pk = ?", fresh)
        self.change.touch("members", [a for _, a in fresh])
        return np.where(people == BLOCKED, BLOCKED, first)

    def _known(self, label: Label, places: set[Place]) -> dict[Place, Known]:
        known: dict[Place, Known] = {}
        missing: list[Place] = []
        for place in places:
            key = (int(label), *place)
            hit = self.db.members.get(key) or self.change.members.get(key)
            if hit:
                known[place] = hit
            else:
                missing.append(place)
        if missing:
            self._find(label, missing, known)
            self._create(label, sorted(p for p in missing if p not in known), known)
        return known

    def _find(self, label: Label, missing: list[Place], known: dict[Place, Known]) -> None:
        by_space: dict[str, list[str]] = {}
        for space, key in missing:
            by_space.setdefault(space, []).append(key)
        for space, keys in by_space.items():
            rows = self.connection.execute(
                "SELECT m.key, m.pk, m.id FROM json_each(?) AS j CROSS JOIN members AS m "
                "ON m.label = ? AND m.space = ? AND m.key = j.value",
                (json.dumps(keys), int(label), space),
            )
            for key, pk, ident in rows:
                self._keep(label, (space, key), (pk, ident.encode()), known)

    def _create(self, label: Label, places: list[Place], known: dict[Place, Known]) -> None:
        first = pk = self.change.next_pk("members")
        rows: list[tuple[object, ...]] = []
        for place in places:
            ident = entity_id(self.db.key, label, *place)
            if label == Label.PERSON and ident in self.db.erased:
                known[place] = (BLOCKED, b"")
                continue
            rows.append((pk, ident, int(label), NONE, NONE, self.change.sequence, *place))
            self._keep(label, place, (pk, ident.encode()), known)
            pk += 1
        self._add_domains(rows)
        self.change.insert("members", rows, first, len(rows))
        self.change.renamed.update(range(first, pk))

    def _add_domains(self, rows: list[tuple[object, ...]]) -> None:
        where = [i for i, row in enumerate(rows) if row[6] == EMAIL]
        domains = self.words([domain_of(str(rows[i][7])) for i in where])
        for i, domain in zip(where, domains.tolist(), strict=True):
            rows[i] = (*rows[i][:4], domain, *rows[i][5:])

    def _keep(self, label: Label, place: Place, hit: Known, known: dict[Place, Known]) -> None:
        known[place] = self.change.members[(int(label), *place)] = hit

    def _known_words(self, texts: set[str]) -> dict[str, int]:
        known: dict[str, int] = {}
        for cache in (self.db.words, self.change.words):
            known.update((t, cache[t]) for t in texts if t in cache)
        missing = sorted(texts - known.keys())
        if missing:
            found = self.connection.execute(
                "SELECT text, pk FROM words WHERE text IN (SELECT value FROM json_each(?))", (json.dumps(missing),)
            )
            known.update(found.fetchall())
            new = [t for t in missing if t not in known]
            first = self.change.next_pk("words")
            self.change.insert("words", enumerate(new, start=first), first, len(new))
            known.update((t, pk) for pk, t in enumerate(new, start=first))
            self.change.words.update(known)
        return known


def source_handle(change: Transaction, source: str) -> int:
    """Handle of a source's name."""
    row = change.connection.execute("SELECT pk FROM sources WHERE name = ?", (source,)).fetchone()
    if row:
        return int(row[0])
    return int(change.connection.execute("INSERT INTO sources(name) VALUES (?)", (source,)).lastrowid or 0)


def distinct(column: pa.ChunkedArray[pa.StringScalar]) -> tuple[list[str], Ints]:
    """The distinct texts of a column and each row's position among them, -1 where empty."""
    whole = pa.chunked_array([column.combine_chunks()], type=pa.string())
    coded: Any = whole.dictionary_encode().combine_chunks()
    codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int64)
    return coded.dictionary.to_pylist(), codes


def filled(column: pa.ChunkedArray[Any], missing: float) -> NDArray[Any]:
    """A column of numbers with a value for the empty ones."""
    return np.asarray(pc.fill_null(column, pa.scalar(missing, column.type)).to_numpy())


def moments(column: pa.ChunkedArray[Any], missing: int) -> Ints:
    """A column of times in [us] since the epoch."""
    return filled(column.cast(pa.int64()), missing)


def update_search(change: Transaction, new_from: int) -> None:
    """Bring the full-text table in step with the names and keys that changed."""
    pks = sorted(change.renamed)
    if not pks:
        return
    connection = change.connection
    wanted = json.dumps(pks)
    rows = connection.execute(
        "SELECT m.pk, m.key, n.name, n.title, n.email FROM members AS m LEFT JOIN ("
        " SELECT member, name, title, email FROM people WHERE gone = 0 AND member IN (SELECT value FROM json_each(:p))"
        " UNION ALL SELECT member, name, NULL, NULL FROM organizations"
        "  WHERE gone = 0 AND member IN (SELECT value FROM json_each(:p))"
        " UNION ALL SELECT member, name, NULL, NULL FROM works"
        "  WHERE gone = 0 AND member IN (SELECT value FROM json_each(:p))"
        " UNION ALL SELECT member, name, NULL, NULL FROM opportunities"
        "  WHERE gone = 0 AND member IN (SELECT value FROM json_each(:p))"
        ") AS n ON n.member = m.pk WHERE m.pk IN (SELECT value FROM json_each(:p)) ORDER BY m.pk, n.name",
        {"p": wanted},
    ).fetchall()
    connection.executemany("DELETE FROM found WHERE rowid = ?", ((pk,) for pk in pks if pk < new_from))
    connection.executemany("INSERT INTO found(rowid, key, name, title, email) VALUES (?, ?, ?, ?, ?)", _joined(rows))


def _joined(rows: Iterable[tuple[int, str, str | None, str | None, str | None]]) -> list[tuple[object, ...]]:
    """One row per member; what several sources say stands side by side."""
    out: dict[int, tuple[str, list[set[str]]]] = {}
    for pk, key, *texts in rows:
        said = out.setdefault(pk, (key, [set(), set(), set()]))[1]
        for column, text in zip(said, texts, strict=True):
            if text:
                column.add(text)
    return [(pk, key, *("\n".join(sorted(column)) for column in said)) for pk, (key, said) in out.items()]
