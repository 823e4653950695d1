"""A week's list as a calendar (RFC 5545): one event that reminds, and a to-do per line where somebody wants them.

One event is what people expect: twenty appointments would be twenty meetings they do not have, and several calendars
do not show to-dos. The event takes no time (transparent) and stands at the hour the list is due, on the rep's clocks.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from api.delivery.letters import Letter, Line, speaking
from api.delivery.rendering import subject_of
from api.delivery.texts import say
from graphsvc import __version__
from graphsvc.extras import needs

if TYPE_CHECKING:
    from icalendar import Event, Todo

YEAR = dt.timedelta(days=366)  # that clocks are described for, around the week
LENGTH = dt.timedelta(minutes=30)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


def calendar_of(letter: Letter, made: dt.datetime, *, todos: bool = False) -> bytes:
    """The calendar; ``made`` is its DTSTAMP. UIDs follow from rep, week and line: a second file changes nothing."""
    needs("icalendar", "deliver")
    from icalendar import Calendar

    out = Calendar()
    out.add("prodid", f"-//graphsvc//{__version__}//{letter.language.upper()}")
    out.add("version", "2.0")
    out.add("method", "PUBLISH")
    with speaking(letter.language):
        out.add_component(_event(letter, made))
        for line in letter.lines if todos else ():
            out.add_component(_todo(letter, line, made))
    monday = dt.datetime.strptime(f"{letter.week}-1", "%G-W%V-%u").date()
    out.add_missing_timezones(first_date=monday - YEAR, last_date=monday + YEAR)
    return bytes(out.to_ical())


def _event(letter: Letter, made: dt.datetime) -> Event:
    from icalendar import Alarm, Event

    start = (_EPOCH + dt.timedelta(microseconds=letter.wants.due(letter.week))).astimezone(letter.wants.zone)
    out = Event()
    out.add("uid", _uid(letter, "list"))
    out.add("dtstamp", made)
    out.add("dtstart", start)
    out.add("dtend", start + LENGTH)
    out.add("summary", subject_of(letter))
    lines = [f"{line.rank}. {line.name}" + (f" · {line.company}" if line.company else "") for line in letter.lines]
    out.add("description", "\n".join([*lines, "", letter.link]))
    out.add("url", letter.link)
    out.add("transp", "TRANSPARENT")
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", subject_of(letter))
    alarm.add("trigger", dt.timedelta(0))
    out.add_component(alarm)
    return out


def _todo(letter: Letter, line: Line, made: dt.datetime) -> Todo:
    from icalendar import Todo

    out = Todo()
    out.add("uid", _uid(letter, line.link.rpartition("%3A")[2]))
    out.add("dtstamp", made)
    out.add("due", dt.datetime.strptime(f"{letter.week}-5", "%G-W%V-%u").date())
    out.add("summary", say("todo", play=line.play, name=line.name, company=line.company).strip(" ·"))
    out.add("description", "\n".join([*line.changed, *line.reasons, "", line.link]))
    out.add("url", line.link)
    out.add("priority", 5)
    out.add("status", "COMPLETED" if line.done else "NEEDS-ACTION")
    return out


def _uid(letter: Letter, what: str) -> str:
    return f"{letter.rep}-{letter.week}-{what}@{urlsplit(letter.link).hostname}"
