"""What one mail header block says: who wrote to whom, when, in answer to what, and whether a program did.

Only the headers needed are looked at, in one pass over the block; every limit is checked before anything is parsed.

References
----------
RFC 5322 (headers, dates), RFC 2919 and 2369 (lists), RFC 3834 (automatic answers), RFC 3464 (delivery reports).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from email.utils import mktime_tz, parsedate_tz
from functools import lru_cache
from typing import Literal, NamedTuple

from graphsvc.model import Role
from graphsvc.phrases import Phrase, phrase
from graphsvc.projection import DAY
from ingest.mail_addresses import GUESSES, NOBODY, Address, AddressList, decode_bytes, parse_addresses

BLOCK_BYTES = 256 * 1024
HEADER_BYTES = 64 * 1024
MAX_ADDRESSES = 2000
RAW_CHARS = 500  # of each header kept with a rejected message
EARLIEST = 365 * DAY  # no mail before 1971: a clock that was never set
AHEAD = DAY

LeftOutCode = Literal["mail.list", "mail.robot", "mail.autoreply", "mail.no_recipient"]
_ROLES: tuple[tuple[bytes, Role], ...] = ((b"to", Role.TO), (b"cc", Role.CC), (b"bcc", Role.BCC))
_LIST_MARKS = frozenset(
    (b"list-id", b"list-unsubscribe", b"list-post", b"mailing-list", b"x-mailing-list", b"x-mailman-version",
     b"x-beenthere")
)  # fmt: skip
_ANSWER_MARKS = frozenset((b"x-autoreply", b"x-autorespond", b"x-autoresponder", b"x-auto-reply"))
_MARKS = _LIST_MARKS | _ANSWER_MARKS | {b"precedence", b"auto-submitted", b"sender"}
WANTED = frozenset(
    (b"from", b"sender", b"to", b"cc", b"bcc", b"date", b"received", b"message-id", b"in-reply-to", b"references",
     b"precedence", b"auto-submitted", b"return-path", b"content-type", *_LIST_MARKS, *_ANSWER_MARKS)
)  # fmt: skip
_SHOWN = (b"from", b"sender", b"to", b"cc", b"date", b"received", b"message-id")

_MONTHS = {
    "jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
    "jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}  # fmt: skip
_DATE = re.compile(
    r"(?:[A-Za-z]{3},?\s*+)?(\d\d?)\s++([A-Za-z]{3})\s++(\d{4})\s++(\d\d?):(\d\d)(?::(\d\d))?\s*+"
    r"(?:([+-])(\d\d)(\d\d)|GMT|UTC?|Z)?\s*+(?:\(.*)?",
    re.DOTALL,
)
_MESSAGE_ID = re.compile(rb"<\s*([^<>\s]{1,995})\s*>")
_UTC_1970 = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class Message(NamedTuple):
    """A message between people: ``time`` in [us]; recipients once each with their strongest role."""

    id: str | None
    time: int
    sender: Address
    recipients: tuple[tuple[Address, Role], ...]
    robots: int  # recipients that are programs, left out
    repeated: int  # recipients named again
    bad: tuple[str, ...]  # recipients that no address could be read from
    reply: bool


class LeftOut(NamedTuple):
    """A message left out on purpose, with the code of the reason."""

    code: LeftOutCode


class Refused(NamedTuple):
    """A message that cannot be used, why, and its headers for the quarantine."""

    reason: Phrase
    raw: Mapping[str, str]


Reading = Message | LeftOut | Refused
Fields = dict[bytes, bytes]


def read_message(block: bytes, received: int) -> Reading:
    """Read one header block (without the From_ line and the blank line after it); never raises.

    ``received`` is when the mailbox was fetched [us]: a message dated more than a day later is refused.
    """
    fields = split_fields(block)
    problem = _problem(fields)
    if problem is not None:
        return Refused(problem, _raw(fields))
    automatic = _automatic(fields)
    if automatic is not None:
        return LeftOut(automatic)
    time = _time(fields)
    if time is None:
        return Refused(_unread(fields, b"date", "mail.no_date"), _raw(fields))
    if time > received + AHEAD:
        return Refused(
            phrase("mail.future_date", text=_shown(fields.get(b"date") or fields[b"received"])), _raw(fields)
        )
    sender = _sender(fields)
    if sender is None:
        return Refused(_unread(fields, b"from", "mail.no_sender"), _raw(fields))
    return LeftOut("mail.robot") if sender.robot else _message(fields, time, sender)


def split_fields(block: bytes) -> Fields:
    """Unfolded raw values of the headers that matter; of a repeated one the first, of To, Cc and Bcc all."""
    if b"\r" in block:
        block = block.replace(b"\r\n", b"\n")
    fields: Fields = {}
    for line in block.replace(b"\n ", b" ").replace(b"\n\t", b" ").split(b"\n"):
        name, colon, value = line.partition(b":")
        key = name.lower()
        if key not in WANTED:
            key = key.rstrip(b" \t")
            if not colon or b" " in key:
                if line.startswith((b"From ", b">From ")):
                    continue
                break  # no header: the body began without a blank line
            if key not in WANTED:
                continue
        if key not in fields:
            fields[key] = value
        elif key in (b"to", b"cc", b"bcc"):
            fields[key] += b"," + value
    return fields


def _problem(fields: Fields) -> Phrase | None:
    """What must be refused before any parsing: nothing to read, or so much that reading it would be an attack."""
    if not fields:
        return phrase("mail.no_headers")
    longest = max(map(len, fields.values()))
    if longest > HEADER_BYTES:
        return phrase("mail.header_too_long", size=longest, limit=HEADER_BYTES)
    if longest >= MAX_ADDRESSES:  # an address takes three bytes and a comma at least, in one of three headers
        count = sum(fields[name].count(b"@") for name, _ in _ROLES if name in fields)
        if count > MAX_ADDRESSES:
            return phrase("mail.too_many_recipients", count=count, limit=MAX_ADDRESSES)
    return None


def _automatic(fields: Fields) -> LeftOutCode | None:
    """Whether a program sent it: an automatic answer, a notification or delivery report, or a list."""
    code = None if fields.keys().isdisjoint(_MARKS) else _marked(fields)
    if code is None and (fields.get(b"return-path", b"").strip() == b"<>" or _is_report(fields)):
        return "mail.robot"
    return code


def _marked(fields: Fields) -> LeftOutCode | None:
    submitted = fields.get(b"auto-submitted", b"no").strip().lower()
    precedence = fields.get(b"precedence", b"").strip().lower()
    if submitted.startswith(b"auto-replied") or precedence in (b"auto_reply", b"auto-reply"):
        return "mail.autoreply"
    if not fields.keys().isdisjoint(_ANSWER_MARKS):
        return "mail.autoreply"
    if not submitted.startswith(b"no"):
        return "mail.robot"
    if precedence in (b"list", b"bulk", b"junk") or not fields.keys().isdisjoint(_LIST_MARKS):
        return "mail.list"
    if any(a.robot for a in _addresses(fields, b"sender").good):
        return "mail.robot"
    return None


def _is_report(fields: Fields) -> bool:
    kind = fields.get(b"content-type", b"")[:40].lstrip()[:16].lower()
    return kind == b"multipart/report"


def _sender(fields: Fields) -> Address | None:
    for name in (b"from", b"sender"):
        good = _addresses(fields, name).good
        if good:
            return good[0]
    return None


def _message(fields: Fields, time: int, sender: Address) -> Message | LeftOut:
    recipients: dict[str, tuple[Address, Role]] = {}
    bad: list[str] = []
    seen = 0
    for name, role in _ROLES:
        found = _addresses(fields, name)
        bad += found.bad
        seen += len(found.good)
        for address in found.good:
            recipients.setdefault(address.address, (address, role))
    people = tuple(pair for pair in recipients.values() if not pair[0].robot)
    if not people and not bad:
        return LeftOut("mail.robot" if recipients else "mail.no_recipient")
    ident = _MESSAGE_ID.search(fields.get(b"message-id", b""))
    return Message(
        id=_text(ident[1]) if ident else _bare_id(fields.get(b"message-id", b"")),
        time=time,
        sender=sender,
        recipients=people,
        robots=len(recipients) - len(people),
        repeated=seen - len(recipients),
        bad=tuple(bad),
        reply=bool(fields.get(b"in-reply-to", b"").strip() or fields.get(b"references", b"").strip()),
    )


def _bare_id(value: bytes) -> str | None:
    """Some programs forget the angle brackets."""
    words = _text(value[:998]).replace("<", " ").replace(">", " ").split()
    return words[0] if len(words) == 1 else None


def _addresses(fields: Fields, name: bytes) -> AddressList:
    value = fields.get(name)
    if value is None:
        return NOBODY
    if value.isascii():
        return parse_addresses(value.decode("ascii"))
    return parse_addresses(decode_bytes(value, "utf-8", _charset(fields), *GUESSES))


def _charset(fields: Fields) -> str:
    """The body's charset: the best guess for headers with bytes they should not have."""
    _, _, rest = fields.get(b"content-type", b"").lower().partition(b"charset=")
    return rest.lstrip(b' "').partition(b";")[0].strip(b' "').decode("ascii", "replace")


