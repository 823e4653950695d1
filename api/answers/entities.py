"""Answers about people, organizations and the ties between them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from api.answers.ask import Ask
from api.answers.scores import score_items
from api.cursors import decode_cursor, encode_cursor
from api.shapes import (
    Entity,
    EntityAnswer,
    MapAnswer,
    MapEdge,
    MapNode,
    SearchAnswer,
    Tie,
    TiesAnswer,
)
from graphsvc.clock import show_moment
from graphsvc.identity import clean_key
from graphsvc.model import Label, Level, Won
from graphsvc.phrases import phrase
from graphsvc.policy import bands
from graphsvc.projection import Index
from graphsvc.registry import algorithms
from graphsvc.scores import Scores

MAP_FACTS = ("REPORTS_TO", "FOLLOWS", "REFERRED", "SUPPLIES", "PARTNERS_WITH", "SUBSIDIARY_OF", "ADOPTED", "AUTHORED")


def search(ask: Ask, text: str, label: str | None = None, limit: int = 20) -> SearchAnswer:
    """Entities there are at T by name, key, title or mail address, best first.

    Of what is not a rep's own only names and keys are searched, and no mail addresses: else they could be guessed
    letter by letter.
    """
    ask.budget.limit(limit)
    index = ask.projection.index
    found = [c for c in ask.workspace.store.search(text, ask.caller, ask.budget, label) if c.id in index]
    if ask.caller.is_owner:
        return SearchAnswer(meta=ask.meta(), items=[ask.shown(c) for c in found[:limit]])
    items = [e for c in found if _findable(ask, index[c.id], e := ask.shown(c), text)]
    return SearchAnswer(meta=ask.meta(notes=[phrase("policy.search_scope")]), items=items[:limit])


def _findable(ask: Ask, index: int, shown: Entity, text: str) -> bool:
    """Whether a hit of the full-text search also fits what the caller may see of the entity."""
    if ask.sight.address(index) or shown.label not in ("person", "opportunity"):
        return True
    key = "" if shown.key == shown.id else shown.key
    visible = f"{shown.name or ''}\n{key}".casefold()
    return shown.label == "person" and all(word in visible for word in clean_key(text).casefold().split())


def entity(ask: Ask, key: str, label: str | None = None) -> EntityAnswer:
    """One person or organization: what the records say, and its scores; a name and an employer where it is not own."""
    i = ask.find(key, label)
    p, e = ask.projection, ask.projection.entities
    full = ask.sight.entity(i)
    described = ask.described([i])[i] if not full else ask.known(i)
    names = ask.entities([i, int(e.organization[i])])
    items = _own_scores(ask, i) if full else []
    return EntityAnswer(
        meta=ask.meta(*(s.name for s in items), hidden=0 if full else 1),
        entity=names[i],
        email=described.email if full else None,
        title=described.title if full else None,
        level=Level(int(e.level[i])).name.lower() if full and p.entities.label[i] == Label.PERSON else None,
        organization=names.get(int(e.organization[i])),
        internal=bool(e.internal[i]),
        left=full and bool(e.left[i]),
        scores=items,
        opportunities=_opportunities(ask, i) if full else [],
    )


def _own_scores(ask: Ask, i: int) -> list[Any]:
    items = []
    for spec in algorithms().values():
        if spec.of != "tie":
            scores = ask.scores(spec.name)
            row = scores.row_of(i)
            if row is not None:
                items += score_items(ask, scores, np.array([row]))
    return items


def _opportunities(ask: Ask, i: int) -> list[dict[str, Any]]:
    p, o = ask.projection, ask.projection.opportunities
    rows = np.flatnonzero((o.organization == i) | (o.owner == i) | (o.entity == i))
    names = ask.entities(o.entity[rows].tolist())
    return [
        {
            "id": names[int(o.entity[r])].id,
            "key": names[int(o.entity[r])].key,
            "name": names[int(o.entity[r])].name,
            "stage": p.text(int(o.stage[r])),
            "amount": None if np.isnan(o.amount[r]) else float(o.amount[r]),
            "currency": p.text(int(o.currency[r])),
            "outcome": Won(int(o.won[r])).name.lower(),
        }
        for r in rows
        if int(o.entity[r]) in names
    ]


def relationships(ask: Ask, key: str | None = None, limit: int = 100, cursor: str | None = None) -> TiesAnswer:
    """Ties of one person, of one organization's people, or of everybody, strongest first."""
    ask.budget.limit(limit)
    strength = ask.workspace.effective("tie_strength", ask.moment)
    rows = np.arange(len(strength), dtype=np.int32) if key is None else _touching(ask, strength, ask.find(key))
    b = _partner(strength)
    rows = rows[np.lexsort((b[rows], strength.a[rows], *(-o[rows] for o in _order(ask, strength))))]
    start = decode_cursor(cursor, ask.projection.sequence) if cursor else 0
    page = rows[start : start + limit].astype(np.int32)
    more = encode_cursor(start + limit, ask.projection.sequence) if start + limit < len(rows) else None
    items = ties(ask, strength, page)
    hidden = int((~ask.sight.ties(strength.a[page], b[page])).sum())
    return TiesAnswer(meta=ask.meta("relationship_health", hidden=hidden), items=items, next_cursor=more)


