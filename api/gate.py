"""What every request passes before it reaches a route: language, trace id, where it may come from, how much it brings.

Without keys whoever reaches the port is the owner. So then only this machine may ask (loopback peer), only under a name
of this machine (``Host``, against DNS rebinding), and never from another site's page (``Origin``).
"""

from __future__ import annotations

import ipaddress
import logging
import re
import secrets
import time
import traceback
from functools import lru_cache

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.aliases import HEADER, use_aliases
from api.hearing import Hearing
from api.keys import key_caller
from api.lanes import Lanes, is_heavy
from api.problems import graphsvc_response, problem_response, unexpected_response
from graphsvc.errors import ForbiddenError, GraphsvcError
from graphsvc.phrases import current_language, phrase, use_language

MEGABYTE = 1_000_000
BODY_LIMITS = {"/v1/records": 10 * MEGABYTE}
BODY_LIMIT = 1 * MEGABYTE
FRAMES = 8  # innermost ones of a defect, in the log
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TRACEPARENT = re.compile(r"^[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}$")
_log = logging.getLogger("graphsvc.api")


class Gate:
    """ASGI middleware around the whole app; ``local_only`` when there are no keys."""

    def __init__(self, app: ASGIApp, *, local_only: bool, lanes: Lanes) -> None:
        self.app, self.local_only, self.lanes = app, local_only, lanes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        use_language(read_language(headers.get("accept-language")))
        use_language(current_language())  # looked up once, not with every sentence
        use_aliases(headers.get(HEADER))
        scope.setdefault("state", {})["trace_id"] = trace_id(headers.get("traceparent"))
        scope["state"]["head"] = scope["method"] == "HEAD"
        reply = _Reply(scope, send)
        scope = _as_get(scope)
        await self._pass(scope, _limited(scope, headers, receive), reply)
        reply.log(scope)

    async def _pass(self, scope: Scope, receive: Receive, reply: _Reply) -> None:
        request = Request(scope)
        try:
            check_length(request)
            if self.local_only:
                check_local(request)
            waits = scope["method"] == "GET" and is_heavy(scope["path"])
            hearing = Hearing(receive)
            async with self.lanes.turn(_key_name(scope), scope["path"]):
                if not (waits and await hearing.gone()):
                    await self.app(scope, hearing.receive, reply)
        except GraphsvcError as error:
            await graphsvc_response(request, error)(scope, receive, reply)
        except HTTPException as error:
            said = phrase(f"api.http_{error.status_code}", method=request.method)
            await problem_response(request, error.status_code, said)(scope, receive, reply)
        except Exception as error:
            _log_defect(request, error)
            if reply.started:
                raise
            await unexpected_response(request)(scope, receive, reply)


class _Reply:
    """Adds the headers every response has, drops the body of a HEAD response, and remembers status and time."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send, self._method, self._path = send, scope["method"], scope["path"]
        self._trace = scope["state"]["trace_id"]
        self._begin, self.status = time.perf_counter(), 0

    @property
    def started(self) -> bool:
        return self.status > 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
            headers["X-Trace-Id"] = self._trace
            if self._path.startswith("/v1"):
                headers.setdefault("Content-Language", current_language())
                headers.setdefault("Cache-Control", "private, no-cache")
                headers.add_vary_header("Accept, Accept-Language, Authorization, X-Names")
        elif self._method == "HEAD" and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    def log(self, scope: Scope) -> None:
        """One line per request: the operation, never the path, which may hold a person's key."""
        route = getattr(scope.get("route"), "name", "-")
        spent = 1000 * (time.perf_counter() - self._begin)
        _log.info("%s %s %s %.1f ms %s", self._method, route, self.status, spent, self._trace)


@lru_cache(maxsize=256)
def read_language(accept: str | None) -> str | None:
    """The language we have that an ``Accept-Language`` header likes best; None when it names neither.

    Examples
    --------
    >>> read_language("fr, zh-CN;q=0.8, en;q=0.5")
    'zh'
    """
    liked: dict[str, float] = {}
    for part in (accept or "").split(","):
        tag, _, quality = part.strip().lower().partition(";q=")
        name = tag.split("-")[0].strip()
        if name in ("en", "zh"):
            liked[name] = max(liked.get(name, 0.0), _quality(quality))
    best = max(liked, key=lambda name: liked[name], default=None)
    return best if best and liked[best] > 0 else None


def trace_id(traceparent: str | None) -> str:
    """The caller's trace id (W3C Trace Context), or a new one: 32 hexadecimal digits."""
    found = _TRACEPARENT.match(traceparent or "")
    return found[1] if found else secrets.token_hex(16)


@lru_cache(maxsize=256)
def is_local(address: str) -> bool:
    """Whether a host name or address is this machine only."""
    bare = address.strip("[]")
    try:
        return ipaddress.ip_address(bare.partition("%")[0]).is_loopback
    except ValueError:
        return bare == "localhost"


def check_local(request: Request) -> None:
    """Refuse what does not come from this machine, under one of its names, from one of its own pages.

    Raises
    ------
    ForbiddenError
        Saying which of the three it was.
    """
    peer = request.client.host if request.client else "localhost"
    if _is_address(peer) and not is_local(peer):
        raise ForbiddenError("api.need_keys", host=peer)
    host = request.headers.get("host", "").lower()
    if re.sub(r":\d+$", "", host) not in LOCAL_NAMES:
        raise ForbiddenError("api.bad_host", host=host[:100])
    origin = request.headers.get("origin")
    if request.method not in SAFE_METHODS and origin is not None and origin.partition("://")[2].lower() != host:
        raise ForbiddenError("api.bad_origin", origin=origin[:100])


def check_length(request: Request) -> None:
    """Refuse a body whose announced length is above the limit.

    Raises
    ------
    HTTPException
        413.
    """
    length = request.headers.get("content-length", "0")
    if not length.isdecimal() or int(length) > _body_limit(request.scope):
        raise HTTPException(413)


def _key_name(scope: Scope) -> str | None:
    """Name of the caller's key; None without keys, and for a wrong one, which is refused soon enough."""
    caller = key_caller(scope)
    return caller.name if caller else None


def _limited(scope: Scope, headers: Headers, receive: Receive) -> Receive:
    """Count the bytes that arrive: a chunked body announces no length."""
    if "content-length" in headers:
        return receive
    limit, seen = _body_limit(scope), 0

    async def counted() -> Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > limit:
            raise HTTPException(413)
        return message

    return counted


def _body_limit(scope: Scope) -> int:
    return BODY_LIMITS.get(scope["path"], BODY_LIMIT)


def _as_get(scope: Scope) -> Scope:
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


@lru_cache(maxsize=256)
def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _quality(text: str) -> float:
    try:
        return float(text) if text else 1.0
    except ValueError:
        return 0.0


def _log_defect(request: Request, error: Exception) -> None:
    """Where it happened and what kind it was; the message may hold a person's key, so it is left out."""
    trail = "".join(traceback.format_tb(error.__traceback__)[-FRAMES:])
    _log.error("%s in trace %s\n%s", type(error).__name__, request.scope["state"]["trace_id"], trail)