def _text(value: bytes) -> str:
    return (value.decode("ascii") if value.isascii() else decode_bytes(value, *GUESSES)).strip()


def _unread(fields: Fields, name: bytes, code: str) -> Phrase:
    """Why a header gave nothing: it stands there unreadable, or it is missing."""
    text = _shown(fields.get(name, b""))
    return phrase(code, text=text) if text else phrase(f"{code}_header")


def _shown(value: bytes) -> str:
    return " ".join(_text(value[:200]).split())[:100]


def _raw(fields: Fields) -> dict[str, str]:
    return {n.decode(): _text(fields[n][: 2 * RAW_CHARS])[:RAW_CHARS] for n in _SHOWN if n in fields}


def _time(fields: Fields) -> int | None:
    """The Date header, else the time of the newest Received header [us]."""
    time = parse_date(_text(fields.get(b"date", b"")[:200]))
    if time is None and b"received" in fields:
        return parse_date(_text(fields[b"received"].rpartition(b";")[2][:200]))
    return time


def parse_date(text: str) -> int | None:
    """Moment of a Date header [us], in any of the shapes mail programs wrote; None when it is none, or before 1971.

    Examples
    --------
    >>> parse_date("Fri, 2 Jan 1998 09:00:00 +0800") == parse_date("2 Jan 98 01:00 GMT")
    True
    """
    seconds = _usual_date(text.strip())
    if seconds is None:
        seconds = _odd_date(text)
    if seconds is None or not EARLIEST <= seconds * 1_000_000 < 2**62:
        return None
    return seconds * 1_000_000


