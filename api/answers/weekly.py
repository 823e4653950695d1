"""Answers about the weekly list, and the suggestions made from scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from algorithms.outreach import OutreachParams, best_channel
from algorithms.suggest import suggestions as suggested
from algorithms.weekly import WeeklyLine, weekly
from algorithms.weekly import why_not as reasons_why_not
from api.answers import redact
from api.answers.ask import Ask
from api.shapes import Entity, TopAnswer, TopItem, WhyNotAnswer
from graphsvc.clock import iso_week, show_moment, week_end
from graphsvc.errors import ForbiddenError
from graphsvc.phrases import Phrase, phrase
from graphsvc.pipeline import new_run
from graphsvc.projection import DAY
from graphsvc.scores import Scores
from graphsvc.suggestions import Suggestion
from graphsvc.workspace import code_version, run_for

WEEK = 7 * DAY
CONTACT_PLAYS = ("reconnect", "keep_in_touch", "rest", "ask_introduction", "invite")
LIST_SCORES = ("tie_strength", "relationship_health", "active")
STEP_SCORES = (*LIST_SCORES, "depth", "breadth", "influence", "ecosystem")


def top(
    ask: Ask, rep: str | None, team: str | None = None, week: str | None = None, *, size: int = 20, keep: bool = False
) -> TopAnswer:
    """A rep's weekly list by contact, or the team's by customer.

    ``week`` of the past is answered as of its Monday, as it would have been handed out. ``keep`` stores the list, so
    that the next week's can say what changed.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's list.
    """
    ask.budget.limit(size)
    ask = _of_week(ask, week)
    who = None if rep is None else ask.find(rep, "person")
    owner = _list_owner(ask, who, team)
    shown_week = week or iso_week(ask.projection.as_of)
    previous = ask.workspace.store.load_list(owner, iso_week(week_end(shown_week) - WEEK))
    params = OutreachParams(size=size, away=_away(ask, owner))
    found = weekly(ask.projection, _scores(ask, LIST_SCORES), rep=who, params=params, previous=previous)
    if keep and ask.caller.is_owner:
        _keep(ask, owner, shown_week, [line.stored(ask.projection) for line in found.items])
    items, hidden = _items(ask, found.items, found.currency)
    return TopAnswer(
        meta=ask.meta(*LIST_SCORES, hidden=hidden, notes=(*found.notes, *_later(ask, week)), tested="weekly"),
        rep=_list_name(ask, who, team),
        week=shown_week,
        as_of=show_moment(ask.projection.as_of),
        items=items,
        left_out={_reason_text(code): count for code, count in found.left_out.items()},
    )


def why_not(ask: Ask, rep: str | None, key: str, week: str | None = None) -> WhyNotAnswer:
    """Why somebody is not on a list, the weightiest reason first; or at which rank they are."""
    ask = _of_week(ask, week)
    who = None if rep is None else ask.find(rep, "person")
    contact, owner = ask.find(key), _list_owner(ask, who, None)
    params = OutreachParams(away=_away(ask, owner))
    found = reasons_why_not(ask.projection, _scores(ask, LIST_SCORES), who, contact, params)
    reasons, hidden = redact.reasons(ask, contact, found)
    names = ask.entities([contact, *([who] if who is not None else [])])
    place = next((r.args.get("rank") for r in reasons if "rank" in r.args), None)
    return WhyNotAnswer(
        meta=ask.meta(*LIST_SCORES, hidden=hidden),
        rep=_list_name(ask, who, None),
        key=names[contact].key,
        name=names[contact].name,
        rank=place if isinstance(place, int) else None,
        reasons=[ask.text(r) for r in reasons],
    )


def refresh_suggestions(ask: Ask) -> int:
    """Make suggestions from the scores at T and keep them; gives how many are new."""
    p = ask.projection
    run = run_for(ask.workspace, ask.moment, LIST_SCORES)
    found = suggested(p, _scores(ask, STEP_SCORES), run_id=run.id if run else "")
    return ask.workspace.store.save_suggestions([_with_ids(ask, s) for s in found])


def _with_ids(ask: Ask, s: Suggestion) -> Suggestion:
    """Phrases kept in a store name entities by public id, not by an index of one Projection."""
    return replace(s, reasons=tuple(_by_id(ask, r) for r in s.reasons))


def _by_id(ask: Ask, said: Phrase) -> Phrase:
    ids = ask.projection.entities.id
    slots = {
        k: ids[v].decode() for k in ("who", "org", "work", "via") if isinstance(v := said.args.get(k), int) and v >= 0
    }
    return Phrase(said.code, dict(said.args) | slots)


def _of_week(ask: Ask, week: str | None) -> Ask:
    if week is None or iso_week(ask.moment.as_of) == week:
        return ask
    monday = week_end(week) - WEEK + 1
    return replace(ask, as_of=min(monday, ask.moment.as_of))


def _later(ask: Ask, week: str | None) -> list[Phrase]:
    """That the week asked for lies after T: nothing of it is known yet."""
    return [phrase("answers.week_later", week=week)] if week and week > iso_week(ask.projection.as_of) else []


def _list_owner(ask: Ask, who: int | None, team: str | None) -> str:
    """Under which name a list is kept: the rep's public id, or the team's name."""
    if who is None:
        if not ask.caller.is_owner:
            raise ForbiddenError("errors.not_your_list")
        return f"team:{team or ''}"
    ident = str(ask.projection.entities.id[who].decode())
    if not ask.caller.is_owner and ident != ask.caller.entity:
        raise ForbiddenError("errors.not_your_list")
    return ident


def _list_name(ask: Ask, who: int | None, team: str | None) -> str:
    return ask.entities([who])[who].key if who is not None else team or phrase("answers.owner_team").text()


def _scores(ask: Ask, names: tuple[str, ...]) -> dict[str, Scores]:
    return {name: ask.workspace.effective(name, ask.moment) for name in names}


def _away(ask: Ask, owner: str) -> frozenset[str]:
    """Whom a declined or still snoozed suggestion keeps off this owner's list; at an earlier T as decided then."""
    now = ask.workspace.clock()
    known = min(t for t in (ask.as_of, ask.known_at, now) if t is not None)
    until = min(t for t in (ask.as_of, now) if t is not None)
    return frozenset(
        s.target
        for s in ask.workspace.store.suggestions(ask.caller, None, owner)
        if s.play in CONTACT_PLAYS
        and (s.decided is None or s.decided <= known)
        and (s.state == "declined" or (s.state == "snoozed" and (s.until is None or s.until > until)))
    )


