"""What of a sentence a caller may read: figures that come from other people's ties and deals are taken out.

Lists and suggestions are made over all ties. About an own account they say all they know; about anybody else a rep
reads only what follows from the own ties.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from api.answers.ask import Ask
from graphsvc.model import Won
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import rounded
from graphsvc.projection import DAY
from graphsvc.suggestions import Suggestion

WEEK = 7 * DAY
FEW = 3  # won deals of others: a mean over fewer tells a single amount
MEETINGS = frozenset({"meeting", "event", "visit"})
MEANS = ("weekly.value_product", "weekly.value_segment", "weekly.value_mean")
COLLEAGUES = {"weekly.overloaded": "answers.left_overloaded", "weekly.touched": None}  # counts of their touches
OWN_FIGURES = ("reconnect", "hand_over")  # plays that speak of the owner's own tie


def reasons(ask: Ask, entity: int, said: Sequence[Phrase]) -> tuple[list[Phrase], int]:
    """The sentences about a contact or account that a caller may read, and how many were taken out or cut short."""
    if ask.caller.is_owner:
        return list(said), 0
    kept = [_mean(ask, r) if ask.sight.entity(entity) else _sentence(ask, entity, r) for r in said]
    changed = sum(new is not old for new, old in zip(kept, said, strict=True))
    return [r for r in kept if r is not None], changed


def gain(ask: Ask, entity: int, value: float, said: Sequence[Phrase]) -> float:
    """A gain, as exact as its parts: it is a product of which a rep knows the other factors."""
    if ask.caller.is_owner:
        return value
    if not ask.sight.entity(entity):
        return rounded(value, 1)
    return rounded(value, _digits(ask)) if any(r.code in MEANS for r in said) else value


def step_reasons(ask: Ask, s: Suggestion, said: Sequence[Phrase]) -> tuple[list[Phrase], int]:
    """The sentences of a suggestion: without figures where these are of other people's ties."""
    exact = s.play in OWN_FIGURES or (s.play != "ask_introduction" and _own(ask, s.target))
    if ask.caller.is_owner or exact:
        return list(said), 0
    return [phrase(f"answers.play_{s.play}"), *said[1:]], 1


def step_gain(ask: Ask, s: Suggestion) -> float:
    """A suggestion's gain: coarse where the value or the path behind it is not all the caller's to see."""
    exact = ask.caller.is_owner or (s.play != "ask_introduction" and _own(ask, s.target))
    return s.gain if exact else rounded(s.gain, 1)


def _own(ask: Ask, ident: str) -> bool:
    return ask.sight.entity(ask.projection.index.get(ident, -1))


def _sentence(ask: Ask, entity: int, said: Phrase) -> Phrase | None:
    """A sentence about somebody who is not at an own account; None where nothing of it may be read."""
    if said.code in COLLEAGUES:
        code = COLLEAGUES[said.code]
        return None if code is None else phrase(code)
    if said.code == "weekly.changed_deal":
        return None
    if said.code in ("weekly.changed_met", "weekly.changed_wrote"):
        return said if _happened(ask, entity, met=said.code == "weekly.changed_met") else None
    if said.code == "weekly.wrote_last" and not _wrote_last(ask, entity):
        return phrase("weekly.silent", days=said.args["days"])
    return _mean(ask, said)


def _mean(ask: Ask, said: Phrase) -> Phrase:
    """A mean over everybody's won deals, too coarse to take a single one out of it."""
    if said.code not in MEANS:
        return said
    return Phrase(said.code, dict(said.args) | {"amount": rounded(float(said.args["amount"] or 0.0), _digits(ask))})


def _digits(ask: Ask) -> int:
    deals, own = ask.projection.opportunities, ask.sight.own
    others = (deals.won == Won.WON) & np.isfinite(deals.amount) & ~own[deals.entity]
    return 1 if int(others.sum()) < FEW else 2


def _happened(ask: Ask, entity: int, *, met: bool) -> bool:
    """Whether the caller met this contact, or heard from them, in the last seven days."""
    p, x = ask.projection, ask.projection.interactions
    rows = _between(ask, entity)
    rows = rows[x.time[rows] > p.as_of - WEEK]
    if met:
        return bool({p.text(int(k)) for k in np.unique(x.kind[rows])} & MEETINGS)
    return bool((x.actor[rows] == entity).any())


def _wrote_last(ask: Ask, entity: int) -> bool:
    rows = _between(ask, entity)
    return len(rows) > 0 and int(ask.projection.interactions.actor[rows[-1]]) == entity


def _between(ask: Ask, entity: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    x, me = ask.projection.interactions, ask.sight.me
    return np.flatnonzero(((x.actor == me) & (x.target == entity)) | ((x.actor == entity) & (x.target == me)))
