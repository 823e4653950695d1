"""Answers about the weekly list, and the suggestions made from scores."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import numpy as np

from algorithms.outreach import OutreachParams, best_channel
from algorithms.weekly import WeeklyLine, WeeklyList, weekly
from algorithms.weekly import why_not as reasons_why_not
from api.answers import decisions, redact
from api.answers.ask import Ask
from api.answers.decisions import Said, find_rep, list_owner
from api.answers.standing import followed
from api.answers.steps import LIST_SCORES, refresh
from api.shapes import AwayItem, Entity, TopAnswer, TopItem, WhyNotAnswer
from api.shapes_boards import KeptWeek, ListsAnswer
from graphsvc.clock import iso_week, show_moment, week_end
from graphsvc.errors import ReadOnlyError
from graphsvc.phrases import Phrase, phrase
from graphsvc.pipeline import new_run
from graphsvc.projection import DAY
from graphsvc.scores import Scores
from graphsvc.workspace import code_version

WEEK = 7 * DAY


def top(
    ask: Ask, rep: str | None, team: str | None = None, week: str | None = None, *, size: int = 20, keep: bool = False
) -> TopAnswer:
    """A rep's weekly list by contact, or the team's by customer (``rep`` None or "team").

    ``week`` of the past is answered as of its Monday, as it would have been handed out. ``keep`` stores the list, so
    that the next week's can say what changed.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's list.
    """
    ask.budget.limit(size)
    asked, ask = ask, _of_week(ask, week)
    who = find_rep(ask, rep)
    owner = list_owner(ask, who, team)
    shown_week = week or iso_week(ask.projection.as_of)
    previous = ask.workspace.store.load_list(owner, iso_week(week_end(shown_week) - WEEK))
    away = decisions.away(ask, owner)
    params = OutreachParams(size=size, away=frozenset(away))
    found = weekly(ask.projection, _scores(ask, LIST_SCORES), rep=who, params=params, previous=previous)
    if keep and ask.caller.is_owner:
        _keep(ask, owner, shown_week, [line.stored(ask.projection) for line in found.items])
    items, hidden = _items(ask, found, decisions.done(asked, owner, shown_week))
    return TopAnswer(
        meta=ask.meta(*LIST_SCORES, hidden=hidden, notes=(*found.notes, *_later(ask, week)), tested="weekly"),
        rep=_list_name(ask, who, team),
        week=shown_week,
        as_of=show_moment(ask.projection.as_of),
        items=items,
        away=_away_items(ask, away),
        left_out={_reason_text(code): count for code, count in found.left_out.items()},
    )


def why_not(ask: Ask, rep: str | None, key: str, week: str | None = None) -> WhyNotAnswer:
    """Why somebody is not on a list, the weightiest reason first; or at which rank they are."""
    asked, ask = ask, _of_week(ask, week)
    who = find_rep(ask, rep)
    contact, owner = ask.find(key), list_owner(ask, who)
    away = decisions.away(ask, owner)
    params = OutreachParams(away=frozenset(away))
    found = reasons_why_not(ask.projection, _scores(ask, LIST_SCORES), who, contact, params)
    reasons, hidden = redact.reasons(ask, contact, found)
    names = ask.entities([contact, *([who] if who is not None else [])])
    place, of = next(((r.args["rank"], r.args.get("of")) for r in reasons if "rank" in r.args), (None, None))
    done = decisions.done(asked, owner, week or iso_week(ask.projection.as_of))
    said = [decisions.told(ask, s) for s in _said_of(ask, contact, away, done)]
    return WhyNotAnswer(
        meta=ask.meta(*LIST_SCORES, hidden=hidden),
        rep=_list_name(ask, who, None),
        key=names[contact].key,
        name=names[contact].name,
        rank=place if isinstance(place, int) else None,
        of=of if isinstance(of, int) else None,
        reasons=[ask.text(r) for r in (*said, *reasons)],
    )


def kept_lists(ask: Ask, rep: str) -> ListsAnswer:
    """The weekly lists kept for a rep or the team up to T, newest first.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's.
    """
    who = find_rep(ask, rep)
    owner, week = list_owner(ask, who), iso_week(ask.projection.as_of)
    weeks, lists = [], ask.workspace.store.load_lists(owner)
    to = followed(ask, (i.get("id") for _, items in lists for i in items))
    for name, items in lists:
        if name <= week:
            marked = decisions.done(ask, owner, name)
            count = sum(to.get(i.get("id", "")) in marked for i in items)
            weeks.append(KeptWeek(week=name, items=len(items), done=count))
    return ListsAnswer(meta=ask.meta(), rep=_list_name(ask, who, None), weeks=weeks)


def _said_of(ask: Ask, entity: int, *kept: Mapping[str, Said]) -> list[Said]:
    """What was decided on a contact or its account."""
    e = ask.projection.entities
    ids = [e.id[i].decode() for i in (entity, int(e.organization[entity])) if i >= 0]
    return [said[i] for said in kept for i in ids if i in said]


def _away_items(ask: Ask, away: Mapping[str, Said]) -> list[AwayItem]:
    """Whom decisions keep off a list, as far as they are known at T."""
    places = {i: ask.projection.index.get(i, -1) for i in away}
    names = ask.entities(places.values())
    return [AwayItem(entity=names[places[i]], decision=s.shown()) for i, s in away.items() if places[i] in names]


def refresh_suggestions(ask: Ask) -> int:
    """Make suggestions from the scores at T and keep them; gives how many are new."""
    return refresh(ask)


def _of_week(ask: Ask, week: str | None) -> Ask:
    if week is None or iso_week(ask.moment.as_of) == week:
        return ask
    monday = week_end(week) - WEEK + 1
    return replace(ask, as_of=min(monday, ask.moment.as_of))


def _later(ask: Ask, week: str | None) -> list[Phrase]:
    """That the week asked for lies after T: nothing of it is known yet."""
    return [phrase("answers.week_later", week=week)] if week and week > iso_week(ask.projection.as_of) else []


def _list_name(ask: Ask, who: int | None, team: str | None) -> str:
    return ask.entities([who])[who].key if who is not None else team or phrase("answers.owner_team").text()


def _scores(ask: Ask, names: tuple[str, ...]) -> dict[str, Scores]:
    return {name: ask.workspace.effective(name, ask.moment) for name in names}


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
        with suppress(ReadOnlyError):  # a copy on a read-only medium shows the list without keeping it
            ask.workspace.store.save_run(run)
            ask.workspace.store.save_list(owner, week, run.id, items)


def _items(ask: Ask, found: WeeklyList, done: Mapping[str, Said]) -> tuple[list[TopItem], int]:
    """The lines as the caller may see them, with what was decided on them, and how much of them is hidden."""
    lines = found.items
    slots = [
        v
        for line in lines
        for r in (*line.reasons, *line.changed)
        for k in ("who", "org", "work")
        if isinstance(v := r.args.get(k), int)
    ]
    names = ask.entities({i for line in lines for i in (line.entity, line.organization)} | set(slots))
    made = [_item(ask, line, names, found) for line in lines]
    items = [
        item.model_copy(update={"decision": done[item.id].shown()}) if item.id in done else item for item, _ in made
    ]
    return items, sum(hidden for _, hidden in made)


def _item(ask: Ask, line: WeeklyLine, names: dict[int, Entity], found: WeeklyList) -> tuple[TopItem, int]:
    said, cut = redact.reasons(ask, line.entity, line.reasons)
    news, old = redact.reasons(ask, line.entity, line.changed)
    evidence, closed = ask.evidence_of(line.evidence)
    organization = names.get(line.organization)
    item = TopItem(
        rank=line.rank,
        of=len(found.items) + found.left_out.get("weekly.below", 0),
        id=names[line.entity].id,
        key=names[line.entity].key,
        name=names[line.entity].name,
        organization=(organization.name or organization.key) if organization else None,
        organization_id=organization.id if organization else None,
        gain=redact.gain(ask, line.entity, line.gain, line.reasons),
        currency=found.currency,
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