def _keep(ask: Ask, owner: str, week: str, items: list[dict[str, Any]]) -> None:
    if ask.workspace.store.load_list(owner, week) is None:
        run = replace(
            new_run("list", week, ask.workspace.store, ask.workspace.clock),
            as_of=ask.projection.as_of,
            known_at=ask.projection.known_at,
            sequence=ask.projection.sequence,
            digest=ask.projection.digest,
            version=code_version(),
            model_ids=tuple(sorted({m for n in LIST_SCORES if (m := ask.scores(n).model_id)})),
        )
        ask.workspace.store.save_run(run)
        ask.workspace.store.save_list(owner, week, run.id, items)


def _items(ask: Ask, lines: tuple[WeeklyLine, ...], currency: str | None) -> tuple[list[TopItem], int]:
    """The lines as the caller may see them, and how much of them is hidden."""
    slots = [
        v
        for line in lines
        for r in (*line.reasons, *line.changed)
        for k in ("who", "org", "work")
        if isinstance(v := r.args.get(k), int)
    ]
    names = ask.entities({i for line in lines for i in (line.entity, line.organization)} | set(slots))
    made = [_item(ask, line, names, currency) for line in lines]
    return [item for item, _ in made], sum(hidden for _, hidden in made)


def _item(ask: Ask, line: WeeklyLine, names: dict[int, Entity], currency: str | None) -> tuple[TopItem, int]:
    said, cut = redact.reasons(ask, line.entity, line.reasons)
    news, old = redact.reasons(ask, line.entity, line.changed)
    evidence, closed = ask.evidence_of(line.evidence)
    organization = names.get(line.organization)
    item = TopItem(
        rank=line.rank,
        key=names[line.entity].key,
        name=names[line.entity].name,
        organization=(organization.name or organization.key) if organization else None,
        gain=redact.gain(ask, line.entity, line.gain, line.reasons),
        currency=currency,
        reasons=[ask.text(r, names) for r in said],
        evidence=evidence,
        play=line.play,
        play_text=phrase(f"answers.play_{line.play}").text(),
        channel=_channel(ask, line),
        changed=[ask.text(r, names) for r in news],
    )
    return item, cut + old + closed


def _channel(ask: Ask, line: WeeklyLine) -> str | None:
    """The channel in which the contact writes to us; to the rep alone, where it is not an own contact."""
    if line.contact < 0 or ask.sight.entity(line.contact):
        return line.channel
    me = np.arange(len(ask.projection)) == ask.sight.me
    return ask.projection.text(best_channel(ask.projection, me, line.contact))


def _reason_text(code: str) -> str:
    """A short text for a group of people left out; the full sentence needs one person's figures."""
    return phrase(f"answers.left_{code.rpartition('.')[2]}").text()
