"""A short way for score look-ups, which other services make by the thousand: same answer, without the framework's way.

What is plainly a look-up (``GET /v1/scores/NAME?key=…``, ``POST /v1/scores/NAME`` with a few keys, nothing else) is
read here and handed to the very function of the route. Anything unusual, and whatever is refused, goes the ordinary way
through the app, which finds the same and says what is wrong.

Where the same score was answered to the same caller in the same state of the workspace, all that an answer is made of
is in memory: then it is given at once, in the server's loop. Otherwise a thread computes it, as for other calls.
"""

from __future__ import annotations

import weakref
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import orjson
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.deps import Reading, workspace_of
from api.keys import key_caller
from api.routers.scores import KeyList, list_scores, query_scores
from graphsvc.errors import GraphsvcError
from graphsvc.policy import OWNER, Caller, require
from graphsvc.projection import Projection
from graphsvc.workspace import Moment, Workspace

PREFIX = "/v1/scores/"
MOST_KEYS = 20  # more of them take the loop too long
MOST_BYTES = 10_000
_KEY = range(1, 401)  # length of a key, as api.parameters has it
_NAME = range(1, 61)


@dataclass(frozen=True)
class Named:
    """The route an answer stands for, by the name it has in the log."""

    name: str


LISTING, QUERY = Named("list_scores"), Named("query_scores")


class Express:
    """ASGI middleware in front of the app."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._warm: dict[tuple[object, ...], weakref.ref[Projection]] = {}
        self._state: tuple[object, ...] = ()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        response = None
        if scope["type"] == "http" and scope["path"].startswith(PREFIX):
            keys, receive = await read_keys(scope, receive)
            if keys:
                response = await self._answer(scope, keys)
        await (self.app if response is None else response)(scope, receive, send)

    async def _answer(self, scope: Scope, keys: list[str]) -> Response | None:
        """The answer; None when the ordinary way has to say why there is none."""
        caller = _caller(scope)
        if caller is None:
            return None
        workspace, name = workspace_of(scope["app"]), scope["path"][len(PREFIX) :]
        try:
            require(caller, "read")
            found = await self._found(workspace, scope, (name, caller, keys))
        except GraphsvcError:
            return None
        scope["route"] = LISTING if scope["method"] == "GET" else QUERY
        return found

    async def _found(self, workspace: Workspace, scope: Scope, asked: tuple[str, Caller, list[str]]) -> Response:
        name, caller, keys = asked
        if not workspace.store.url.startswith("sqlite"):  # a look at another machine would hold up the loop
            return await run_sync(lambda: _lookup(scope, name, caller, keys, None))
        moment = workspace.moment()
        state = (workspace.store.sequence, moment.as_of, moment.why, workspace.models_decided)
        if state != self._state:
            self._warm, self._state = {}, state
        warm = self._warm
        p = ref() if (ref := warm.get((name, caller))) is not None else None
        if p is not None:
            return _lookup(scope, name, caller, keys, replace(moment, held=[p]))
        response = await run_sync(lambda: _lookup(scope, name, caller, keys, None))
        p = workspace.projection_kept(moment)
        if p is not None and p.sequence == state[0]:
            warm[(name, caller)] = weakref.ref(p)
        return response


async def read_keys(scope: Scope, receive: Receive) -> tuple[list[str], Receive]:
    """The keys of a plain look-up, else none; and what the app may receive the request from all the same."""
    if len(scope["path"]) - len(PREFIX) not in _NAME or "/" in scope["path"][len(PREFIX) :]:
        return [], receive
    headers = Headers(scope=scope)
    if scope["method"] == "GET":
        return _keys_of_query(scope["query_string"]), receive
    plain = headers.get("content-type") == "application/json" and not scope["query_string"]
    length = headers.get("content-length", "")
    if scope["method"] != "POST" or not plain or not length.isdecimal() or int(length) > MOST_BYTES:
        return [], receive
    messages: list[Message] = []
    body = b""
    while not messages or messages[-1].get("more_body", False):
        messages.append(await receive())
        body += messages[-1].get("body", b"")
    return _keys_of_body(body), _replayed(messages, receive)


def _keys_of_query(query: bytes) -> list[str]:
    if not query.startswith(b"key="):
        return []
    try:
        given = parse_qsl(query.decode("ascii"), keep_blank_values=True, errors="strict")
    except ValueError:
        return []
    return _plain([v for _, v in given]) if all(name == "key" for name, _ in given) else []


def _keys_of_body(body: bytes) -> list[str]:
    try:
        given = orjson.loads(body)
    except ValueError:
        return []
    alone = isinstance(given, dict) and given.keys() == {"keys"} and isinstance(given["keys"], list)
    return _plain(given["keys"]) if alone else []


def _plain(keys: list[Any]) -> list[str]:
    few = len(keys) <= MOST_KEYS
    return keys if few and all(isinstance(k, str) and len(k) in _KEY for k in keys) else []


def _replayed(messages: list[Message], receive: Receive) -> Receive:
    """Give what was read already once more, then the rest."""
    kept = iter(messages)

    async def again() -> Message:
        message = next(kept, None)
        return await receive() if message is None else message

    return again


def _caller(scope: Scope) -> Caller | None:
    """The caller, as :func:`api.deps.current_caller` finds them; None when nobody is known by the key."""
    return OWNER if scope["app"].state.keys is None else key_caller(scope)


def _lookup(scope: Scope, name: str, caller: Caller, keys: list[str], pinned: Moment | None) -> Response:
    request = Request(scope)
    reading = Reading(request, caller, None, None, request.headers.get("if-none-match"), pinned)
    if scope["method"] == "GET":
        return list_scores(reading, name, keys)
    return query_scores(reading, name, KeyList.model_construct(keys=keys))
