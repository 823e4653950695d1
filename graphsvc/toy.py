"""Small named graphs with answers that can be worked out by hand, and the builder that makes a Projection of rows.

The builder is what tests and doctests use in place of a store; it follows the same rules (order, self-addressed rows,
participants).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from graphsvc.model import FACT_KINDS, Label, Level, Role, Won
from graphsvc.projection import (
    DAY,
    FOREVER,
    Entities,
    Facts,
    Interactions,
    Opportunities,
    Projection,
    freeze,
    narrowed,
)

ALWAYS = np.iinfo(np.int64).min
Rows = Iterable[Mapping[str, Any]]


def build(
    *,
    people: Rows = (),
    organizations: Rows = (),
    works: Rows = (),
    interactions: Rows = (),
    facts: Rows = (),
    opportunities: Rows = (),
    as_of: float = 0.0,
    own_known: bool | None = None,
) -> Projection:
    """A Projection of plain rows; times are days since the epoch, keys are strings and also the public ids.

    ``people`` rows: id, internal, level (Level), organization, buyer, left; ``interactions`` rows: time, from, to,
    and optionally id, role, kind, channel, topic, weight, relevance, object; ``facts`` rows: subject, kind, object,
    and optionally from, to (days), weight, role. Entities named in interactions or facts exist without a row.

    Examples
    --------
    >>> p = build(interactions=[{"time": 1, "from": "a", "to": "b"}], as_of=2)
    >>> [i.decode() for i in p.entities.id], p.interactions.actor.tolist(), len(p.facts)
    (['a', 'b'], [0], 0)
    """
    given: dict[Label, dict[str, Mapping[str, Any]]] = {
        Label.PERSON: {r["id"]: r for r in people},
        Label.ORGANIZATION: {r["id"]: r for r in organizations},
        Label.WORK: {r["id"]: r for r in works},
        Label.OPPORTUNITY: {r["id"]: r for r in opportunities},
        Label.TOPIC: {},
    }
    events, claims = [dict(r) for r in interactions], [dict(r) for r in facts]
    label = _labels(given, events, claims)
    keys = sorted(label)
    index = {k: i for i, k in enumerate(keys)}
    words = _words(given, events, claims)
    code = {w: i for i, w in enumerate(words)}
    attrs = [given[label[k]].get(k, {}) for k in keys]
    end = int(as_of * DAY)
    known = any(a.get("internal") for a in attrs) if own_known is None else own_known
    p = Projection(
        as_of=end,
        known_at=end,
        sequence=1,
        own_known=known,
        entities=_entities(keys, label, attrs, index, code),
        interactions=_interactions(events, index, code, end),
        facts=_facts(claims, index, code, end),
        opportunities=_opportunities(list(given[Label.OPPORTUNITY].values()), index, code, end),
        words=tuple(words),
        fact_kinds=tuple(sorted(FACT_KINDS)),
    )
    freeze(p.entities, p.interactions, p.facts, p.opportunities)
    return p


def _labels(
    given: Mapping[Label, Mapping[str, Any]],
    interactions: Sequence[Mapping[str, Any]],
    facts: Sequence[Mapping[str, Any]],
) -> dict[str, Label]:
    label = {k: kind for kind, rows in given.items() for k in rows}
    for row in interactions:
        label.setdefault(row["from"], Label.PERSON)
        label.setdefault(row["to"], Label.PERSON)
        if row.get("object"):
            label.setdefault(row["object"], Label.WORK)
    for row in facts:
        subject, object_ = FACT_KINDS[row["kind"]]
        label.setdefault(row["subject"], subject[0])
        label.setdefault(row["object"], object_[0])
    for rows in given.values():
        for row in rows.values():
            if row.get("organization"):
                label.setdefault(row["organization"], Label.ORGANIZATION)
            if row.get("owner"):
                label.setdefault(row["owner"], Label.PERSON)
    return label


def _words(
    given: Mapping[Label, Mapping[str, Any]],
    interactions: Sequence[Mapping[str, Any]],
    facts: Sequence[Mapping[str, Any]],
) -> list[str]:
    found: set[str] = set()
    for rows in given.values():
        for row in rows.values():
            found |= {
                str(row[c])
                for c in ("industry", "region", "kind", "topic", "stage", "currency", "product")
                if row.get(c)
            }
    for row in interactions:
        found |= {str(row.get(c) or d) for c, d in (("kind", "mail"), ("channel", "mail"))}
        found |= {str(row["topic"])} if row.get("topic") else set()
    found |= {str(row["role"]) for row in facts if row.get("role")}
    return sorted(found)


def _entities(
    keys: Sequence[str],
    label: Mapping[str, Label],
    attrs: Sequence[Mapping[str, Any]],
    index: Mapping[str, int],
    code: Mapping[str, int],
) -> Entities:
    def codes(column: str) -> np.ndarray[Any, np.dtype[np.int32]]:
        return np.array([code.get(str(a.get(column)), -1) for a in attrs], dtype=np.int32)

    return Entities(
        id=np.array([k.encode() for k in keys], dtype="S32"),
        label=np.array([label[k] for k in keys], dtype=np.int8),
        internal=np.array([bool(a.get("internal")) for a in attrs], dtype=bool),
        level=np.array([int(a.get("level", Level.UNKNOWN)) for a in attrs], dtype=np.int8),
        buyer=np.array([bool(a.get("buyer")) for a in attrs], dtype=bool),
        organization=np.array([index.get(str(a.get("organization")), -1) for a in attrs], dtype=np.int32),
        left=np.array([bool(a.get("left")) for a in attrs], dtype=bool),
        restricted=np.array([bool(a.get("restricted")) for a in attrs], dtype=bool),
        industry=codes("industry"),
        region=codes("region"),
        kind=codes("kind"),
        topic=codes("topic"),
        time=np.array([int(a.get("time", 0) * DAY) for a in attrs], dtype=np.int64),
    )


def _interactions(
    rows: list[dict[str, Any]], index: Mapping[str, int], code: Mapping[str, int], end: int
) -> Interactions:
    ident: dict[Any, int] = {}
    for row in rows:
        row["us"] = int(row["time"] * DAY)
        row["key"] = ident.setdefault(row.get("id") or (row["us"], row["from"], row.get("channel")), len(ident) + 1)
    members: dict[int, set[str]] = {}
    for row in rows:
        members.setdefault(row["key"], set()).update((row["from"], row["to"]))
    kept = [r for r in rows if r["us"] <= end and r["from"] != r["to"]]
    kept.sort(key=lambda r: (r["us"], r["key"], index[r["to"]]))
    made = Interactions(
        time=np.array([r["us"] for r in kept], dtype=np.int64),
        key=np.array([r["key"] for r in kept], dtype=np.int64),
        actor=np.array([index[r["from"]] for r in kept], dtype=np.int32),
        target=np.array([index[r["to"]] for r in kept], dtype=np.int32),
        role=np.array([int(r.get("role", Role.TO)) for r in kept], dtype=np.int8),
        kind=np.array([code[str(r.get("kind") or "mail")] for r in kept], dtype=np.int32),
        channel=np.array([code[str(r.get("channel") or "mail")] for r in kept], dtype=np.int32),
        topic=np.array([code.get(str(r.get("topic")), -1) for r in kept], dtype=np.int32),
        object=np.array([index.get(str(r.get("object")), -1) for r in kept], dtype=np.int32),
        participants=np.array([len(members[r["key"]]) for r in kept], dtype=np.int32),
        weight=np.array([r.get("weight", 1.0) for r in kept], dtype=np.float32),
        relevance=np.array([r.get("relevance", np.nan) for r in kept], dtype=np.float32),
        row=np.arange(1, len(kept) + 1, dtype=np.int64),
    )
    return narrowed(made)


def _facts(rows: list[dict[str, Any]], index: Mapping[str, int], code: Mapping[str, int], end: int) -> Facts:
    kinds = {k: i for i, k in enumerate(sorted(FACT_KINDS))}
    for row in rows:
        row["start"] = int(row["from"] * DAY) if row.get("from") is not None else ALWAYS
        row["stop"] = int(row["to"] * DAY) if row.get("to") is not None else FOREVER
    kept = [r for r in rows if r["start"] <= end]
    kept.sort(key=lambda r: (kinds[r["kind"]], index[r["subject"]], index[r["object"]], r["start"]))
    return Facts(
        kind=np.array([kinds[r["kind"]] for r in kept], dtype=np.int32),
        subject=np.array([index[r["subject"]] for r in kept], dtype=np.int32),
        object=np.array([index[r["object"]] for r in kept], dtype=np.int32),
        valid_from=np.array([r["start"] for r in kept], dtype=np.int64),
        valid_to=np.array([r["stop"] for r in kept], dtype=np.int64),
        weight=np.array([r.get("weight", 1.0) for r in kept], dtype=np.float64),
        role=np.array([code.get(str(r.get("role")), -1) for r in kept], dtype=np.int32),
        row=np.arange(1, len(kept) + 1, dtype=np.int64),
    )


def _opportunities(
    rows: list[Mapping[str, Any]], index: Mapping[str, int], code: Mapping[str, int], end: int
) -> Opportunities:
    rows = sorted(rows, key=lambda r: index[r["id"]])
    closed = [
        int(r["closed"] * DAY) if r.get("closed") is not None and r["closed"] * DAY <= end else FOREVER for r in rows
    ]

    def codes(column: str) -> np.ndarray[Any, np.dtype[np.int32]]:
        return np.array([code.get(str(r.get(column)), -1) for r in rows], dtype=np.int32)

    return Opportunities(
        entity=np.array([index[r["id"]] for r in rows], dtype=np.int32),
        organization=np.array([index.get(str(r.get("organization")), -1) for r in rows], dtype=np.int32),
        owner=np.array([index.get(str(r.get("owner")), -1) for r in rows], dtype=np.int32),
        amount=np.array([r.get("amount", np.nan) for r in rows], dtype=np.float64),
        currency=codes("currency"),
        stage=codes("stage"),
        product=codes("product"),
        created=np.array([int(r.get("created", 0) * DAY) for r in rows], dtype=np.int64),
        closed=np.array(closed, dtype=np.int64),
        won=np.array(
            [int(r.get("won", Won.OPEN)) if c != FOREVER else int(Won.OPEN) for r, c in zip(rows, closed, strict=True)],
            dtype=np.int8,
        ),
    )


def adoption_star(peers: int) -> Projection:
    """A CTO (id ``a-cto``) makes a design; ``peers`` people who follow the CTO take it up, one a day."""
    names = [f"p{i:03d}" for i in range(peers)]
    facts: list[dict[str, Any]] = [{"subject": "a-cto", "kind": "AUTHORED", "object": "w-design", "from": 0}]
    facts += [{"subject": n, "kind": "FOLLOWS", "object": "a-cto", "from": 0} for n in names]
    facts += [{"subject": n, "kind": "ADOPTED", "object": "w-design", "from": i + 1} for i, n in enumerate(names)]
    return build(facts=facts, as_of=peers + 1)
