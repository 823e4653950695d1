"""A short message to a chat robot, through apprise, and what is certain about it afterwards.

apprise tells only whether a plugin was content. That is not enough to send once: a connection that was refused may be
tried again, one that broke after the request may not, and WeCom answers 200 with an error code inside. So what the
plugins' HTTP calls came to is watched beneath them (they all use requests), in the thread that sends and only there.
"""

from __future__ import annotations

import json
import logging
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr

from api.delivery.journal import SENT, Outcome
from graphsvc.errors import InputError
from graphsvc.extras import needs
from graphsvc.phrases import phrase

if TYPE_CHECKING:
    from apprise import Apprise
    from requests import PreparedRequest, Response

BYTES = 2000  # of a message: WeCom takes 2,048, as UTF-8
SECONDS = 30.0
LATER = (408, 425, 429, 503)  # not taken, and may be later


@dataclass
class Wire:
    """What went over the wire: answers, and the error that ended it."""

    answers: list[Response] = field(default_factory=list)
    error: Exception | None = None


_SEND = "send"  # of a session
_wire: ContextVar[Wire | None] = ContextVar("graphsvc_robot_wire", default=None)
_lock = threading.Lock()


def open_robot(url: SecretStr) -> Apprise:
    """The robot of an apprise URL.

    Raises
    ------
    InputError
        ``delivery.bad_robot`` when apprise does not know such a URL; it is not repeated.
    """
    needs("apprise", "deliver")
    from apprise import Apprise, AppriseAsset

    _quiet()
    asset = AppriseAsset(app_id="graphsvc", app_url="", async_mode=False, default_service_retry=0, http_redirects=False)
    out = Apprise(asset=asset)
    _load()
    if not out.add(url.get_secret_value()) or len(out) != 1:
        raise InputError("delivery.bad_robot")
    out[0].socket_read_timeout = SECONDS  # the shorter the wait, the more is unclear
    return out


def tell(robot: Apprise, text: str) -> Outcome:
    """Send a message to a robot, once."""
    with watched() as wire:
        content = bool(robot.notify(text, body_format="text"))
    return judge(content, wire)


@cache
def _load() -> None:
    """Let apprise import its plugins; what some of them import is deprecated, which is not ours to mend."""
    from apprise import Apprise

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        Apprise.instantiate("json://localhost")


@cache
def _quiet() -> None:
    """Logs of others would hold the URL, and with it the robot's key."""
    logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)
    logging.getLogger("urllib3").setLevel(logging.WARNING)


@contextmanager
def watched() -> Iterator[Wire]:
    """What requests sends from this thread while the body runs."""
    with _lock:
        _watch()
    wire = Wire()
    token = _wire.set(wire)
    try:
        yield wire
    finally:
        _wire.reset(token)


@cache
def _watch() -> None:
    """Put a window into the one method that all requests go through; nothing changes for who does not look."""
    from requests import Session

    send: Callable[..., Response] = Session.send

    def seen(self: Session, request: PreparedRequest, **options: Any) -> Response:
        wire = _wire.get()
        try:
            answer = send(self, request, **options)
        except Exception as error:
            if wire is not None:
                wire.error = error
            raise
        if wire is not None:
            wire.answers.append(answer)
        return answer

    setattr(Session, _SEND, seen)


def judge(content: bool, wire: Wire) -> Outcome:
    """What a plugin's word and the wire together say.

    Only what certainly did not arrive is tried again; what a robot refused waits for a person.
    """
    if wire.error is not None:
        return _broken(wire.error)
    if not wire.answers:  # a plugin that does not use requests, or did not send
        return SENT if content else Outcome("unclear", phrase("delivery.robot_silent"))
    answer = wire.answers[-1]
    code = answer.status_code
    if 200 <= code < 300:
        said = error_code(answer.content)
        return Outcome("refused", phrase("delivery.robot_denied", code=said)) if said else SENT
    why = phrase("delivery.robot_denied", code=str(code))
    return Outcome("retry" if code in LATER else "refused" if code < 500 else "unclear", why)


def _broken(error: Exception) -> Outcome:
    """A call that broke: before the connection stood nothing was said; after that nobody knows."""
    from urllib3.exceptions import ConnectTimeoutError, NewConnectionError

    never = (ConnectTimeoutError, NewConnectionError, ssl.SSLCertVerificationError)
    before = any(isinstance(part, never) for part in _parts(error))
    return Outcome("retry" if before else "unclear", phrase("delivery.robot_away", problem=type(error).__name__))


def _parts(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those it was made of."""
    while error is not None:
        yield error
        for part in (*error.args, getattr(error, "reason", None)):
            if isinstance(part, BaseException) and part is not error:
                yield part
        error = error.__cause__ or error.__context__


def error_code(body: bytes) -> str | None:
    """The error that a chat puts into an answer of status 200; None where it has none.

    Examples
    --------
    >>> error_code(b'{"errcode": 93000, "errmsg": "invalid webhook url"}'), error_code(b'{"errcode": 0}')
    ('93000', None)
    >>> error_code(b'{"ok": false, "error": "no_channel"}'), error_code(b"ok")
    ('no_channel', None)
    """
    try:
        said = json.loads(body)
    except ValueError:
        return None
    if not isinstance(said, dict):
        return None
    if said.get("ok") is False:
        return str(said.get("error", "false"))[:60]
    code = next((said[name] for name in ("errcode", "code") if name in said), 0)
    return None if code in (0, "0", None, 200) else str(code)[:60]
