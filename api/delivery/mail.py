"""Letters as mail (RFC 5322): text, HTML, and the sheet and calendar attached.

The Message-ID is a signature of week, receiver and channel, so that a mail that is sent a second time is the same mail
to whoever knows Message-IDs. One-click unsubscribing follows RFC 8058, the marks of automatic mail RFC 3834.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from urllib.parse import urlsplit

from api.delivery.config import Config
from api.delivery.rendering import TAGS
from api.delivery.texts import clean
from graphsvc.errors import InputError

Attachment = tuple[str, str, bytes]  # file name, media type, content
WHOLE = frozenset({"list-unsubscribe"})  # headers whose address must stay in one piece


class Headers(policy.EmailPolicy):
    """The headers of our mails; a long address in a list header is not cut up into encoded words, as readers of
    RFC 2369 would not put it together again.
    """

    def fold(self, name: str, value: str) -> str:
        """A header on its lines."""
        return f"{name}: {value}{self.linesep}" if name.lower() in WHOLE else super().fold(name, value)

    def fold_binary(self, name: str, value: str) -> bytes:
        """:meth:`fold` as bytes."""
        return self.fold(name, value).encode() if name.lower() in WHOLE else super().fold_binary(name, value)


PLAIN = Headers(linesep="\r\n")
UTF8 = Headers(linesep="\r\n", utf8=True)


@dataclass(frozen=True)
class Envelope:
    """Who gets a mail about what, and how it is known."""

    name: str
    address: str | None
    subject: str
    language: str
    unsubscribe: str
    message_id: str
    made: dt.datetime


def message_id(config: Config, signature: str, week: str) -> str:
    """Message-ID of a delivery by its signature; it names nobody."""
    return f"<{week.lower()}.{signature}@{config.from_[1].rpartition('@')[2]}>"


def compose(
    config: Config, envelope: Envelope, text: str, html: str, attachments: tuple[Attachment, ...] = ()
) -> EmailMessage:
    """A mail ready to be sent.

    Raises
    ------
    InputError
        ``delivery.no_address``, ``delivery.bad_address``: there is nobody to send it to.
    """
    out = EmailMessage(policy=UTF8)
    name, address = config.from_
    out["From"] = Address(clean(name), addr_spec=address)
    out["To"] = _receiver(envelope)
    out["Subject"] = clean(envelope.subject)
    out["Date"] = format_datetime(envelope.made)
    out["Message-ID"] = envelope.message_id
    for header, value in _marks(config, envelope).items():
        out[header] = value
    out.set_content(text, subtype="plain", charset="utf-8")
    out.add_alternative(html, subtype="html", charset="utf-8")
    for filename, media, content in attachments:
        main, _, sub = media.partition("/")
        kind, _, parameters = sub.partition(";")
        given = dict(p.strip().split("=") for p in parameters.split(";") if p)
        out.add_attachment(content, maintype=main, subtype=kind, filename=filename, params=given)
    out["Content-Language"] = TAGS[envelope.language]  # last: contents take along what stands here before them
    _bound(out, envelope.message_id)
    return out


def as_bytes(message: EmailMessage) -> bytes:
    """A mail as it goes over the wire: headers in plain ASCII unless an address is not."""
    addresses = [a.addr_spec for h in ("From", "To") for a in message[h].addresses]
    return message.as_bytes(policy=PLAIN if all(a.isascii() for a in addresses) else UTF8)


def _receiver(envelope: Envelope) -> Address:
    """The receiver's address.

    Raises
    ------
    InputError
        When there is none, or it is not one.
    """
    if not envelope.address:
        raise InputError("delivery.no_address")
    try:
        if clean(envelope.address) != envelope.address:
            raise ValueError
        return Address(envelope.name, addr_spec=envelope.address)
    except (ValueError, IndexError, MessageError) as error:  # the parser's ways to say no
        raise InputError("delivery.bad_address") from error


def _marks(config: Config, envelope: Envelope) -> dict[str, str]:
    """What tells machines that this is a list's mail, and how one leaves the list."""
    marks = {
        "List-Id": f"<weekly.{urlsplit(config.base_url).hostname}>",
        "List-Unsubscribe": f"<{envelope.unsubscribe}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }
    if envelope.unsubscribe.startswith("https://"):  # which one-click needs
        marks["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return marks


def _bound(message: EmailMessage, ident: str) -> None:
    """Boundaries that follow from the Message-ID, so that the same letter gives the same bytes."""
    seed = "".join(c for c in ident if c.isalnum())[:50]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{seed}_{number}")
