"""One relationship: what each side does, the channels, the facts between the two, and where it is going."""

from __future__ import annotations

from typing import Any

import numpy as np

from algorithms.health_trend import TREND_DAYS
from api.answers.ask import Ask
from api.answers.entities import ties
from api.answers.history import SOME, Contact
from api.answers.periods import periods
from api.shapes import Tie
from api.shapes_panels import TieAnswer, TieDetail, Trend
from graphsvc.clock import show_moment
from graphsvc.errors import NotFoundError
from graphsvc.scores import Scores


def tie(ask: Ask, key: str, other: str) -> TieAnswer:
    """The tie of two people, ``a`` being the first one asked for; of other people's ties the band and the facts open.

    Raises
    ------
    NotFoundError
        When one of them is unknown, or there is no tie between them at T.
    """
    a, b = ask.find(key), ask.find(other)
    strength = ask.workspace.effective("tie_strength", ask.moment)
    row = strength.row_of(a, b)
    if row is None:
        raise NotFoundError("panels.no_tie", a=ask.called(a), b=ask.called(b))
    facts, closed = periods(ask, a, b)
    (plain,) = ties(ask, strength, np.array([row], dtype=np.int32))
    names = ask.entities([a, b])
    full = ask.sight.tie(a, b)
    numbers = _numbers(ask, strength, row, (a, b)) if full else {}
    shown = plain.model_dump(include=set(Tie.model_fields) - {"a", "b"})
    return TieAnswer(
        meta=ask.meta("tie_strength", "relationship_health", hidden=closed + (not full)),
        tie=TieDetail(a=names[a], b=names[b], **shown, **numbers, facts=facts),
    )


def _numbers(ask: Ask, strength: Scores, row: int, ends: tuple[int, int]) -> dict[str, Any]:
    """Both directions as seen from the first side, when it began, channels, and the change of health."""
    ab, ba = (float(strength.beside[name][row]) for name in ("strength_ab", "strength_ba"))
    p, contact = ask.projection, Contact(ask, *ends, least=SOME)
    x, rows = p.interactions, contact.rows
    fresh = rows[np.append(True, x.key[rows][1:] != x.key[rows][:-1])] if len(rows) else rows
    codes, counts = np.unique(x.channel[fresh], return_counts=True)
    return {
        "strength_ab": ab if ends[0] == strength.a[row] else ba,
        "strength_ba": ba if ends[0] == strength.a[row] else ab,
        "first": show_moment(int(x.time[rows[0]])) if len(rows) else None,
        "channels": {p.text(int(c)) or "other": int(n) for c, n in zip(codes, counts, strict=True)},
        "trend": _trend(ask, *ends),
    }


def _trend(ask: Ask, a: int, b: int) -> Trend | None:
    """Health four weeks ago and now; None where either is not known."""
    health = ask.scores("relationship_health")
    row = health.row_of(a, b)
    if row is None or "trend" not in health.beside:
        return None
    after, change = float(health.value[row]), float(health.beside["trend"][row])
    return None if np.isnan(after) or np.isnan(change) else Trend(before=after - change, after=after, days=TREND_DAYS)
