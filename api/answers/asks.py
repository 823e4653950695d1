"""Asks for an introduction: recorded when they are made, so that they count, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from algorithms.path_asks import decided_asks
from api.answers.ask import Ask
from api.answers.feed import find_suggestion, suggestion_items
from api.answers.paths import asked_at
from api.answers.standing import decide, followed, proposes, stood
from api.shapes_boards import AskAnswer, AskItem, AsksAnswer, Outcome
from graphsvc.clock import show_moment
from graphsvc.errors import ConflictError, ForbiddenError, InputError, NotFoundError
from graphsvc.policy import OWNER, require
from graphsvc.projection import DAY
from graphsvc.suggestions import DECISIONS, State, Suggestion

WITHIN = 45 * DAY  # how long an ask is open, as for path probabilities
Which = Literal["open", "proposed", "confirmed", "declined", "snoozed", "expired"]


@dataclass(frozen=True)
class Ends:
    """Who asks whom about whom; entity indices."""

    asker: int
    through: int
    to: int


def ends_of(ask: Ask, to: str, through: str, source: str | None) -> Ends:
    """The three people of an ask; the asker is the caller where nobody else is named.

    Raises
    ------
    ForbiddenError
        When a rep asks in somebody else's name.
    InputError
        When the owner names no asker, two of the three are one, or somebody has left or must not be contacted.
    """
    if source is None and ask.caller.entity is None:
        raise InputError("asks.needs_from")
    asker = ask.find(source or ask.caller.entity or "", "person")
    if not ask.caller.is_owner and asker != ask.sight.me:
        raise ForbiddenError("asks.not_you")
    ends = Ends(asker, ask.find(through, "person"), ask.find(to, "person"))
    if len({ends.asker, ends.through, ends.to}) < 3:
        raise InputError("asks.three_people")
    people = ask.projection.entities
    for who in (ends.through, ends.to):
        if people.restricted[who] or people.left[who]:
            name = ask.entities([who])[who]
            raise InputError("asks.restricted" if people.restricted[who] else "asks.left", name=name.name or name.key)
    return ends


def record(ask: Ask, to: str, through: str, source: str | None = None, note: str = "") -> AskAnswer:
    """Keep that somebody asked for an introduction.

    Raises
    ------
    ForbiddenError, InputError
        As :func:`ends_of`.
    ConflictError
        When the same was asked less than 45 days ago, and not taken back: with when and by whom.
    """
    require(ask.caller, "write")
    require(ask.caller, "read")  # before anything is kept: the answer shows the ask
    ends, ids = ends_of(ask, to, through, source), ask.projection.entities.id
    asker, via, target = (ids[i].decode() for i in (ends.asker, ends.through, ends.to))
    made = Suggestion("ask_introduction", asker, target, via)
    kept = _kept(ask, made)
    if kept is None:
        ask.workspace.store.save_suggestions([made])
        kept = made
    if "confirmed" not in DECISIONS[kept.state]:
        kept = decide(ask, kept, "proposed")
    try:
        kept = decide(ask, kept, "confirmed", note.strip())
    except InputError:  # somebody else was first
        _kept(ask, made)
        raise
    return _answer(ask, kept)


def take_back(ask: Ask, ident: str, reason: str = "") -> AskAnswer:
    """Take an ask back while it is open: from now on it waits at nobody; at an earlier T it still does.

    Raises
    ------
    NotFoundError
        When there is no such ask, or it is somebody else's.
    ConflictError
        When it is not open: taken back already, answered, or older than 45 days.
    """
    require(ask.caller, "write")
    require(ask.caller, "read")
    found = find_suggestion(ask, ident)
    if found.play != "ask_introduction":
        raise NotFoundError("store.no_suggestion", id=ident)
    if not _is_open(ask, found) or _outcomes(ask, [found]).get(ident) != "open":
        raise ConflictError("asks.not_open")
    return _answer(ask, decide(ask, found, "proposed", reason.strip()))


def _kept(ask: Ask, made: Suggestion) -> Suggestion | None:
    """The ask as it is kept, if it is; under an id of before a merge too.

    Raises
    ------
    ConflictError
        When it is open.
    """
    kept = [s for s in ask.workspace.store.suggestions(OWNER) if s.play == made.play]
    to = followed(ask, (i for s in kept for i in (s.owner, s.target, s.through)))
    same = [s for s in kept if proposes(s, to) == proposes(made, to)]
    for s in same:
        if _is_open(ask, s):
            date = show_moment(s.decided or 0)[:10]
            own = s.author == ask.caller.name
            raise ConflictError("asks.you_asked" if own else "asks.open_already", date=date, author=s.author or "–")
    return next((s for s in same if s.id == made.id), None)


def _answer(ask: Ask, kept: Suggestion) -> AskAnswer:
    items, hidden = _items(ask, [kept])
    return AskAnswer(**dict(items[0]), meta=ask.meta(hidden=hidden))


def asks(ask: Ask, state: Which | None = None, limit: int = 50) -> AsksAnswer:
    """Asks for an introduction, newest first; a rep's own ones. Without a state those that were made.

    ``open`` are the asks made that still wait; the other states are those of suggestions.
    """
    ask.budget.limit(limit)
    wanted: State = "confirmed" if state is None or state == "open" else state
    kept = [s for s in ask.workspace.store.suggestions(OWNER) if s.play == "ask_introduction"]
    found = [s for s in stood(ask, kept) if s.state == wanted]
    to = followed(ask, (s.owner for s in found))
    mine = [s for s in found if ask.caller.is_owner or to.get(s.owner or "") == ask.caller.entity]
    mine.sort(key=lambda s: (-(s.decided or 0), s.id))
    items, hidden = _items(ask, mine)
    items = [i for i in items if state != "open" or i.outcome == "open"]
    return AsksAnswer(meta=ask.meta(hidden=hidden + len(found) - len(mine)), items=items[:limit])


def _is_open(ask: Ask, s: Suggestion) -> bool:
    return s.state == "confirmed" and ask.workspace.clock() - (s.decided or 0) < WITHIN


def _items(ask: Ask, found: list[Suggestion]) -> tuple[list[AskItem], int]:
    """Asks as the caller may see them, and how much of them is hidden."""
    outcomes = _outcomes(ask, found)
    shown, hidden = suggestion_items(ask, found)
    at = {s.id: s.decided for s in found if s.state == "confirmed"}
    items = [
        AskItem(**dict(item), asked=show_moment(when) if (when := at.get(item.id)) else None,
                outcome=outcomes.get(item.id))
        for item in shown
    ]  # fmt: skip
    return items, hidden


def _outcomes(ask: Ask, found: list[Suggestion]) -> dict[str, Outcome]:
    """What became of the asks that were made, as path probabilities count it."""
    p, to = ask.projection, followed(ask, (i for s in found for i in (s.owner, s.target, s.through)))
    made = [
        (s.id, [p.index.get(to.get(i or "", ""), -1) for i in (s.owner, s.through, s.target)], asked_at(ask, s))
        for s in found
        if s.state == "confirmed" and s.decided is not None
    ]
    made = [row for row in made if min(row[1]) >= 0 and row[2] <= p.as_of]
    people = np.array([who for _, who, _ in made], dtype=np.int32).reshape(-1, 3)
    time = np.array([at for _, _, at in made], dtype=np.int64)
    known = decided_asks(p, (people[:, 0], people[:, 1], people[:, 2]), time).outcome.tolist()
    words: dict[float, Outcome] = {1.0: "met", 0.0: "silent"}
    return {ident: words.get(value, "open") for (ident, _, _), value in zip(made, known, strict=True)}
