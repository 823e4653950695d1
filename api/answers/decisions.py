"""Decisions on the lines of weekly lists: done, put off, not right, taken back.

A decision is a suggestion to keep in touch with somebody, confirmed, snoozed or declined, so that it outlives runs and
is erased with the person. What was marked done counts for one week, so that a document per list and week keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from api.aliases import HIDDEN, aliased
from api.answers.ask import Ask
from api.answers.feed import suggestion_items
from api.answers.standing import TRIES, decide, followed, known_until, stood
from api.shapes import LineDecision
from api.shapes_boards import DecidedAnswer
from graphsvc.clock import iso_week, show_moment, week_end
from graphsvc.errors import ForbiddenError, InputError, TransientError
from graphsvc.model import Label
from graphsvc.phrases import Phrase, phrase
from graphsvc.policy import OWNER, require
from graphsvc.suggestions import DECISIONS, State, Suggestion

Word = Literal["done", "snooze", "wrong", "undo"]
CONTACT_PLAYS = ("reconnect", "keep_in_touch", "rest", "ask_introduction", "invite")
TEAM = "team"  # stands for a rep where the team's list is meant
TEAM_OWNER = "team:"  # of decisions on the team's list, which is the same whatever name it goes by
DONE = "list_done"  # kind of the documents that say who was marked done in a week
_STATES: dict[Word, State] = {"done": "confirmed", "snooze": "snoozed", "wrong": "declined", "undo": "proposed"}
_WORDS: dict[State, Literal["snooze", "wrong"]] = {"snoozed": "snooze", "declined": "wrong"}


@dataclass(frozen=True)
class Said:
    """What was decided on somebody, when [us], by whom and why."""

    state: Literal["done", "snooze", "wrong"]
    time: int
    author: str | None = None
    reason: str | None = None
    until: int | None = None

    def shown(self) -> LineDecision:
        """As answers have it."""
        until = show_moment(self.until) if self.until is not None else None
        reason = HIDDEN if self.reason and aliased() else self.reason  # a person's own words may name somebody
        return LineDecision(
            state=self.state, time=show_moment(self.time), until=until, reason=reason, author=self.author
        )


@dataclass(frozen=True)
class Order:
    """What somebody decides: ``until`` [us] goes with ``snooze``, ``week`` (ISO; None: of T) with ``done``."""

    word: Word
    until: int | None = None
    reason: str = ""
    week: str | None = None

    def check(self, now: int) -> None:
        """Refuse a decision that says too little.

        Raises
        ------
        InputError
        """
        if self.word == "snooze" and (self.until is None or self.until <= now):
            raise InputError("lists.needs_until")
        if self.word != "snooze" and self.until is not None:
            raise InputError("lists.only_snooze")
        if self.word == "wrong" and not self.reason.strip():
            raise InputError("lists.needs_reason")
        if self.week is not None:
            week_end(self.week)


def list_owner(ask: Ask, who: int | None, team: str | None = None) -> str:
    """Under which name a list is kept: the rep's public id, or the team's name.

    Raises
    ------
    ForbiddenError
        When a rep asks for the team's list or somebody else's.
    """
    if who is None:
        if not ask.caller.is_owner:
            raise ForbiddenError("errors.not_your_list")
        return f"{TEAM_OWNER}{team or ''}"
    ident = str(ask.projection.entities.id[who].decode())
    if not ask.caller.is_owner and ident != ask.caller.entity:
        raise ForbiddenError("errors.not_your_list")
    return ident


def find_rep(ask: Ask, rep: str | None) -> int | None:
    """Entity index of a rep; None for the team."""
    return None if rep is None or rep == TEAM else ask.find(rep, "person")


# -- reading ----------------------------------------------------------------------------------------------------------


def away(ask: Ask, owner: str) -> dict[str, Said]:
    """Whom decisions keep off an owner's list, by public id, newest first; at an earlier T as decided then.

    A decision on somebody who was merged with another person since holds for the person both are now.
    """
    until = min(t for t in (ask.as_of, ask.workspace.clock()) if t is not None)
    found = _suggested(ask, owner)
    to = followed(ask, (s.target for s in found))
    said = [
        (to[s.target], Said(_WORDS[s.state], s.decided or 0, s.author, s.reason, s.until))
        for s in found
        if s.play in CONTACT_PLAYS
        and s.state in _WORDS
        and not (s.state == "snoozed" and s.until is not None and s.until <= until)
    ]
    said.sort(key=lambda pair: (-pair[1].time, pair[0]))
    out: dict[str, Said] = {}
    for target, one in said:
        out.setdefault(target, one)
    return out


def done(ask: Ask, owner: str, week: str) -> dict[str, Said]:
    """Who was marked done on a list in an ISO week, by public id; at an earlier T as far as done then."""
    store, known = ask.workspace.store, known_until(ask)
    kept = (store.document(DONE, _place(one, week)) for one in _deciders(ask, owner))
    marks = [(i, m) for k in kept if k for i, m in _marks(k.value).items() if int(m["at"]) <= known]
    to = followed(ask, (i for i, _ in marks))
    marks.sort(key=lambda mark: int(mark[1]["at"]))
    return {to[i]: Said("done", int(m["at"]), m["by"], m["why"]) for i, m in marks}


def told(ask: Ask, said: Said) -> Phrase:
    """A decision as a sentence."""
    what = said.state if said.reason or said.state != "wrong" else "declined"
    until = show_moment(said.until)[:10] if said.until is not None else "–"
    date = show_moment(said.time)[:10]
    code = f"lists.you_{what}" if said.author == ask.caller.name else f"lists.they_{what}"
    return phrase(code, author=said.author or "–", reason=said.shown().reason or "", date=date, until=until)


def _suggested(ask: Ask, owner: str) -> list[Suggestion]:
    """The suggestions of a list's owner, decided as at the moment asked about."""
    store = ask.workspace.store
    return [s for one in _deciders(ask, owner) for s in stood(ask, store.suggestions(OWNER, None, one), one)]


