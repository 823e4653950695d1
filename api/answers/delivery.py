"""Answers about how lists reach people: preferences, the list as a file, and leaving the list."""

from __future__ import annotations

import datetime as dt

from api.answers.ask import Ask
from api.answers.decisions import list_owner
from api.delivery import timing
from api.delivery.config import DIGEST, MAIL, Config, check_zone, configured
from api.delivery.journal import Entry, Journal
from api.delivery.letters import letter_of
from api.delivery.packing import Form, as_file
from api.delivery.preferences import Preferences, channels_of, keep, leave, preference
from api.delivery.tokens import read_token
from api.shapes_delivery import Delivered, DeliveryAnswer
from graphsvc.clock import iso_week, show_moment
from graphsvc.errors import InputError, NotFoundError
from graphsvc.jobs import read
from graphsvc.policy import Caller, require
from graphsvc.settings import settings
from graphsvc.workspace import Workspace

NOBODY = "nobody@localhost"  # the sender where nothing is ever sent
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LEAVER = Caller(None, frozenset(), "unsubscribe", frozenset())


def config_of(page: str) -> Config:
    """The configuration, or where there is none what files need of one: the address of the ``page``.

    Raises
    ------
    InputError
        When the file is wrong.
    """
    return configured() if settings().delivery else Config(sender=NOBODY, base_url=page, channels=())


def delivery(ask: Ask, rep: str, page: str) -> DeliveryAnswer:
    """How a rep gets the weekly list.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's.
    """
    who, ident = _rep(ask, rep)
    config, store, now = config_of(page), ask.workspace.store, ask.workspace.clock()
    wants = preference(config, store, ident)
    entries = Journal(store, wants.week(now), ask.workspace.clock).entries()
    on = settings().delivery is not None and not wants.unsubscribed and bool(wants.channels)
    return DeliveryAnswer(
        meta=ask.meta(),
        rep=ask.entities([who])[who],
        configured=settings().delivery is not None,
        language=wants.language,
        timezone=wants.timezone,
        weekday=wants.weekday,
        hour=wants.hour,
        channels=list(wants.channels),
        unsubscribed=wants.unsubscribed,
        available=list(channels_of(config, store, ident)) if settings().delivery else [],
        next=show_moment(wants.next(now)) if on else None,
        delivered=[_delivered(e) for e in entries if e.rep == ident and e.channel != DIGEST],
    )


def change_delivery(ask: Ask, rep: str, wanted: Preferences, page: str) -> DeliveryAnswer:
    """Keep a rep's own preferences; they hold from the next delivery on.

    Raises
    ------
    InputError
        When there is no such time zone or channel.
    ForbiddenError
        When a rep changes somebody else's.
    """
    require(ask.caller, "write")
    _, ident = _rep(ask, rep)
    config, store = config_of(page), ask.workspace.store
    there = channels_of(config, store, ident) if settings().delivery else (MAIL,)
    for channel in wanted.channels:
        if channel not in there:
            raise InputError("delivery.no_channel", channel=channel[:60], channels=", ".join(there))
    try:
        check_zone(wanted.timezone)
    except ValueError as error:
        raise InputError("delivery.bad_zone", zone=wanted.timezone[:60]) from error
    keep(store, ident, wanted)
    timing.wake(store, ask.workspace.clock())
    return delivery(ask, rep, page)


def top_file(ask: Ask, rep: str, form: Form, week: str | None, page: str) -> tuple[str, bytes]:
    """A rep's list as it is delivered, as the caller may see it: file name and content.

    Raises
    ------
    ForbiddenError
        When a rep asks for somebody else's.
    """
    _, ident = _rep(ask, rep)
    config, store = config_of(page), ask.workspace.store
    week = week or iso_week(ask.projection.as_of)
    found = letter_of(ask, config, ident, preference(config, store, ident), week)
    made = _EPOCH + dt.timedelta(seconds=ask.projection.as_of // 1_000_000)
    return f"{found.week}.{form}", as_file(found, form, made, todos=config.todos)


def unsubscribe(workspace: Workspace, token: str, *, look: bool = False) -> None:
    """Stop deliveries to whom a token was made for; ``look`` only says whether that could be done.

    Raises
    ------
    InputError
        When the token is none of ours.
    NotFoundError
        When nobody is known by it any more.
    """
    ident = read_token(workspace.store, token)
    if ident is None:
        raise InputError("delivery.bad_token")
    rep = workspace.canonical(ident, workspace.moment())
    if rep is None:
        raise NotFoundError("delivery.nobody")
    if not look and leave(workspace.store, rep):
        workspace.store.log(_LEAVER, "delivery.unsubscribe", {"rep": rep})


def _rep(ask: Ask, rep: str) -> tuple[int, str]:
    """Index and public id of a rep whose list the caller may see."""
    who = ask.find(rep, "person")
    return who, list_owner(ask, who)


def _delivered(entry: Entry) -> Delivered:
    return Delivered(
        week=entry.week, channel=entry.channel, state=entry.state, time=show_moment(entry.at), reason=read(entry.said)
    )
