"""Answers about people, organizations and the ties between them."""

from __future__ import annotations

from typing import Any

import numpy as np

from api.aliases import aliased
from api.answers.ask import Ask
from api.answers.scores import score_items
from api.cursors import decode_cursor, encode_cursor
from api.shapes import EntityAnswer, Tie, TiesAnswer
from graphsvc.clock import show_moment
from graphsvc.model import Label, Level, Won
from graphsvc.policy import bands
from graphsvc.projection import Index
from graphsvc.registry import algorithms
from graphsvc.scores import Scores


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
        email=described.email if full and not aliased() else None,
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
    allowed, ours = ask.sight.ties(a, b), ask.projection.entities.internal
    out = []
    for row, x, y, full in zip(rows.tolist(), a.tolist(), b.tolist(), allowed.tolist(), strict=True):
        if x in names and y in names:
            shown = _numbers(ask, strength, (health, active), row) if full else {}
            sides = {"a_internal": bool(ours[x]), "b_internal": bool(ours[y])}
            out.append(Tie(a=names[x], b=names[y], band=ask.band(strength, row), **sides, **shown))
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
