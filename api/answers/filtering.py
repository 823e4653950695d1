"""A filter of ties and people as its caller may use it: what they may not see decides nothing."""

from __future__ import annotations

from api.answers.ask import Ask
from graphsvc.filters import Seen, TieFilter
from graphsvc.projection import Bools
from graphsvc.scores import Scores


def seen_by(ask: Ask, strength: Scores) -> Seen | None:
    """What the caller may see of ties and entities; None for the owner, who sees everything."""
    if ask.caller.is_owner or strength.b is None:
        return None
    return Seen(ask.sight.ties(strength.a, strength.b), ask.sight.own, ask.cuts(strength))


def kept(ask: Ask, wanted: TieFilter, strength: Scores) -> tuple[Bools, Bools]:
    """Which rows of ``tie_strength``, and which entities, a filter keeps for this caller."""
    seen = seen_by(ask, strength)
    return wanted.ties(ask.projection, strength, seen), wanted.people(ask.projection, seen)
