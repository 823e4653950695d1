"""Look-ups: what a key may mean, what sources say of an entity, full text, and the records behind a score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.identity import EMAIL, clean_key, components
from graphsvc.model import Label, Role
from graphsvc.store import Called, Candidate, Described, EvidenceRow
from graphsvc.stores.ledger import Reader
from queries.lookups import (
    Describe,
    EvidenceFacts,
    EvidenceInteractions,
    Link,
    LinksAt,
    LinksChanged,
    MemberHandles,
    RecordIds,
    Resolve,
    Search,
    SourceNames,
)
from queries.members import AllMembers, MemberIds

ALWAYS = int(np.iinfo(np.int64).min)
LATEST = int(np.iinfo(np.int64).max)  # a sequence number after all others
WIDER = 4  # members looked at per entity wanted: some are of one entity, or shadows of another
MANY = 2**40
PART = 5_000  # entities described at once, where all are


@dataclass(frozen=True)
class Entities:
    """Which members are one entity, over the links that held at change ``links`` of them; others stand alone."""

    links: int
    head: Mapping[int, int] = field(repr=False)  # member -> canonical member
    whole: Mapping[int, list[int]] = field(repr=False)  # canonical member -> its members

    def members(self, pks: Iterable[int]) -> list[int]:
        """All members of the entities of some members, ascending."""
        heads = {self.head.get(pk, pk) for pk in pks}
        return sorted({m for h in heads for m in self.whole.get(h, [h])})


@dataclass
class Said:
    """What sources say of one entity, the earliest-recorded member first."""

    id: str
    label: Label
    key: str
    source: str
    described: bool = False
    twinned: bool = False  # a fact named it by a key that fits another label too
    places: set[tuple[str, str]] = field(default_factory=set)
    members: dict[int, tuple[str, str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    @property
    def candidate(self) -> Candidate:
        """As search gives it."""
        return Candidate(self.id, self.label.name.lower(), self.key, _first(self.names))


def read_entities(reader: Reader, known: Entities | None) -> Entities:
    """The entities as of now; ``known`` itself when no link has changed since."""
    latest = reader.ask(LinksChanged())[0].sequence
    if known is not None and known.links == latest:
        return known
    return _joined(latest, reader.ask(LinksAt(LATEST)))


def entities_at(reader: Reader, sequence: int) -> Entities:
    """The entities over the links that were known at a sequence number."""
    return _joined(sequence, reader.ask(LinksAt(sequence)))


def _joined(sequence: int, links: Sequence[Link]) -> Entities:
    a, a_rec, a_ids, b, b_rec, b_ids = list(zip(*links, strict=True)) or [()] * 6
    pks, first, index = np.unique(np.array([*a, *b], dtype=np.int64), return_index=True, return_inverse=True)
    rec = np.array([*a_rec, *b_rec], dtype=np.int64)[first]
    ids = np.array([*a_ids, *b_ids], dtype="S32")[first]
    heads = pks[components(index[: len(a)], index[len(a) :], len(pks), rec, ids)]
    whole: dict[int, list[int]] = {}
    for pk, head in zip(pks.tolist(), heads.tolist(), strict=True):
        whole.setdefault(head, []).append(pk)
    return Entities(sequence, dict(zip(pks.tolist(), heads.tolist(), strict=True)), whole)


def member_handles(reader: Reader, ids: Sequence[str]) -> dict[str, int]:
    """Members by public id."""
    return {row.id: row.pk for row in reader.ask(MemberHandles(list(ids)))}


def member_ids(reader: Reader, pks: Sequence[int]) -> dict[int, str]:
    """Public ids by member."""
    return {row.pk: row.id for row in reader.ask(MemberIds(list(pks)))}


def say(reader: Reader, entities: Entities, pks: Iterable[int], sequence: int = LATEST) -> dict[int, Said]:
    """What sources say of the entities of some members, by canonical member; or said by a sequence number.

    The key shown is that of the first member a source describes, or else of the canonical member: a key of the CRM
    tells a reader more than an address that was recorded with it. An entity erased meanwhile is left out.
    """
    members = entities.members(pks)
    sources = {row.pk: row.name for row in reader.ask(SourceNames())}
    out: dict[int, Said] = {}
    found = reader.ask(Describe(members, sequence))
    ids = {row.pk: row.id for row in found}
    for row in found:
        head = entities.head.get(row.pk, row.pk)
        if head not in ids:
            continue
        said = out.setdefault(head, Said(ids[head], Label(row.label), row.key, row.space))
        said.places.add((row.space, row.key))
        said.members[row.pk] = (row.space, row.key)
        said.twinned |= row.twin >= 0
        if row.source is not None and not said.described:
            said.key, said.source, said.described = row.key, sources[row.source], True
        texts = ((said.names, row.name), (said.emails, row.email), (said.titles, row.title))
        own = row.key if row.space == EMAIL and row.label == Label.PERSON else None
        for kept, text in (*texts, (said.emails, own)):
            if text and text not in kept:
                kept.append(text)
    return out


def parts(reader: Reader, entities: Entities, members: Sequence[int] | None) -> list[list[int]]:
    """The entities of some members, or all, by canonical member, in parts that are described at once."""
    pks = [row.pk for row in reader.ask(AllMembers())] if members is None else members
    heads = sorted({entities.head.get(pk, pk) for pk in pks})
    return [heads[at : at + PART] for at in range(0, len(heads), PART)]


def called(reader: Reader, entities: Entities, heads: Sequence[int]) -> list[Called]:
    """What sources call some entities."""
    return [
        Called(s.id, int(s.label), s.key, s.described, s.names, s.emails, s.titles, list(s.members.items()))
        for s in say(reader, entities, heads).values()
    ]


def describe(
    reader: Reader, entities: Entities, ids: Sequence[str], owner: bool, sequence: int = LATEST
) -> dict[str, Described]:
    """Descriptions by the ids asked for and by the canonical ones they redirect to."""
    handles = member_handles(reader, ids)
    said = say(reader, entities, handles.values(), sequence)
    out: dict[str, Described] = {}
    for ident, pk in sorted(handles.items()):
        s = said.get(entities.head.get(pk, pk))
        if s is not None:
            email = _first(s.emails) if owner else None
            shown = Described(s.id, s.label.name.lower(), s.key, s.source, _first(s.names), email, _first(s.titles))
            out[ident] = out[s.id] = shown
    return out


def resolve(reader: Reader, entities: Entities, text: str, label: str | None) -> list[Candidate]:
    """Entities a text may mean: a public id, else a key, an address or an exact name."""
    wanted = label_code(label)
    prefix, colon, rest = text.partition(":")
    if colon and prefix.lower() in _LABELS and wanted is None:
        found = resolve(reader, entities, rest, prefix)
        if found:
            return found
    text = clean_key(text)
    if text in (handles := member_handles(reader, [text.lower()])) or text.lower() in handles:
        pks = list(handles.values())
    else:
        pks = [row.pk for row in reader.ask(Resolve(text, text.lower()))]
    if not pks:  # a name in another spelling of capitals
        near = search(reader, entities, text, label, 50)
        return [c for c in near if (c.name or "").casefold() == text.casefold()]
    return _candidates(say(reader, entities, pks).values(), wanted)


def record_ids(reader: Reader, text: str, label: str | None) -> list[str]:
    """Public ids of the records whose own id, key or mail address a text is."""
    text = clean_key(text)
    return [row.id for row in reader.ask(RecordIds(text, text.lower(), label_code(label)))]


def search(reader: Reader, entities: Entities, text: str, label: str | None, limit: int) -> list[Candidate]:
    """Entities whose key, name, title or address contains every word of a text, best first."""
    wanted, whole = label_code(label), clean_key(text).casefold()
    words = whole.split()
    if not words:
        return []
    most = min(WIDER * limit + WIDER, MANY)
    hits = reader.ask(Search(max(words, key=len), words, whole, wanted, most))
    lengths: dict[int, int] = {}
    for member, length in hits:
        head = entities.head.get(member, member)
        lengths[head] = min(length, lengths.get(head, length))
    found = say(reader, entities, lengths)
    said = [found[head] for head in lengths if head in found]
    if wanted is None:
        said = _without_shadows(said)
    by_id = {found[head].id: length for head, length in lengths.items() if head in found}
    said.sort(key=lambda s: (_closeness(s, whole), by_id[s.id], s.names[:1], s.id))
    return [s.candidate for s in said[:limit]]


def evidence_interactions(reader: Reader, entities: Entities, rows: Sequence[int]) -> list[EvidenceRow]:
    """The source records behind interaction rows."""
    found = reader.ask(EvidenceInteractions(list(rows)))
    ids = canonical_ids(reader, entities, [pk for row in found for pk in (row.actor, row.target)])
    return [
        EvidenceRow(
            "interactions", row.pk, row.source,
            row.record_id or f"{show_moment(row.time)}|{row.key}|{row.channel or ''}", row.time, row.kind, row.channel,
            ids[row.actor], ids[row.target], Role(row.role).name.lower(),
        )
        for row in found
        if row.actor in ids and row.target in ids
    ]  # fmt: skip


def evidence_facts(reader: Reader, entities: Entities, rows: Sequence[int]) -> list[EvidenceRow]:
    """The statements behind fact rows."""
    found = reader.ask(EvidenceFacts(list(rows)))
    ids = canonical_ids(reader, entities, [pk for row in found for pk in (row.subject, row.object)])
    return [
        EvidenceRow(
            "facts", row.pk, row.source, f"{row.subject_key}|{row.kind}|{row.object_key}",
            None if row.time == ALWAYS else row.time, row.kind, None, ids[row.subject], ids[row.object], row.role,
        )
        for row in found
        if row.subject in ids and row.object in ids
    ]  # fmt: skip


def canonical_ids(reader: Reader, entities: Entities, pks: Iterable[int]) -> dict[int, str]:
    """Canonical public id per member; a member erased meanwhile has none."""
    heads = {pk: entities.head.get(pk, pk) for pk in pks}
    ids = member_ids(reader, sorted(set(heads.values())))
    return {pk: ids[head] for pk, head in heads.items() if head in ids}


_LABELS = {label.name.lower(): label for label in Label}


def label_code(label: str | None) -> int | None:
    """Code of a label's name.

    Raises
    ------
    InputError
        Listing the labels there are.
    """
    if label is None:
        return None
    if label.lower() not in _LABELS:
        raise InputError("store.unknown_label", label=label, labels=", ".join(_LABELS))
    return int(_LABELS[label.lower()])


def _candidates(said: Iterable[Said], label: int | None) -> list[Candidate]:
    chosen = _without_shadows(list(said)) if label is None else [s for s in said if s.label == label]
    return [s.candidate for s in sorted(chosen, key=lambda s: (s.label, s.key, s.id))]


def _without_shadows(said: Sequence[Said]) -> list[Said]:
    """Entities without those that exist only because a key might have meant them and most likely did not."""
    at: dict[tuple[str, str], list[Said]] = {}
    for s in said:
        for place in s.places:
            at.setdefault(place, []).append(s)

    def shadowed(s: Said) -> bool:
        others = (o for place in s.places for o in at[place] if o.label != s.label)
        return any(o.described or (o.twinned and not s.twinned) for o in others)

    return [s for s in said if s.described or not shadowed(s)]


def _closeness(said: Said, whole: str) -> int:
    """0: the text (without case) is its key, address or name; 1: one of them begins with it; 2: otherwise."""
    texts = [t.casefold() for t in (said.key, *said.names, *said.emails)]
    return 0 if whole in texts else 1 if any(t.startswith(whole) for t in texts) else 2


def _first(texts: Sequence[str]) -> str | None:
    return texts[0] if texts else None