def _order(ask: Ask, strength: Scores) -> tuple[Any, ...]:
    """What ties are listed by, the last first: strength; for a rep by band, the own ones first in each.

    The place of somebody else's tie among own ones of known strength would tell its strength.
    """
    value = np.nan_to_num(strength.value)
    if ask.caller.is_owner:
        return (value,)
    mine = ask.sight.ties(strength.a, _partner(strength))
    return np.where(mine, value, 0.0), mine.astype(np.int8), bands(strength.value, ask.cuts(strength))


def ties(ask: Ask, strength: Scores, rows: Index) -> list[Tie]:
    """The ties of some rows, with numbers only where the caller may see them."""
    health, active = ask.scores("relationship_health"), ask.scores("active")
    a, b = strength.a[rows], _partner(strength)[rows]
    names = ask.entities([*a.tolist(), *b.tolist()])
    allowed = ask.sight.ties(a, b)
    out = []
    for row, x, y, full in zip(rows.tolist(), a.tolist(), b.tolist(), allowed.tolist(), strict=True):
        if x in names and y in names:
            shown = _numbers(ask, strength, (health, active), row) if full else {}
            out.append(Tie(a=names[x], b=names[y], band=ask.band(strength, row), **shown))
    return out


def _numbers(ask: Ask, strength: Scores, others: tuple[Scores, Scores], row: int) -> dict[str, Any]:
    a, b = int(strength.a[row]), int(_partner(strength)[row])
    values = []
    for scores in others:
        other = scores.row_of(a, b)
        value = np.nan if other is None else float(scores.value[other])
        values.append(None if np.isnan(value) else value)
    beside = {k: np.asarray(v)[row].item() for k, v in strength.beside.items()}
    last = beside.get("last_time")
    return {
        "strength": float(strength.value[row]),
        "health": values[0],
        "active": values[1],
        "reciprocity": beside.get("reciprocity"),
        "last": show_moment(int(last)) if last else None,
    }


def _partner(scores: Scores) -> Index:
    if scores.b is None:
        raise TypeError(f"{scores.name} is not a score of ties")
    return scores.b


def _touching(ask: Ask, strength: Scores, i: int) -> Index:
    inside = np.zeros(len(ask.projection), dtype=bool)
    inside[i] = True
    if ask.projection.entities.label[i] == Label.ORGANIZATION:
        inside |= ask.projection.entities.organization == i
    return np.flatnonzero(inside[strength.a] | inside[_partner(strength)]).astype(np.int32)


def ego_map(ask: Ask, key: str, hops: int = 1, limit: int = 100) -> MapAnswer:
    """The neighbourhood of an entity: nearest and strongest first, at most ``limit`` nodes."""
    ask.budget.limit(limit)
    hops, center = ask.budget.reach(hops), ask.find(key)
    strength = ask.workspace.effective("tie_strength", ask.moment)
    distance, order = _spread(ask, strength, center, hops)
    kept = order[:limit]
    inside = np.zeros(len(ask.projection), dtype=bool)
    inside[kept] = True
    names = ask.entities(kept)
    edges, hidden = _map_edges(ask, strength, inside, names)
    nodes, closed = _map_nodes(ask, kept, distance, names)
    return MapAnswer(
        meta=ask.meta(hidden=hidden + closed),
        center=names[center],
        nodes=nodes,
        edges=edges,
        cut=len(order) - len(kept),
    )


