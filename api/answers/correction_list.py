"""What people corrected and what one mail address joined: who, when and why, and whether it can be undone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from api.aliases import HIDDEN, alias, aliased
from api.answers.ask import Ask
from api.shapes import Entity
from api.shapes_panels import Correction, CorrectionsAnswer, Record
from graphsvc import corrections as spine
from graphsvc.attributes import Members, read_members
from graphsvc.clock import show_moment
from graphsvc.corrections import Held
from graphsvc.policy import OWNER
from graphsvc.projection import Bools, Ints
from graphsvc.registry import algorithms
from graphsvc.replica import Replica
from graphsvc.store import Described

Side = Literal["a", "b"]
SIDES: tuple[Side, Side] = ("a", "b")
MOST_RECORDS = 50  # of one entity, side by side


def corrections(ask: Ask, key: str | None = None, limit: int = 100) -> CorrectionsAnswer:
    """Corrections that hold, newest first, then automatic joins; of one entity, or all the caller may see.

    Raises
    ------
    NotFoundError
        When nobody is known by the key, or not yet at T.
    """
    ask.budget.limit(limit)
    books = Books(ask)
    entity = None if key is None else ask.find(key)
    said = books.judged(entity)
    seen = [h for h in said if books.visible(h)]
    joins = books.joined(entity)
    open_joins = joins[books.own(joins)]
    more = max(limit - len(seen), 0)
    listed = [*seen[:limit], *spine.merges(books.replica, open_joins[:more], automatic=True)]
    whole = books.describe([] if entity is None else books.telling(entity))
    return CorrectionsAnswer(
        meta=ask.meta(hidden=len(said) - len(seen) + len(joins) - len(open_joins)),
        items=list(Told(books, listed).items()),
        records=[books.record(m, d) for m, d in whole.items()],
        cut=len(seen) + len(open_joins) - len(listed),
    )


@dataclass(frozen=True)
class Books:
    """Who is who, as known at the moment asked about: members, and the entity of each in the graph at T."""

    ask: Ask

    @cached_property
    def replica(self) -> Replica:
        """The columns."""
        return self.ask.workspace.refresh()

    @cached_property
    def sequence(self) -> int:
        """What had been recorded by then."""
        return self.ask.projection.sequence

    @cached_property
    def members(self) -> Members:
        """Members and the entities they form."""
        key = ("members", self.replica.sequence, self.sequence)
        return self.ask.workspace.kept.get(key, lambda: read_members(self.replica, self.sequence))

    @cached_property
    def entities(self) -> Ints:
        """Index in the graph of each member's entity; -1 where it is not there at T."""
        known = self.ask.projection.entities.id
        heads = self.replica.tables["members"]["id"][self.members.canonical].astype("S32")
        at = np.minimum(np.searchsorted(known, heads), max(len(known) - 1, 0))
        place = np.where(known[at] == heads, at, -1) if len(known) else np.full(len(heads), -1)
        return np.append(place, -1)[self.members.of]  # the last one serves -1: no such member

    def ends(self, h: Held) -> tuple[int, ...]:
        """Entities that a correction is about, one or two."""
        return tuple(int(self.entities[m]) for m in (h.a, h.b) if m >= 0)

    def judged(self, entity: int | None) -> list[Held]:
        """What people said of an entity, or of all that are in the graph."""
        found = [h for h in spine.judged(self.replica, self.sequence) if min(self.ends(h)) >= 0]
        return [h for h in found if entity is None or entity in self.ends(h)]

    def joined(self, entity: int | None) -> Ints:
        """Links by themselves of an entity, or of all that are in the graph."""
        rows = spine.joined(self.replica, self.sequence)
        whose = self._whose(rows)
        return rows[whose >= 0 if entity is None else whose == entity]

    def own(self, rows: Ints) -> Bools:
        """Which links join records of entities the caller may open."""
        if self.ask.caller.is_owner:
            return np.ones(len(rows), dtype=bool)
        return self.ask.sight.own[self._whose(rows)]

    def _whose(self, rows: Ints) -> Ints:
        return self.entities[self.replica.tables["links"]["a"][rows]]

    def sides(self, found: Sequence[Held]) -> dict[Held, tuple[list[int], ...]]:
        """The records on both sides of merges and splits: each with what exact keys join to it."""
        whose = sorted({i for h in found for i in self.ends(h)})
        near = spine.neighbours(self.replica, self.sequence, np.isin(self.entities, whose))
        out = {}
        for h in found:
            barrier = {frozenset((h.a, h.b))} if h.automatic else set()
            sides = (spine.reached(near, start, barrier) for start in (h.a, h.b))
            out[h] = tuple(self._telling(start, side) for start, side in zip((h.a, h.b), sides, strict=True))
        return out

    def telling(self, entity: int) -> list[int]:
        """Members of an entity that records describe."""
        members = np.flatnonzero(self.entities == entity)
        return self._telling(int(members[0]), members.tolist()) if len(members) else []

    def _telling(self, start: int, members: Sequence[int]) -> list[int]:
        """Those of some members that records describe; where none is, the one to start from."""
        return [m for m in members if self._described[m]][:MOST_RECORDS] or [start]

    @cached_property
    def _described(self) -> Bools:
        return spine.described(self.replica, self.sequence)

    def ids(self, members: Sequence[int]) -> list[str]:
        """Public ids of members."""
        return spine.ids_of(self.replica, np.array(members, dtype=np.int64))

    def describe(self, members: Iterable[int]) -> dict[int, Described]:
        """What is said of single records, by member; the address too, which :meth:`record` shows to whom it may."""
        handles = sorted(set(members))
        ids = dict(zip(handles, self.ids(handles), strict=True))
        sequence = None if self.ask.known_at is None else self.sequence
        known = self.ask.workspace.store.describe_records(list(ids.values()), OWNER, sequence)
        return {m: known[ident] for m, ident in ids.items() if ident in known}

    def record(self, member: int, d: Described, side: Side | None = None) -> Record:
        """A record without what is not the caller's to see of the entity it belongs to."""
        entity, sight = int(self.entities[member]), self.ask.sight
        key, name = sight.naming(entity, d.label, d.id, d.key, d.name)
        if aliased():
            return Record(side=side, id=d.id, key=HIDDEN, name=alias(d.id, d.label), source=d.source)
        return Record(
            side=side,
            id=d.id,
            key=key,
            name=name,
            source=d.source,
            email=d.email if sight.address(entity) else None,
            title=d.title if sight.entity(entity) else None,
        )

    def visible(self, h: Held) -> bool:
        """Whether the caller may see it: of own entities, or of an own tie."""
        ends, sight = self.ends(h), self.ask.sight
        if h.kind == "override" and len(ends) == 2:
            return sight.tie(*ends)
        return all(sight.entity(i) for i in ends)