def _deciders(ask: Ask, owner: str) -> list[str]:
    """Under which ids decisions of an owner are kept: their own, and of whom was merged into them."""
    if owner.startswith(TEAM_OWNER):
        return [TEAM_OWNER]
    return ask.workspace.records_of(owner, ask.moment) or [owner]


def _decider(owner: str) -> str:
    return TEAM_OWNER if owner.startswith(TEAM_OWNER) else owner


def _place(owner: str, week: str) -> str:
    return f"{_decider(owner)}:{week}"


def _marks(value: Mapping[str, Any]) -> Mapping[str, Any]:
    found: Mapping[str, Any] = value.get("done", {})
    return found


# -- deciding ---------------------------------------------------------------------------------------------------------


def decide_line(ask: Ask, rep: str, key: str, order: Order) -> DecidedAnswer:
    """Decide on somebody for a list; the same decision again changes nothing, another one replaces it.

    Raises
    ------
    ForbiddenError
        When a rep decides on a list that is not the own one.
    InputError
        When a reason or date is missing, or what is named is neither a person nor an organization.
    """
    require(ask.caller, "write")
    require(ask.caller, "read")  # before anything is decided: the answer shows the suggestion
    order.check(ask.workspace.clock())
    owner = _decider(list_owner(ask, find_rep(ask, rep)))
    index = ask.find(key)
    if ask.projection.entities.label[index] not in (Label.PERSON, Label.ORGANIZATION):
        raise InputError("lists.no_line")
    target, week = ask.projection.entities.id[index].decode(), order.week or iso_week(ask.moment.as_of)
    kept = _keep(ask, owner, target, order)
    _mark(ask, owner, week, target, order)
    found = away(ask, owner).get(target) or done(ask, owner, week).get(target)
    items, hidden = suggestion_items(ask, [kept])
    decision = found.shown() if found else None
    return DecidedAnswer(**dict(items[0]), meta=ask.meta(hidden=hidden), decision=decision)


def _keep(ask: Ask, owner: str, target: str, order: Order) -> Suggestion:
    """Bring the suggestions about somebody into the state decided; gives the one that stands for the list."""
    store, mine = ask.workspace.store, Suggestion("keep_in_touch", owner, target)
    found = _suggested(ask, owner)
    to = followed(ask, (s.target for s in found))
    known = {s.id: s for s in found if to[s.target] == target}
    if mine.id not in known:
        store.save_suggestions([mine])
    if order.word in ("undo", "done"):
        for s in known.values():
            if s.id != mine.id and s.play in CONTACT_PLAYS and s.state in _WORDS:
                decide(ask, s, "proposed")
    return _settle(ask, known.get(mine.id, mine), order)


def _settle(ask: Ask, s: Suggestion, order: Order) -> Suggestion:
    state, reason = _STATES[order.word], order.reason.strip()
    if s.state == state and (state == "proposed" or ((s.reason or "") == reason and s.until == order.until)):
        return s
    if state not in DECISIONS[s.state]:
        s = decide(ask, s, "proposed")
    return s if s.state == state else decide(ask, s, state, reason, order.until)


def _mark(ask: Ask, owner: str, week: str, target: str, order: Order) -> None:
    """Enter who is done into the document of the list's week, or take them out of it, under whatever id."""
    for one in {*_deciders(ask, owner), owner}:
        _mark_at(ask, one, week, target, order, enter=order.word == "done" and one == owner)


def _mark_at(ask: Ask, owner: str, week: str, target: str, order: Order, *, enter: bool) -> None:
    store, place = ask.workspace.store, _place(owner, week)
    for _ in range(TRIES):
        kept = store.document(DONE, place)
        marks = dict(_marks(kept.value)) if kept else {}
        to, old = followed(ask, marks), dict(marks)
        before = marks.get(target)
        marks = {i: m for i, m in marks.items() if to[i] != target}
        if enter:
            mark = {"at": ask.workspace.clock(), "by": ask.caller.name, "why": order.reason.strip() or None}
            marks[target] = before if before and before["why"] == mark["why"] else mark
        if marks == old:
            return
        if store.put_document(DONE, place, owner, {"done": marks}, kept.version if kept else 0):
            return
    raise TransientError("lists.busy")
