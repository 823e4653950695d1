"""One mail to the mail server, and what is certain about it afterwards (RFC 5321).

Until the last line of the mail is out nothing can have been accepted. From then until the server's answer it may have
been; a connection that breaks in between leaves that open (RFC 1047), and it is said to be unclear, not guessed.
"""

from __future__ import annotations

import ipaddress
import re
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from api.delivery.journal import SENT, Outcome
from api.delivery.mail import as_bytes
from graphsvc.errors import InputError
from graphsvc.phrases import Phrase, phrase

SECONDS = 60.0  # how long the server may be silent
PORTS = {"smtp": 587, "smtps": 465, "smtp+plain": 25}
_DOT = re.compile(rb"^\.", re.MULTILINE)


@dataclass(frozen=True)
class Server:
    """A mail server. ``smtps``: TLS at once; ``smtp``: STARTTLS, on this machine without; ``smtp+plain``: none."""

    scheme: str
    host: str
    port: int
    user: str | None
    password: SecretStr | None

    @property
    def starts_tls(self) -> bool:
        """Whether the connection is encrypted before anything is said."""
        return self.scheme == "smtp" and not _is_here(self.host)


def read_server(url: SecretStr) -> Server:
    """A mail server from its URL, ``smtp://USER:PASSWORD@HOST:PORT``.

    Raises
    ------
    InputError
        ``delivery.bad_smtp``; the URL is not repeated.
    """
    try:
        parts = urlsplit(url.get_secret_value())
        port = parts.port or PORTS[parts.scheme]
    except (ValueError, KeyError) as error:
        raise InputError("delivery.bad_smtp") from error
    if not parts.hostname:
        raise InputError("delivery.bad_smtp")
    password = SecretStr(unquote(parts.password)) if parts.password is not None else None
    return Server(parts.scheme, parts.hostname, port, unquote(parts.username) if parts.username else None, password)


def send(server: Server, message: EmailMessage) -> Outcome:
    """Send a mail to its one receiver."""
    try:
        connection = _connected(server)
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("retry", _why(error))
    try:
        refused = _announced(connection, message)
        return refused or _handed_over(connection, message)
    except (OSError, smtplib.SMTPException) as error:  # before any of the mail was out
        return Outcome("retry", _why(error))
    finally:
        with suppress(OSError, smtplib.SMTPException):
            connection.close()


def _connected(server: Server) -> smtplib.SMTP:
    trusted = ssl.create_default_context()
    if server.scheme == "smtps":
        made: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=trusted)
    else:
        made = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        made.ehlo_or_helo_if_needed()
        if server.starts_tls:
            made.starttls(context=trusted)
            made.ehlo()
        if server.user is not None and server.password is not None:
            made.login(server.user, server.password.get_secret_value())
    except BaseException:
        made.close()
        raise
    return made


def _announced(connection: smtplib.SMTP, message: EmailMessage) -> Outcome | None:
    """Name sender and receiver and ask to send; what the server has against it, None for nothing."""
    sender, receiver = (message[h].addresses[0].addr_spec for h in ("From", "To"))
    options = []
    if not (sender.isascii() and receiver.isascii()):
        if not connection.has_extn("smtputf8"):
            return Outcome("refused", phrase("delivery.no_utf8"))
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    code, _ = connection.mail(sender, options)
    if 200 <= code < 300:
        code, _ = connection.rcpt(receiver)
    if 200 <= code < 300:
        code, _ = connection.docmd("DATA")
    return None if code == 354 else _denied(code)


def _handed_over(connection: smtplib.SMTP, message: EmailMessage) -> Outcome:
    """The mail itself; from here on an error leaves open what became of it."""
    data = _DOT.sub(b"..", as_bytes(message))
    end = b".\r\n" if data.endswith(b"\r\n") else b"\r\n.\r\n"
    try:
        connection.send(data + end)
        code, _ = connection.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Outcome("unclear", _why(error))
    if not 200 <= code < 300:
        return _denied(code)
    with suppress(OSError, smtplib.SMTPException):
        connection.docmd("QUIT")
    return SENT


def _denied(code: int) -> Outcome:
    """The server's no: for now (4xx), or for good."""
    return Outcome("retry" if 400 <= code < 500 else "refused", phrase("delivery.smtp_denied", code=code))


def _why(error: Exception) -> Phrase:
    """What kind of trouble it was; what a server writes may hold addresses, so its code must do."""
    if isinstance(error, smtplib.SMTPResponseException):
        return phrase("delivery.smtp_denied", code=error.smtp_code)
    return phrase("delivery.smtp_away", problem=type(error).__name__)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
