"""From a Replica's columns to a Projection: identity, attributes, interactions and facts as of one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from graphsvc.attributes import (
    KINDS,
    Members,
    described,
    judged,
    read_entities,
    with_buyers,
    with_employers,
    with_own_people,
)
from graphsvc.model import FACT_KINDS, Label, Won
from graphsvc.narrow import looked_up, mark, narrow
from graphsvc.projection import (
    FOREVER,
    Bools,
    Codes,
    Entities,
    Facts,
    Index,
    Interactions,
    Ints,
    Opportunities,
    Projection,
    freeze,
    take,
)
from graphsvc.timeline import Timeline, sorted_order, timeline_at

if TYPE_CHECKING:
    from graphsvc.replica import Replica


def project(replica: Replica, as_of: int, known_at: int | None = None) -> Projection:
    """The graph as of ``as_of``, as known at ``known_at`` (None: now)."""
    sequence = replica.sequence_at(known_at)
    timeline = timeline_at(replica, sequence)
    members, interactions = timeline.members, timeline.until(as_of)
    entities, own_known = read_entities(replica, members, sequence)
    told = described(replica, members, sequence)
    facts = _facts(replica, members, told, as_of, sequence)
    entities = with_employers(replica, entities, facts, members, as_of, sequence)
    entities = with_own_people(entities)
    entities = with_buyers(replica, entities, facts, members, sequence)
    opportunities = _opportunities(replica, members, as_of, sequence)
    used = _used(told, entities, interactions, facts, opportunities)
    overrides = _overrides(replica, members, _said_by(replica, timeline, as_of))
    p = Projection(
        as_of=as_of,
        known_at=known_at if known_at is not None else _now_known(replica),
        sequence=sequence,
        own_known=own_known or bool(entities.internal.any()),
        entities=entities,
        interactions=interactions,
        facts=facts,
        opportunities=opportunities,
        words=(),
        fact_kinds=KINDS,
        overrides=overrides,
    )
    p = _coded(replica, p if used.all() else _compact(p, used))
    freeze(p.entities, p.interactions, p.facts, p.opportunities)
    return p


def _now_known(replica: Replica) -> int:
    commits = replica.tables["commits"]
    return int(commits["time"][-1]) if commits.size else 0


# -- claims -----------------------------------------------------------------------------------------------------------


def _facts(replica: Replica, members: Members, described: Bools, as_of: int, sequence: int) -> Facts:
    table = replica.tables["facts"]
    seen = replica.visible("facts", sequence)
    seen = seen[table["valid_from"][seen] <= as_of]
    kind_of = {pk: KINDS.index(text) for pk, text in replica.words.items() if text in FACT_KINDS}
    subject, object_ = (
        _twins(replica, members, described, table[c][seen].astype(np.int64)) for c in ("subject", "object")
    )
    kind = _mapped(table["kind"][seen], kind_of)
    facts = Facts(
        kind=kind,
        subject=subject,
        object=object_,
        valid_from=table["valid_from"][seen].astype(np.int64),
        valid_to=table["valid_to"][seen].astype(np.int64),
        weight=table["weight"][seen].astype(np.float64),
        role=table["role"][seen].astype(np.int32),
        row=seen,
    )
    facts = take(facts, (subject >= 0) & (object_ >= 0) & (kind >= 0))
    n = len(members.canonical)
    major = (facts.kind.astype(np.int64) * n + facts.subject) * n + facts.object
    return take(facts, sorted_order(major, facts.valid_from, facts.valid_to))


def _twins(replica: Replica, members: Members, described: Bools, pks: Ints) -> Index:
    """Entities of fact ends: where a key fits two labels, the one that some record describes."""
    twin = np.where(pks >= 0, replica.tables["members"]["twin"][np.maximum(pks, 0)], -1)
    mine, other = members(pks), members(twin)
    swap = (other >= 0) & (mine >= 0)
    swap[swap] = ~described[mine[swap]] & described[other[swap]]
    out: Index = np.where(swap, other, mine).astype(np.int32)
    return out


def _opportunities(replica: Replica, members: Members, as_of: int, sequence: int) -> Opportunities:
    table = replica.tables["opportunities"]
    seen = replica.visible("opportunities", sequence)
    entity = members(table["member"][seen])
    last = np.full(len(members.canonical), -1, dtype=np.int64)
    last[entity] = seen  # the last claim about an opportunity counts
    rows = last[(last >= 0)]
    created = np.maximum(table["created"][rows].astype(np.int64), 0)
    rows, created = rows[created <= as_of], created[created <= as_of]
    won = table["won"][rows].astype(np.int8)
    closed = table["closed"][rows].astype(np.int64)
    closed = np.where(won == Won.OPEN, FOREVER, np.where(closed > 0, closed, created))
    closed = np.where(closed <= as_of, closed, FOREVER)  # of a deal closed later only that stage is kept, and not told
    return Opportunities(
        entity=members(table["member"][rows]),
        organization=members(table["organization"][rows]),
        owner=members(table["owner"][rows]),
        amount=table["amount"][rows].astype(np.float64),
        currency=table["currency"][rows].astype(np.int32),
        stage=np.where((won != Won.OPEN) & (closed == FOREVER), -1, table["stage"][rows]).astype(np.int32),
        product=table["product"][rows].astype(np.int32),
        created=created,
        closed=closed,
        won=np.where(closed == FOREVER, int(Won.OPEN), won).astype(np.int8),
    )


def _said_by(replica: Replica, timeline: Timeline, as_of: int) -> int:
    """Sequence number of the last override that holds at T: what people said later is about later.

    A change belongs to T when nothing happened between T and its moment: T stands still where no news came in, and what
    is said meanwhile is said of it.
    """
    said = replica.tables["judgements"]
    changed = np.maximum(said["rec"], said["gone"])[said.living]
    if not len(changed) or changed.max() <= replica.sequence_at(as_of):
        return timeline.sequence
    following = _next_event(replica, timeline, as_of)
    return timeline.sequence if following is None else min(timeline.sequence, replica.sequence_at(following - 1))


def _next_event(replica: Replica, timeline: Timeline, as_of: int) -> int | None:
    """When the first thing happened after T [us]: an interaction, a dated statement, a deal opened or closed."""
    later = timeline.rows.time[np.searchsorted(timeline.rows.time, as_of, "right") :][:1].tolist()
    for name, column in (("facts", "valid_from"), ("opportunities", "created"), ("opportunities", "closed")):
        times = replica.tables[name][column][replica.visible(name, timeline.sequence)]
        times = times[times > max(as_of, 0)]
        later += [int(times.min())] if len(times) else []
    return min(later, default=None)


def _overrides(replica: Replica, members: Members, sequence: int) -> tuple[tuple[str, int, int, float], ...]:
    a, b, rows = judged(replica, members, sequence, "override")
    table = replica.tables["judgements"]
    latest = {
        (replica.words[int(table["name"][r])], min(x, y) if y >= 0 else x, max(x, y) if y >= 0 else -1): float(
            table["value"][r]
        )
        for x, y, r in zip(a.tolist(), b.tolist(), rows.tolist(), strict=True)
    }
    return tuple((name, x, y, v) for (name, x, y), v in sorted(latest.items()) if not np.isnan(v))


# -- last: only what exists at T, and codes that do not depend on the store's order of arrival ---------------------


def _used(told: Bools, e: Entities, x: Interactions, f: Facts, o: Opportunities) -> Bools:
    used = told.copy()
    used[e.label == Label.OPPORTUNITY] = False  # those created later do not exist yet
    seen = np.append(used, False)  # the last slot is that of -1
    for column in (x.actor, x.target, x.object, f.subject, f.object, o.entity, o.organization, o.owner):
        mark(seen, column)
    mark(seen, e.organization[seen[:-1]])
    return seen[:-1]


def _compact(p: Projection, used: Bools) -> Projection:
    new = np.full(len(used) + 1, -1, dtype=np.int32)  # the last slot maps -1 to -1
    new[:-1][used] = np.arange(int(used.sum()), dtype=np.int32)
    e, x, f, o = take(p.entities, used), p.interactions, p.facts, p.opportunities
    return replace(
        p,
        entities=replace(e, organization=new[e.organization]),
        interactions=replace(x, **{c: looked_up(new, getattr(x, c)) for c in ("actor", "target", "object")}),
        facts=replace(f, subject=new[f.subject], object=new[f.object]),
        opportunities=replace(o, entity=new[o.entity], organization=new[o.organization], owner=new[o.owner]),
        overrides=tuple((s, int(new[a]), int(new[b]), v) for s, a, b, v in p.overrides if new[a] >= 0),
    )


def _coded(replica: Replica, p: Projection) -> Projection:
    """Replace the store's word handles by positions in the ascending list of the words in use."""
    e, x, f, o = p.entities, p.interactions, p.facts, p.opportunities
    columns = (
        e.industry,
        e.region,
        e.kind,
        e.topic,
        x.kind,
        x.channel,
        x.topic,
        f.role,
        o.currency,
        o.stage,
        o.product,
    )
    used = np.zeros(max(replica.words, default=-1) + 2, dtype=bool)  # the last slot is that of -1
    for column in columns:
        mark(used, column)
    handles = np.flatnonzero(used[:-1]).tolist()
    texts = sorted({replica.words[c] for c in handles})
    place = {text: i for i, text in enumerate(texts)}
    table = {c: place[replica.words[c]] for c in handles}

    def coded(column: NDArray[Any]) -> Codes:
        return _mapped(column, table)

    image = narrow(_image(table))  # interactions keep codes in as few bytes as they need

    return replace(
        p,
        words=tuple(texts),
        entities=replace(
            e, industry=coded(e.industry), region=coded(e.region), kind=coded(e.kind), topic=coded(e.topic)
        ),
        interactions=replace(x, **{c: looked_up(image, getattr(x, c)) for c in ("kind", "channel", "topic")}),
        facts=replace(f, role=coded(f.role)),
        opportunities=replace(o, currency=coded(o.currency), stage=coded(o.stage), product=coded(o.product)),
    )


def _mapped(codes: NDArray[np.integer[Any]], table: Mapping[int, int]) -> Codes:
    """Each code's image in ``table``; -1 where there is none."""
    image = _image(table)
    out: Codes = image[np.clip(codes.astype(np.int64), -1, len(image) - 1)]
    return out


def _image(table: Mapping[int, int]) -> Codes:
    """A table as an array; every code without an entry, the last slot among them, says -1."""
    image = np.full(max(table, default=-1) + 2, -1, dtype=np.int32)
    image[list(table)] = list(table.values())
    return image
