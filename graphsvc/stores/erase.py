"""Erasing a person: every row that says something of them, at every date, and every copy of it in the database.

What stays is the HMAC of their keys, which blocks the same person from coming in again and tells nobody who it was.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from graphsvc.column_files import discard
from graphsvc.errors import InputError, NotFoundError
from graphsvc.model import Label
from graphsvc.policy import Caller
from graphsvc.stores.delta import workspace_mark
from graphsvc.stores.erase_results import Person, erase_results
from graphsvc.stores.ledger import COMPACT_DUE, ERASED, Change, Ledger, meta
from graphsvc.stores.links import component
from graphsvc.stores.names import update_search
from queries.erasure import (
    KeysOfNobodyElse,
    MemberLabel,
    PersonalTexts,
    PossibleTwins,
    WordsInUse,
    WordsOfInteractions,
)
from queries.members import MemberIds

# table -> columns that name a member; a row of which one is the person's goes
_ROWS: dict[str, tuple[str, ...]] = {
    "people": ("member",),
    "links": ("a", "b"),
    "facts": ("subject", "object"),
    "interactions": ("actor", "target"),
    "judgements": ("a", "b"),
    "own": ("member",),
}
# the words of these rows; WordsInUse and WordsOfInteractions ask the same columns and those of the other tables
_WORDS: dict[str, tuple[str, ...]] = {
    "members": ("domain",),
    "facts": ("kind", "role"),
    "interactions": ("kind", "channel", "topic"),
    "own": ("domain",),
    "judgements": ("kind", "name"),
}
# rows about something else that name the person, and what they say instead
_DISOWN: dict[tuple[str, str], dict[str, int | None]] = {
    ("opportunities", "owner"): {"owner": -1},
    ("people", "mail"): {"mail": -1, "email": None},
    ("members", "twin"): {"twin": -1},
}
_CLAIMS = (("organizations", "member"), ("people", "organization"), ("opportunities", "organization"))


def erase_person(ledger: Ledger, entity: str, caller: Caller) -> dict[str, int]:
    """Erase an entity, block its keys and leave no copy of what was there in the database; counts per table.

    Raises
    ------
    NotFoundError, InputError
        When no entity has this id, or it is not a person.
    """
    counts = ledger.change(lambda change: _Erasure(change, _person(change, entity)).run(caller))
    discard(ledger.url, workspace_mark(ledger.key))
    ledger.compact()
    return counts


def _person(change: Change, entity: str) -> Person:
    """All members of an entity, and everything that tells who it is."""
    found = change.one(MemberLabel(entity))
    if found is None:
        raise NotFoundError("errors.not_found", text=entity)
    if found.label != Label.PERSON:
        raise InputError("store.erase_person_only", id=entity)
    people = component(change, found.pk)
    ids = {row.pk: row.id for row in change.ask(MemberIds(people))}
    members = (*people, *_twins(change, people))
    texts = frozenset(row.text.casefold() for row in change.ask(PersonalTexts(members)))
    return Person(members, tuple(ids[pk] for pk in people), texts)


def _twins(change: Change, people: Sequence[int]) -> list[int]:
    """Organizations that exist only because a person's key might have meant one."""
    pks = [row.pk for row in change.ask(PossibleTwins(people))]
    if not pks:
        return []
    claimed = {pk for t, c in _CLAIMS for _, pk in change.writer.naming(t, c, pks, (c,))}
    return [pk for pk in pks if pk not in claimed]


class _Erasure:
    """One erasure inside its change."""

    def __init__(self, change: Change, person: Person) -> None:
        self.change = change
        self.writer = change.writer
        self.person = person
        self.words: set[int] = set()
        self.counts: dict[str, int] = {}

    def run(self, caller: Caller) -> dict[str, int]:
        """Remove everything, in an order that leaves no row pointing at one that is gone; counts per table."""
        for table, columns in _ROWS.items():
            self._erase_rows(table, columns)
        self._disown()
        self._add(erase_results(self.writer, self.person))
        self._erase_members()
        self._erase_words()
        self._remember(caller)
        return self.counts

    def _remember(self, caller: Caller) -> None:
        """Block the person's ids, say that the files are to be rewritten, and who erased."""
        ids, writer = self.person.ids, self.writer
        writer.add_missing("erased", {"id": ids}, len(ids))
        erasures = int(meta(writer, "erasures") or 0) + 1
        writer.put("meta", {"name": [COMPACT_DUE, "erasures"], "value": ["1", str(erasures)]}, 2)
        detail = json.dumps({"entity": ids[0], "counts": self.counts})
        said = {"pk": writer.number("audit"), "time": self.change.now, "who": caller.name, "action": "erase"}
        writer.add("audit", {**said, "detail": detail}, 1)
        self.change.dirty = True

    def _erase_rows(self, table: str, columns: tuple[str, ...]) -> None:
        found: set[int] = set()
        for column in columns:
            for pk, *words in self.writer.naming(table, column, self.person.members, _WORDS.get(table, ())):
                found.add(pk)
                self.words.update(w for w in words if w >= 0)
        pks = sorted(found)
        if table == "interactions":
            self.writer.remove("also", "row", pks)
        self._erase(table, pks)

    def _disown(self) -> None:
        """Take the person's handle and keys out of rows that are about something else."""
        members = self.person.members
        self.writer.remove("own_keys", "key", [row.key for row in self.change.ask(KeysOfNobodyElse(members))])
        for (table, column), values in _DISOWN.items():
            rows = self.writer.naming(table, column, members, ("member",) if table == "people" else ())
            pks = [row[0] for row in rows]
            self.writer.amend(table, "pk", pks, values)
            self.change.touch(table, pks)
            if table == "people":
                self.change.renamed.update(row[1] for row in rows)

    def _erase_members(self) -> None:
        members = self.person.members
        rows = self.writer.naming("members", "pk", members, _WORDS["members"])
        self.words.update(domain for _, domain in rows if domain >= 0)
        self.writer.remove("found", "member", members)
        self._erase("members", members)
        update_search(self.change, self.change.next_pk("members"))

    def _erase_words(self) -> None:
        """Words only the person's rows had, such as the domain of a private address."""
        orphans = self.words
        for question in (WordsInUse, WordsOfInteractions):
            if orphans:
                orphans = orphans - {row.pk for row in self.change.ask(question(sorted(orphans)))}
        self._erase("words", sorted(orphans))

    def _erase(self, table: str, pks: Sequence[int]) -> None:
        self.writer.remove(table, "pk", pks)
        self.change.touch(table, pks, ERASED)
        self._add({table: len(pks)})

    def _add(self, counts: Mapping[str, int]) -> None:
        for table, count in counts.items():
            self.counts[table] = self.counts.get(table, 0) + count