def _usual_date(text: str) -> int | None:
    found = _DATE.fullmatch(text)
    if found is None:
        return None
    day, month, year, hour, minute, second, sign, zone_hours, zone_minutes = found.groups()
    start = _day_start(year, month.lower(), day)
    if start is None or int(hour) > 24 or int(minute) > 59:
        return None
    offset = 60 * (60 * int(zone_hours) + int(zone_minutes)) if sign and int(zone_hours) < 24 else 0
    clock = 3600 * int(hour) + 60 * int(minute) + int(second or 0)
    return start + clock + (offset if sign == "-" else -offset)


@lru_cache(maxsize=1 << 14)
def _day_start(year: str, month: str, day: str) -> int | None:
    try:
        return (dt.date(int(year), _MONTHS[month], int(day)).toordinal() - 719163) * 86400
    except (ValueError, KeyError):
        return None


def _odd_date(text: str) -> int | None:
    try:
        moment = dt.datetime.fromisoformat(text.strip())
        moment = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return int((moment - _UTC_1970).total_seconds())
    except (ValueError, OverflowError):
        pass  # not ISO 8601: the standard library knows the obsolete forms
    try:
        parts = parsedate_tz(text)
        if parts is None:
            return None
        dt.date(*parts[:3])  # refuses a 32nd of January, which mktime_tz takes for the 1st of February
        return int(mktime_tz(parts))
    except (ValueError, IndexError, TypeError, OverflowError):
        return None
