"""Facts about an entity, or between two, as dated periods; what the caller may not open is counted."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from api.answers.ask import Ask
from api.shapes import Entity
from api.shapes_panels import Period
from graphsvc.clock import show_moment
from graphsvc.projection import Facts, Ints, take

MOST = 500  # periods in one answer, the newest
ALWAYS = int(np.iinfo(np.int64).min)
Said = tuple[str, str, str | None, int, int, int | None]  # kind, side, role, other, from, to


def periods(ask: Ask, a: int, b: int | None) -> tuple[list[Period], int]:
    """Periods of the facts of ``a`` (with ``b``, where given), oldest first, and how many are hidden or cut.

    Two periods of one statement stay two; the same period from several sources is one that names them all. An end
    that lies after T has not come yet.
    """
    f = ask.projection.facts
    touching = (f.subject == a) | (f.object == a)
    if b is not None:
        touching &= (f.subject == b) | (f.object == b)
    rows = np.flatnonzero(touching)
    seen = ask.openable("facts", f.row[rows])
    held = _newest(f, rows[seen])
    said = _said(ask, a, take(f, held))
    names = ask.entities(other for _, _, _, other, _, _ in said)
    out = [_period(what, sources, names) for what, sources in said.items()]
    return out, len(rows) - len(held)


def _newest(f: Facts, rows: Ints) -> Ints:
    """The newest periods, oldest first."""
    return rows[np.lexsort((f.kind[rows], f.valid_from[rows]))][-MOST:]


def _said(ask: Ask, a: int, f: Facts) -> dict[Said, set[str]]:
    """What is stated, with the sources that say so; rows erased meanwhile have none."""
    p = ask.projection
    source = {e.row: e.source for e in ask.workspace.store.evidence("facts", f.row.tolist(), ask.caller)}
    out: dict[Said, set[str]] = {}
    columns = (f.kind, f.subject, f.object, f.role, f.valid_from, f.valid_to, f.row)
    for kind, subject, object_, role, start, end, row in zip(*(c.tolist() for c in columns), strict=True):
        if row in source:
            side, other = ("subject", object_) if subject == a else ("object", subject)
            said = (p.fact_kinds[kind], side, p.text(role), other, start, end if end <= p.as_of else None)
            out.setdefault(said, set()).add(source[row])
    return out


def _period(said: Said, sources: Iterable[str], names: dict[int, Entity]) -> Period:
    kind, side, role, other, start, end = said
    return Period(
        kind=kind,
        side="subject" if side == "subject" else "object",
        role=role,
        other=names.get(other),
        from_=None if start == ALWAYS else show_moment(start),
        to=None if end is None else show_moment(end),
        source=", ".join(sorted(sources)),
    )
