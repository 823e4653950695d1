"""Handles for source keys, words and sources: found in bulk, created where new, refused where erased."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from graphsvc.identity import EMAIL, clean_key, domain_of, entity_id, locate
from graphsvc.model import Label
from graphsvc.projection import Bools, Ints
from graphsvc.stores.ledger import Change, Ledger
from queries.members import MembersByKey, Said, SearchTexts, SourceByName, TwinsOf, WordsByText
from queries.question import Question

R = TypeVar("R", bound=tuple[Any, ...])
SEARCHED = 8_000  # characters of one member's texts that search looks at: an index of Neo4j takes 32 kB of a text
NONE, BLOCKED = -1, -2  # no key given | the key of an erased person
Place = tuple[str, str]  # (space, key)
Known = tuple[int, bytes]  # (pk, public id)


class Names:
    """The keys and words of one page, inside its change."""

    def __init__(self, ledger: Ledger, change: Change, source: str) -> None:
        self.ledger = ledger
        self.change = change
        self.source = source
        self.source_pk = source_handle(change, source)
        self.first_new = change.next_pk("members")
        self.left_out = 0  # erased persons left out of rows that are about something else
        self.ids: dict[int, bytes] = {}  # public ids of the members met here

    def ask(self, question: Question[R]) -> list[R]:
        """All rows of a question's answer, as they are inside the change."""
        return self.change.ask(question)

    def member(self, label: Label, text: str | None) -> int:
        """Handle of one key; NONE without a key, BLOCKED for an erased person."""
        return int(self.members(label, [text])[0])

    def lookup(self, label: Label, text: str) -> int:
        """Handle of a key that is there, NONE otherwise; nothing is created."""
        return self.lookups(label, [text])[0]

    def lookups(self, label: Label, texts: Sequence[str]) -> list[int]:
        """Handles of keys that are there, in their order, NONE for others; nothing is created."""
        known: dict[Place, Known] = {}
        places = [locate(text, self.source) for text in texts]
        self._find(label, list(dict.fromkeys(places)), known)
        found = [known.get(place, (NONE, b"")) for place in places]
        self.ids.update(found)
        return [pk for pk, _ in found]

    def members(self, label: Label, texts: Sequence[str | None]) -> Ints:
        """Handles of source keys, in their order; members that are new are created."""
        met = self._met(label, texts)
        self.ids.update(met.values())
        return np.array([met[t][0] if t in met else NONE for t in texts], dtype=np.int64)

    def _met(self, label: Label, texts: Sequence[str | None]) -> dict[str | None, Known]:
        """Members of source keys as written; empty keys are left out."""
        before = self.ledger.cache.met.get((label, self.source), {})
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
        if not self.ledger.cache.erased:
            return np.zeros(len(texts), dtype=bool)
        ids = [entity_id(self.ledger.key, Label.PERSON, *locate(t, self.source)) if t else "" for t in texts]
        return np.array([self._is_erased(i) for i in ids], dtype=bool)

    def _is_erased(self, ident: str) -> bool:
        return ident in self.ledger.cache.erased or ident in self.change.blocked

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
        twins = {row.pk: row.twin for row in self.ask(TwinsOf([a for _, a in made]))}
        fresh = [(a, b) for b, a in sorted(made) if twins[a] != b]
        pks = [a for a, _ in fresh]
        self.change.writer.amend("members", "pk", pks, {"twin": [b for _, b in fresh]})
        self.change.touch("members", pks)
        return np.where(people == BLOCKED, BLOCKED, first)

    def _known(self, label: Label, places: set[Place]) -> dict[Place, Known]:
        known: dict[Place, Known] = {}
        missing: list[Place] = []
        for place in places:
            key = (int(label), *place)
            hit = self.ledger.cache.members.get(key) or self.change.members.get(key)
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
            for key, pk, ident in self.ask(MembersByKey(int(label), space, keys)):
                self._keep(label, (space, key), (pk, ident.encode()), known)

    def _create(self, label: Label, places: list[Place], known: dict[Place, Known]) -> None:
        first = pk = self.change.next_pk("members")
        new: list[Place] = []
        idents: list[str] = []
        for place in places:
            ident = entity_id(self.ledger.key, label, *place)
            if label == Label.PERSON and self._is_erased(ident):
                known[place] = (BLOCKED, b"")
                continue
            new.append(place)
            idents.append(ident)
            self._keep(label, place, (pk, ident.encode()), known)
            pk += 1
        values = {"id": idents, "label": int(label), "twin": NONE, "domain": self._domains(new)}
        values |= {"space": [space for space, _ in new], "key": [key for _, key in new]}
        self.change.insert("members", values, len(new))
        self.change.renamed.update(range(first, pk))

    def _domains(self, places: list[Place]) -> list[int]:
        """Words of the domains of mail addresses, NONE for other keys."""
        found: list[int] = self.words([domain_of(key) if space == EMAIL else None for space, key in places]).tolist()
        return found

    def _keep(self, label: Label, place: Place, hit: Known, known: dict[Place, Known]) -> None:
        known[place] = self.change.members[(int(label), *place)] = hit

    def _known_words(self, texts: set[str]) -> dict[str, int]:
        known: dict[str, int] = {}
        for cache in (self.ledger.cache.words, self.change.words):
            known.update((t, cache[t]) for t in texts if t in cache)
        missing = sorted(texts - known.keys())
        if missing:
            known.update((word.text, word.pk) for word in self.ask(WordsByText(missing)))
            new = [t for t in missing if t not in known]
            first = self.change.insert("words", {"text": new}, len(new))
            known.update((t, pk) for pk, t in enumerate(new, start=first))
            self.change.words.update(known)
        return known


def source_handle(change: Change, source: str) -> int:
    """Handle of a source's name; created where new."""
    if known := change.one(SourceByName(source)):
        return known.pk
    pk = change.writer.number("sources")
    change.writer.add("sources", {"pk": [pk], "name": [source], "cursor": [None]}, 1)
    return pk


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


def update_search(change: Change, new_from: int) -> None:
    """Bring what search looks at in step with the names and keys that changed; members from ``new_from`` on are new."""
    if not change.renamed:
        return
    texts = sorted(_joined(change.ask(SearchTexts(sorted(change.renamed)))).items())
    old, new = ([x for x in texts if (x[0] >= new_from) == fresh] for fresh in (False, True))
    for rows, write in ((old, change.writer.put), (new, change.writer.add)):
        if rows:
            write("found", {"member": [pk for pk, _ in rows], "text": [text for _, text in rows]}, len(rows))


def _joined(rows: Iterable[Said]) -> dict[int, str]:
    """One text per member, without case: its key, then each name, title and address that any source says, once."""
    said: dict[int, tuple[str, tuple[set[str], set[str], set[str]]]] = {}
    for pk, key, *texts in rows:
        columns = said.setdefault(pk, (key, (set(), set(), set())))[1]
        for column, text in zip(columns, texts, strict=True):
            if text:
                column.add(text)
    return {
        pk: "\n".join((key, *(text for column in columns for text in sorted(column)))).casefold()[:SEARCHED]
        for pk, (key, columns) in said.items()
    }
