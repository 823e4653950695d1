"""Who asks, of which moment, with what budget; and the things every answer needs: names, evidence, meta."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from api.aliases import HIDDEN, alias, aliased
from api.shapes import Channel, Entity, Evidence, Meta, ModelUsed
from graphsvc import evaluating
from graphsvc.clock import show_moment
from graphsvc.errors import AmbiguousError, ForbiddenError, NotFoundError
from graphsvc.freshness import Freshness, of_graph
from graphsvc.model import Label
from graphsvc.phrases import Phrase
from graphsvc.policy import OWNER, Budget, Caller, Sight, band, require, sight
from graphsvc.projection import DAY, Bools, Ints, Projection
from graphsvc.scores import Scores
from graphsvc.store import Candidate, Described, EvidenceRow
from graphsvc.workspace import Moment, Workspace

USUAL_CHANNELS = ("mail", "calendar", "phone", "wecom", "site", "community", "event")


@dataclass(frozen=True)
class Ask:
    """One question's context; everything an answer may show goes through its :attr:`sight`."""

    workspace: Workspace
    caller: Caller = OWNER
    budget: Budget = field(default_factory=Budget)
    as_of: int | None = None
    known_at: int | None = None
    pinned: Moment | None = None  # a moment whose graph is in memory already

    @cached_property
    def moment(self) -> Moment:
        """The T of the answer."""
        if self.pinned is not None:
            return self.pinned
        return self.workspace.moment(self.as_of, self.known_at)

    @cached_property
    def projection(self) -> Projection:
        """The graph at T; whoever reads anything reads this first.

        Raises
        ------
        ForbiddenError
            When the caller may not read.
        """
        require(self.caller, "read")
        found = self.workspace.projection(self.moment)
        self.moment.held[:] = [found]  # whatever else the answer is made of goes by the same one
        return found

    @cached_property
    def sight(self) -> Sight:
        """What the caller may see of it, by the rights of today."""
        now = self.projection
        if not self.caller.is_owner and (self.as_of is not None or self.known_at is not None):
            now = self.workspace.projection(self.workspace.moment())
        p = self.projection
        key = ("sight", self.caller, *((q.sequence, q.as_of, q.known_at) for q in (p, now)))
        return self.workspace.kept.get(key, lambda: sight(self.caller, p, now))

    def scores(self, name: str) -> Scores:
        """A score at T as computed."""
        if name not in self._scores:
            self._scores[name] = self.workspace.scores(name, replace(self.moment, held=[self.projection]))
        return self._scores[name]

    @cached_property
    def _scores(self) -> dict[str, Scores]:
        return {}

    # -- entities -------------------------------------------------------------------------------------------------
    def find(self, key: str, label: str | None = None) -> int:
        """Entity index of an id, mail address, source key or name.

        Raises
        ------
        NotFoundError
            When nobody is known by it, or not yet at T.
        AmbiguousError
            Listing the candidates.
        """
        found = self._resolved(key, label)
        if not found:
            raise NotFoundError("errors.not_found", text=key)
        ids = [c.id for c in found] if self.known_at is None else self._then(key, label, found)
        if len(ids) > 1:
            raise self._ambiguous(key, found if self.known_at is None else self.describe(ids).values())
        index = self.projection.index.get(ids[0]) if ids else None
        if index is None and self.known_at is not None and not self._recorded(key, label, found):
            raise NotFoundError("errors.not_yet_recorded", text=key, known_at=show_moment(self.known_at))
        if index is None:
            raise NotFoundError("errors.not_yet", text=key, as_of=show_moment(self.projection.as_of))
        if self.projection.entities.label[index] == Label.OPPORTUNITY and not self.sight.entity(index):
            raise self.refusal(index)
        return index

    def called(self, index: int) -> str:
        """What the caller may know an entity by: its name, else its key, else its public id."""
        shown = self.entities([index])[index]
        return shown.name or shown.key

    def refusal(self, *ends: int) -> ForbiddenError:
        """That the evidence of an entity, or a tie, is not the caller's to see; by names they may know, never by id."""
        shown = self.entities(ends)
        names = [e.name or ("" if e.key == e.id else e.key) for i in ends if (e := shown.get(i))]
        if len(names) < len(ends) or not all(names):
            return ForbiddenError("errors.not_yours_unnamed")
        return ForbiddenError("errors.not_yours", key=" – ".join(names))

    def _resolved(self, key: str, label: str | None) -> Sequence[Candidate]:
        """What a key may mean, as the store says now."""
        require(self.caller, "read")
        store = self.workspace.store
        kept = ("key", store.sequence, key, label)
        return self.workspace.named.get(kept, lambda: store.resolve(key, self.caller, label))

    def _then(self, key: str, label: str | None, found: Sequence[Candidate]) -> list[str]:
        """What a key meant as known at ``known_at``: before a merge its own entry, before a split the whole."""
        then = self._recorded(key, label, found)
        return list(dict.fromkeys(ident for ident in then if ident in self.projection.index))

    def _recorded(self, key: str, label: str | None, found: Sequence[Candidate]) -> list[str]:
        """The entities that a key's records were part of as known at T; none where nothing of them was recorded yet."""
        labels = {c.label for c in found}
        label = labels.pop() if len(labels) == 1 else label
        records = self.workspace.store.record_ids(key, self.caller, label) or [c.id for c in found]
        then = (self.workspace.canonical(ident, self.moment) for ident in records)
        return [ident for ident in then if ident is not None]

    def describe(self, ids: Sequence[str], caller: Caller | None = None) -> dict[str, Described]:
        """What was said of entities, as known at ``known_at``."""
        caller, store = caller or self.caller, self.workspace.store
        require(caller, "read")
        if self.known_at is not None:
            return store.describe(ids, caller, self.projection.sequence)
        kept, now, owner = self.workspace.named, store.sequence, caller.is_owner
        cleared = kept.cleared
        found = {i: d for i, d in zip(ids, kept.peek(("id", now, i, owner) for i in ids), strict=True) if d}
        if len(found) < len(set(ids)):
            said = store.describe([i for i in ids if i not in found], caller)
            kept.put({("id", now, i, owner): d for i, d in said.items()}, cleared)
            found |= said
        return found

    def shown(self, d: Described | Candidate) -> Entity:
        """An entity as this caller may see it: without a mail address where that is not theirs to see."""
        if aliased():
            return Entity(id=d.id, label=d.label, key=d.id, name=alias(d.id, d.label))
        index = self.projection.index.get(d.id, -1)
        key, name = self.sight.naming(index, d.label, d.id, d.key, d.name)
        return Entity(id=d.id, label=d.label, key=key, name=name)

    def _ambiguous(self, text: str, found: Iterable[Described | Candidate]) -> AmbiguousError:
        entities = [self.shown(d) for d in found]
        return AmbiguousError(text, [(e.id, e.label, e.key, e.name or "") for e in entities])

    def member(self, key: str) -> str:
        """Public id of the very record a key names, for undoing a merge; else that of the entity it means."""
        records = self.workspace.store.record_ids(key, self.caller)
        if len(records) > 1:
            known = self.workspace.store.describe(records, self.caller)
            raise self._ambiguous(key, [replace(known[i], id=i) for i in records])
        return records[0] if records else self.projection.entities.id[self.find(key)].decode()

    def described(self, indices: Iterable[int]) -> dict[int, Described]:
        """Keys and names of entities, by index."""
        ids = {int(i): self.projection.entities.id[int(i)].decode() for i in set(indices) if i >= 0}
        known = self.describe(list(ids.values()))
        return {i: known[ident] for i, ident in ids.items() if ident in known}

    def known(self, index: int) -> Described:
        """All that is said of an entity the caller may open, its mail address too."""
        ident = self.projection.entities.id[index].decode()
        return self.describe([ident], OWNER)[ident]

    def entities(self, indices: Iterable[int]) -> dict[int, Entity]:
        """The short form of entities, by index."""
        return {i: self.shown(d) for i, d in self.described(indices).items()}

    def text(self, said: Phrase, names: dict[int, Entity] | None = None) -> str:
        """A phrase in the reader's language; entity arguments (``who``, ``org``, ``work``, ``via``) become names."""
        args = dict(said.args)
        for slot in ("who", "org", "work", "via"):
            index = args.get(slot)
            if isinstance(index, int):
                shown = (names or {}).get(index) or self.entities([index]).get(index)
                args[slot] = (shown.name or shown.key) if shown else "?"
        return Phrase(said.code, args).text()

    # -- evidence -------------------------------------------------------------------------------------------------
    def evidence_of(self, pairs: Iterable[tuple[str, int]]) -> tuple[list[Evidence], int]:
        """Source records of (table, row handle) pairs, interactions first, and how many the caller may not open."""
        held, out, hidden = list(pairs), list[Evidence](), 0
        for table in ("interactions", "facts"):
            rows = [row for kind, row in held if kind == table]
            if rows:
                found, closed = self.evidence(table, rows)
                out, hidden = out + found, hidden + closed
        return out, hidden

    def evidence(
        self, table: Literal["interactions", "facts"], rows: Iterable[int], shares: Sequence[float] | None = None
    ) -> tuple[list[Evidence], int]:
        """The source records of row handles, in the order given, and how many of them the caller may not open."""
        wanted = [int(r) for r in rows]
        by_row = dict(zip(wanted, shares, strict=True)) if shares is not None else {}
        items, hidden = self.evidence_by_row(table, wanted, by_row)
        return [items[r] for r in wanted if r in items], hidden

    def evidence_by_row(
        self,
        table: Literal["interactions", "facts"],
        rows: Iterable[int],
        shares: Mapping[int, float] | None = None,
    ) -> tuple[dict[int, Evidence], int]:
        """The source records of row handles by handle, and how many of them the caller may not open."""
        wanted, by_row = [int(r) for r in rows], shares or {}
        found = {e.row: e for e in self.workspace.store.evidence(table, wanted, self.caller)}
        index = self.projection.index
        opened = [
            found[r]
            for r in wanted
            if r in found and self.sight.record(table, *(index.get(i, -1) for i in (found[r].subject, found[r].object)))
        ]
        ends = sorted({i for e in opened for i in (e.subject, e.object)})
        names = {i: self.shown(d) for i, d in self.describe(ends).items()}
        items = {e.row: self._record(e, names, by_row.get(e.row)) for e in opened}
        return items, sum(r in found for r in wanted) - len(opened)

    def openable(self, table: str, rows: Ints) -> Bools:
        """Which row handles the caller may open."""
        if self.caller.is_owner:
            return np.ones(len(rows), dtype=bool)
        p, sight = self.projection, self.sight
        if table == "facts":
            f = p.facts
            mine = f.row[sight.ties(f.subject, f.object) | sight.own[f.subject] | sight.own[f.object]]
        else:
            mine = p.interactions.row[sight.ties(p.interactions.actor, p.interactions.target)]
        out: Bools = np.isin(rows, mine)
        return out

    def _record(self, e: EvidenceRow, names: dict[str, Entity], share: float | None) -> Evidence:
        ends = [names.get(i, Entity(id=i, label="", key=i, name=None)) for i in (e.subject, e.object)]
        index = self.projection.index
        record_id = e.record_id
        if e.table == "facts" and not all(self.sight.address(index.get(i, -1)) for i in (e.subject, e.object)):
            record_id = f"{ends[0].key}|{e.kind}|{ends[1].key}"  # a statement is known by the keys it joins
        if aliased():
            record_id = HIDDEN  # a source's own id may hold a name or an address
        return Evidence(
            table=e.table,
            source=e.source,
            record_id=record_id,
            time=show_moment(e.time) if e.time is not None else None,
            kind=e.kind,
            channel=e.channel,
            from_=ends[0].key,
            from_name=ends[0].name,
            to=ends[1].key,
            to_name=ends[1].name,
            share=share,
        )

    # -- meta -----------------------------------------------------------------------------------------------------
    def meta(
        self,
        *used: str,
        hidden: int = 0,
        total: int | None = None,
        notes: Iterable[Phrase] = (),
        tested: str | None = None,
    ) -> Meta:
        """What holds for the answer; ``used`` names the scores whose accuracy belongs beside it.

        ``tested`` names what is no score but has an evaluation of its own, such as ``weekly``; ``total`` is how many
        items there are that the caller may see, where the answer holds some of them.
        """
        p = self.projection
        measured = evaluating.measured(self.workspace, self.moment)
        accuracy = {name: dict(a) for name in used if (a := self.scores(name).accuracy or measured.get(name))}
        if tested is not None and tested in measured:
            accuracy[tested] = dict(measured[tested])
        channels = self.channels()
        said = [n for name in used for n in self.scores(name).notes]
        return Meta(
            as_of=show_moment(p.as_of),
            as_of_note=self.moment.why.text() if self.moment.why else None,
            known_at=show_moment(self.known_at) if self.known_at is not None else None,
            sequence=p.sequence,
            channels=channels,
            missing_channels=missing(channels),
            own_known=p.own_known,
            hidden=hidden,
            total=total,
            accuracy=accuracy,
            models={name: made for name in used if (made := self._model_used(name))},
            computed=dict.fromkeys(used, show_moment(p.as_of)),
            notes=list(dict.fromkeys(self.text(n) for n in (*said, *notes))),
        )

    def _model_used(self, name: str) -> ModelUsed | None:
        """The model behind a score, how old it is and how it stands."""
        w, model = self.workspace, self.scores(name).model_id
        if model is None:
            return None
        key = ("fitted", w.models_decided, name, model)
        fitted = w.named.get(key, lambda: next((m.as_of for m in w.store.models(name) if m.id == model), None))
        if fitted is None:
            return ModelUsed(id=model)
        stands = w.standing(name).state_of(model)
        return ModelUsed(
            id=model,
            fitted=show_moment(fitted),
            state=stands.state if stands else None,
            age_days=round((self.projection.as_of - fitted) / DAY, 3),
        )

    def channels(self) -> list[Channel]:
        """Freshness per channel at T."""
        p = self.projection
        return self.workspace.kept.get(
            ("channels", p.sequence, p.as_of, p.known_at), lambda: channels_of(of_graph(p), p.as_of)
        )

    def cuts(self, strength: Scores) -> tuple[float, float]:
        """The terciles of tie strength that bands are cut at."""
        p = self.projection
        return self.workspace.kept.get(("cuts", p.sequence, p.as_of, p.known_at), lambda: _terciles(strength))

    def band(self, strength: Scores, row: int | None) -> str:
        """Band of a tie."""
        return "weak" if row is None else band(float(strength.value[row]), self.cuts(strength))

    def is_person(self, index: int) -> bool:
        """Whether an entity is a person."""
        return bool(self.projection.entities.label[index] == Label.PERSON)


def _terciles(strength: Scores) -> tuple[float, float]:
    value = strength.value[~np.isnan(strength.value)]
    if not len(value):
        return 0.0, 0.0
    lower, upper = np.quantile(value, (1 / 3, 2 / 3))
    return float(lower), float(upper)


def missing(channels: Iterable[Channel]) -> list[str]:
    """Usual channels that nothing came from."""
    present = {c.channel for c in channels}
    return [c for c in USUAL_CHANNELS if c not in present]


def channels_of(fresh: Freshness, as_of: int) -> list[Channel]:
    """Channels by name, with how fresh they are."""
    return [
        Channel(channel=name, newest=show_moment(newest), age_days=round((as_of - newest) / DAY, 3))
        for name, newest in sorted(fresh.newest.items())
    ]