@dataclass(frozen=True)
class Told:
    """Some corrections as the caller may see them; what they are made of is asked for once."""

    books: Books
    found: Sequence[Held]

    @property
    def ask(self) -> Ask:
        """The question."""
        return self.books.ask

    def items(self) -> Iterator[Correction]:
        """The corrections; without those whose records were erased meanwhile."""
        for h in self.found:
            ends = self._ends(h)
            if len(ends) == len(self.books.ends(h)):
                yield self._item(h, ends)

    @cached_property
    def _sides(self) -> dict[Held, tuple[list[int], ...]]:
        return self.books.sides([h for h in self.found if h.kind != "override"])

    @cached_property
    def _described(self) -> dict[int, Described]:
        return self.books.describe([m for sides in self._sides.values() for side in sides for m in side])

    @cached_property
    def _names(self) -> dict[int, Entity]:
        return self.ask.entities(i for h in self.found if h.kind == "override" for i in self.books.ends(h))

    @cached_property
    def _said(self) -> dict[Held, tuple[str | None, str | None]]:
        """Who decided, and why: for the owner, and for who said it themselves."""
        caller = self.ask.caller
        out: dict[Held, tuple[str | None, str | None]] = {}
        for table in ("links", "judgements"):
            held = {h.pk: h for h in self.found if h.table == table and not h.automatic}
            said = self.ask.workspace.store.said_by("links" if table == "links" else "judgements", list(held), caller)
            out |= {held[pk]: who for pk, who in said.items() if caller.is_owner or who[0] == caller.name}
        return out

    def _item(self, h: Held, ends: Sequence[Entity]) -> Correction:
        by, reason = self._said.get(h, (None, None))
        moment, needed = spine.moment_of(self.books.replica, h.rec), "write" if h.kind == "override" else "admin"
        return Correction(
            kind=h.kind,
            a=ends[0],
            b=ends[1] if len(ends) > 1 else None,
            name=h.name,
            value=h.value,
            computed=_computed(self.ask, h.name, self.books.ends(h)),
            automatic=h.automatic,
            by=by,
            time=None if moment is None else show_moment(moment),
            reason=reason or None,
            undo=self.ask.known_at is None and needed in self.ask.caller.scopes,
            records=list(self._records(h)) if h.kind == "merge" else [],
        )

    def _ends(self, h: Held) -> list[Entity]:
        """Both sides: of an override the entities, of a merge or split the records they are told by."""
        if h.kind == "override":
            return [self._names[i] for i in self.books.ends(h) if i in self._names]
        out = []
        for member, side in zip((h.a, h.b), self._sides[h], strict=True):
            first = next((m for m in side if m in self._described), None)
            if first is not None:
                shown, (ident,) = self.books.record(first, self._described[first]), self.books.ids([member])
                out.append(Entity(id=ident, label=self._described[first].label, key=shown.key, name=shown.name))
        return out

    def _records(self, h: Held) -> Iterator[Record]:
        for name, side in zip(SIDES, self._sides[h], strict=True):
            for member in side:
                if member in self._described:
                    yield self.books.record(member, self._described[member], name)


def _computed(ask: Ask, name: str | None, ends: Sequence[int]) -> float | None:
    """What a score would be without its override; None where it would be null, or it is no score."""
    if name is None or name not in algorithms():
        return None
    table = ask.scores(name)
    if (table.b is None) != (len(ends) == 1):
        return None
    row = table.row_of(*ends)
    return None if row is None or np.isnan(table.value[row]) else float(table.value[row])
