"""Look-ups: what a key may mean, what sources say of an entity, full text, and the records behind a score."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphsvc.clock import show_moment
from graphsvc.errors import InputError
from graphsvc.identity import EMAIL, clean_key, components
from graphsvc.model import Label, Role
from graphsvc.projection import Ints
from graphsvc.store import Candidate, Described, EvidenceRow
from graphsvc.stores.queries import query

ALWAYS = int(np.iinfo(np.int64).min)
LATEST = int(np.iinfo(np.int64).max)  # a sequence number after all others
SHORTEST = 3  # letters a word needs for the full-text index


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
    names: list[str] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)

    @property
    def candidate(self) -> Candidate:
        """As search gives it."""
        return Candidate(self.id, self.label.name.lower(), self.key, _first(self.names))

    def texts(self) -> str:
        """All that can be searched, in one text without case."""
        return "\n".join((self.key, *self.names, *self.emails, *self.titles)).casefold()


def read_entities(connection: sqlite3.Connection, known: Entities | None) -> Entities:
    """The entities as of now; ``known`` itself when no link has changed since."""
    sql = "SELECT ifnull(max(seq), 0) FROM change WHERE what = 'links'"
    latest = int(connection.execute(sql).fetchone()[0])
    if known is not None and known.links == latest:
        return known
    return _joined(connection, latest, connection.execute("SELECT a, b FROM links WHERE gone = 0").fetchall())


def _joined(connection: sqlite3.Connection, links: int, pairs: Sequence[tuple[int, int]]) -> Entities:
    ends = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    pks, index = np.unique(ends, return_inverse=True)
    index = index.reshape(-1, 2)
    rec, ids = _recorded(connection, pks)
    heads = pks[components(index[:, 0], index[:, 1], len(pks), rec, ids)]
    whole: dict[int, list[int]] = {}
    for pk, head in zip(pks.tolist(), heads.tolist(), strict=True):
        whole.setdefault(head, []).append(pk)
    return Entities(links, dict(zip(pks.tolist(), heads.tolist(), strict=True)), whole)


def entities_at(connection: sqlite3.Connection, sequence: int) -> Entities:
    """The entities over the links that were known at a sequence number."""
    held = "SELECT a, b FROM links WHERE rec <= :at AND (gone = 0 OR gone > :at)"
    return _joined(connection, sequence, connection.execute(held, {"at": sequence}).fetchall())


def member_handles(connection: sqlite3.Connection, ids: Sequence[str]) -> dict[str, int]:
    """Members by public id."""
    sql = "SELECT id, pk FROM members WHERE id IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(sql, (json.dumps(list(ids)),)).fetchall())


def say(
    connection: sqlite3.Connection, entities: Entities, pks: Iterable[int], sequence: int = LATEST
) -> dict[int, Said]:
    """What sources say of the entities of some members, by canonical member; or said by a sequence number.

    The key shown is that of the first member a source describes, or else of the canonical member: a key of the CRM
    tells a reader more than an address that was recorded with it.
    """
    members = entities.members(pks)
    sources = dict(connection.execute("SELECT pk, name FROM sources").fetchall())
    out: dict[int, Said] = {}
    found = connection.execute(query("describe"), {"members": json.dumps(members), "sequence": sequence}).fetchall()
    ids = {row[0]: row[1] for row in found}
    for pk, _, label, twin, space, key, source, *texts in found:
        head = entities.head.get(pk, pk)
        said = out.setdefault(head, Said(ids[head], Label(label), key, space))
        said.places.add((space, key))
        said.twinned |= twin >= 0
        if source is not None and not said.described:
            said.key, said.source, said.described = key, sources[source], True
        address = key if space == EMAIL and label == Label.PERSON else None
        for kept, text in zip((said.names, said.emails, said.titles), texts, strict=True):
            if text and text not in kept:
                kept.append(text)
        if address and address not in said.emails:
            said.emails.append(address)
    return out


def describe(
    connection: sqlite3.Connection, entities: Entities, ids: Sequence[str], owner: bool, sequence: int = LATEST
) -> dict[str, Described]:
    """Descriptions by the ids asked for and by the canonical ones they redirect to."""
    handles = member_handles(connection, ids)
    said = say(connection, entities, handles.values(), sequence)
    out: dict[str, Described] = {}
    for ident, pk in handles.items():
        s = said[entities.head.get(pk, pk)]
        email = _first(s.emails) if owner else None
        shown = Described(s.id, s.label.name.lower(), s.key, s.source, _first(s.names), email, _first(s.titles))
        out[ident] = out[s.id] = shown
    return out


def resolve(connection: sqlite3.Connection, entities: Entities, text: str, label: str | None) -> list[Candidate]:
    """Entities a text may mean: a public id, else a key, an address or an exact name."""
    wanted = label_code(label)
    prefix, colon, rest = text.partition(":")
    if colon and prefix.lower() in _LABELS and wanted is None:
        found = resolve(connection, entities, rest, prefix)
        if found:
            return found
    text = clean_key(text)
    if text in (handles := member_handles(connection, [text.lower()])) or text.lower() in handles:
        pks = list(handles.values())
    else:
        pks = [pk for (pk,) in connection.execute(query("resolve"), {"text": text, "lower": text.lower()})]
    if not pks:  # a name in another spelling of capitals
        near = search(connection, entities, text, label, 50)
        return [c for c in near if (c.name or "").casefold() == text.casefold()]
    return _candidates(say(connection, entities, pks).values(), wanted)


def record_ids(connection: sqlite3.Connection, text: str, label: str | None) -> list[str]:
    """Public ids of the records whose own id, key or mail address a text is."""
    text, wanted = clean_key(text), label_code(label)
    rows = connection.execute(query("record_ids"), {"text": text, "lower": text.lower(), "label": wanted})
    return [ident for (ident,) in rows]


def search(
    connection: sqlite3.Connection, entities: Entities, text: str, label: str | None, limit: int
) -> list[Candidate]:
    """Entities whose key, name, title or address contains every word of a text, best first."""
    wanted, words = label_code(label), clean_key(text).split()
    if not words:
        return []
    long = [w for w in words if len(w) >= SHORTEST]
    more = {"label": wanted, "limit": min(4 * limit, 2**40)}
    if long:
        match = " AND ".join('"' + w.replace('"', '""') + '"' for w in long)
        rows = connection.execute(query("search_words"), {"match": match, **more}).fetchall()
    else:
        pattern = "%" + words[0].replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        rows = connection.execute(query("search_parts"), {"pattern": pattern, **more}).fetchall()
    said = say(connection, entities, [pk for pk, _ in rows])
    badness: dict[int, float] = {}
    for pk, bad in rows:
        head = entities.head.get(pk, pk)
        badness[head] = min(float(bad), badness.get(head, float("inf")))
    short = [w.casefold() for w in words if len(w) < SHORTEST]
    hits = [h for h in badness if all(w in said[h].texts() for w in short)]
    if wanted is None:
        real = {s.id for s in _without_shadows([said[h] for h in hits])}
        hits = [h for h in hits if said[h].id in real]
    hits.sort(key=lambda h: (_closeness(said[h], text), badness[h], said[h].names[:1], said[h].id))
    return [said[h].candidate for h in hits[:limit]]


def evidence_interactions(connection: sqlite3.Connection, entities: Entities, rows: Sequence[int]) -> list[EvidenceRow]:
    """The source records behind interaction rows."""
    found = connection.execute(query("evidence_interactions"), {"rows": json.dumps(list(rows))}).fetchall()
    ids = canonical_ids(connection, entities, [pk for row in found for pk in row[6:8]])
    return [
        EvidenceRow(
            "interactions", pk, source, record or f"{show_moment(time)}|{key}|{channel or ''}", time, kind, channel,
            ids[actor], ids[target], Role(role).name.lower(),
        )
        for pk, source, record, time, kind, channel, actor, target, role, key in found
    ]  # fmt: skip


def evidence_facts(connection: sqlite3.Connection, entities: Entities, rows: Sequence[int]) -> list[EvidenceRow]:
    """The statements behind fact rows."""
    found = connection.execute(query("evidence_facts"), {"rows": json.dumps(list(rows))}).fetchall()
    ids = canonical_ids(connection, entities, [pk for row in found for pk in row[4:6]])
    return [
        EvidenceRow(
            "facts", pk, source, f"{a}|{kind}|{b}", None if time == ALWAYS else time, kind, None,
            ids[subject], ids[object_], role,
        )
        for pk, source, time, kind, subject, object_, role, a, b in found
    ]  # fmt: skip


def canonical_ids(connection: sqlite3.Connection, entities: Entities, pks: Iterable[int]) -> dict[int, str]:
    """Canonical public id per member."""
    heads = {pk: entities.head.get(pk, pk) for pk in pks}
    sql = "SELECT pk, id FROM members WHERE pk IN (SELECT value FROM json_each(?))"
    ids = dict(connection.execute(sql, (json.dumps(sorted(set(heads.values()))),)).fetchall())
    return {pk: ids[head] for pk, head in heads.items()}


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


def _closeness(said: Said, text: str) -> int:
    """0: the text is its key, address or name; 1: one of them begins with it; 2: otherwise."""
    whole = clean_key(text).casefold()
    texts = [t.casefold() for t in (said.key, *said.names, *said.emails)]
    return 0 if whole in texts else 1 if any(t.startswith(whole) for t in texts) else 2


def _recorded(connection: sqlite3.Connection, pks: Ints) -> tuple[Ints, np.ndarray[tuple[int], np.dtype[np.bytes_]]]:
    sql = "SELECT rec, id FROM members WHERE pk IN (SELECT value FROM json_each(?)) ORDER BY pk"
    rows = connection.execute(sql, (json.dumps(pks.tolist()),)).fetchall()
    rec = np.array([r for r, _ in rows], dtype=np.int64)
    return rec, np.array([i for _, i in rows], dtype="S32")


def _first(texts: Sequence[str]) -> str | None:
    return texts[0] if texts else None
