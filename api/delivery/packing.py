"""A letter in each of its forms: the mail with what is attached, the files, the message of a robot."""

from __future__ import annotations

import datetime as dt
from email.message import EmailMessage
from typing import Literal

from api.delivery import digests
from api.delivery.calendars import calendar_of
from api.delivery.config import Config
from api.delivery.digests import Digest
from api.delivery.letters import Letter, Line, speaking
from api.delivery.mail import Envelope, compose, message_id
from api.delivery.rendering import html_of, subject_of, text_of
from api.delivery.robots import BYTES
from api.delivery.sheets import csv_of, workbook_of
from api.delivery.texts import say
from graphsvc.store import Store

Form = Literal["xlsx", "csv", "ics", "html"]
MEDIA: dict[Form, str] = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
    "ics": "text/calendar; charset=utf-8; method=PUBLISH",
    "html": "text/html; charset=utf-8",
}


def as_file(letter: Letter, form: Form, made: dt.datetime, *, todos: bool = False) -> bytes:
    """A letter as a file."""
    if form == "xlsx":
        return workbook_of(letter, made)
    if form == "csv":
        return csv_of(letter)
    return calendar_of(letter, made, todos=todos) if form == "ics" else html_of(letter).encode()


def as_mail(config: Config, store: Store, letter: Letter, made: dt.datetime) -> EmailMessage:
    """A letter as mail, with workbook and calendar.

    Raises
    ------
    InputError
        When there is nobody to send it to.
    """
    envelope = Envelope(
        letter.name, letter.address, subject_of(letter), letter.language, letter.unsubscribe,
        ident(config, store, letter.week, letter.rep, "mail"), made,
    )  # fmt: skip
    forms: tuple[Form, ...] = ("xlsx", "ics")
    attached = tuple(
        (f"{letter.week}.{form}", MEDIA[form], as_file(letter, form, made, todos=config.todos)) for form in forms
    )
    return compose(config, envelope, text_of(letter), html_of(letter), attached)


def as_digest_mail(config: Config, store: Store, made: Digest, at: dt.datetime) -> EmailMessage:
    """A manager's digest as mail.

    Raises
    ------
    InputError
        When there is nobody to send it to.
    """
    envelope = Envelope(
        made.name, made.address, digests.subject_of(made), made.language, made.unsubscribe,
        ident(config, store, made.week, made.manager, "digest"), at,
    )  # fmt: skip
    text, html = digests.written(made)
    return compose(config, envelope, text, html)


def ident(config: Config, store: Store, week: str, rep: str, channel: str) -> str:
    """The Message-ID of a delivery, the same for ever."""
    return message_id(config, store.sign("delivery", f"{week}/{rep}/{channel}"), week)


def as_message(letter: Letter, *, details: bool) -> str:
    """What a robot says: how many lines and where; with ``details`` the lines themselves, as many as fit."""
    with speaking(letter.language):
        head = [say("robot_head", name=letter.name, subject=subject_of(letter)), *letter.notes]
        foot = say("robot_link", link=letter.link)
        lines = [_told(line) for line in letter.lines] if details else []
        for shown in range(len(lines), -1, -1):
            rest = [say("robot_more", count=len(lines) - shown)] if shown < len(lines) else []
            text = "\n".join([*head, *lines[:shown], *rest, foot])
            if len(text.encode()) <= BYTES:
                return text
    return foot


def _told(line: Line) -> str:
    who = f"{line.name} · {line.company}" if line.company else line.name
    return f"{line.rank}. {who}: {line.play}" + (f" · {line.changed[0]}" if line.changed else "")