def _spread(ask: Ask, strength: Scores, center: int, hops: int) -> tuple[dict[int, int], list[int]]:
    """Breadth-first over ties and facts; within one distance by strength of the best edge (a rep: by band), then id."""
    p, deadline = ask.projection, ask.budget.deadline()
    tie = np.nan_to_num(strength.value) if ask.caller.is_owner else 1.0 + bands(strength.value, ask.cuts(strength))
    facts = p.facts_of(*MAP_FACTS)
    src = np.concatenate((strength.a, _partner(strength), facts.subject, facts.object, p.people))
    dst = np.concatenate(
        (_partner(strength), strength.a, facts.object, facts.subject, p.entities.organization[p.people])
    )
    weight = np.concatenate((np.tile(tie, 2), np.ones(2 * len(facts)), np.ones(len(p.people))))
    back = (p.entities.organization[p.people] >= 0) & (p.entities.organization[p.people] == center)
    src, dst = np.concatenate((src, dst[-len(p.people) :][back])), np.concatenate((dst, p.people[back]))
    weight = np.concatenate((weight, np.ones(int(back.sum()))))
    distance, order, frontier = {center: 0}, [center], np.array([center])
    for hop in range(1, hops + 1):
        deadline.check()
        edge = np.isin(src, frontier) & (dst >= 0)
        best = np.zeros(len(p))
        np.maximum.at(best, dst[edge], weight[edge])
        new = [int(i) for i in np.unique(dst[edge]) if int(i) not in distance]
        new.sort(key=lambda i: (-best[i], i))
        distance |= dict.fromkeys(new, hop)
        order += new
        frontier = np.array(new)
    return distance, order


def _map_nodes(
    ask: Ask, kept: Iterable[int], distance: dict[int, int], names: dict[int, Entity]
) -> tuple[list[MapNode], int]:
    """The nodes, and of how many the figures are hidden."""
    p, influence = ask.projection, ask.scores("influence")
    credit = influence.dense(len(p))
    pagerank = np.full(len(p), np.nan)
    if "pagerank" in influence.beside:
        pagerank[influence.a] = influence.beside["pagerank"]
    organizations = ask.entities(p.entities.organization[list(kept)].tolist())
    out, closed = [], 0
    for i in kept:
        if i in names:
            if not ask.sight.entity(i):
                closed += not (np.isnan(credit[i]) and np.isnan(pagerank[i]))
                credit[i] = pagerank[i] = np.nan
            employer = organizations.get(int(p.entities.organization[i]))
            out.append(
                MapNode(
                    **names[i].model_dump(),
                    organization=(employer.name or employer.key) if employer else None,
                    internal=bool(p.entities.internal[i]),
                    distance=distance[i],
                    influence=None if np.isnan(credit[i]) else float(credit[i]),
                    pagerank=None if np.isnan(pagerank[i]) else float(pagerank[i]),
                )
            )
    return out, closed


def _map_edges(ask: Ask, strength: Scores, inside: Any, names: dict[int, Entity]) -> tuple[list[MapEdge], int]:
    p, b = ask.projection, _partner(strength)
    rows = np.flatnonzero(inside[strength.a] & inside[b])
    full = ask.sight.ties(strength.a[rows], b[rows])
    edges = [
        MapEdge(
            a=names[x].id,
            b=names[y].id,
            kind="TIE",
            band=ask.band(strength, r),
            strength=strength.value[r] if f else None,
        )
        for r, x, y, f in zip(rows.tolist(), strength.a[rows].tolist(), b[rows].tolist(), full.tolist(), strict=True)
        if x in names and y in names
    ]
    facts = p.facts_of(*MAP_FACTS, "WORKS_AT")
    for kind, x, y in zip(facts.kind.tolist(), facts.subject.tolist(), facts.object.tolist(), strict=True):
        if x in names and y in names:
            edges.append(MapEdge(a=names[x].id, b=names[y].id, kind=p.fact_kinds[kind]))
    return edges, int((~full).sum())
