"""What handlers depend on: the caller behind a key, the moment asked for, and the question as a whole."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, cast
from urllib.parse import urlencode

from fastapi import Depends, FastAPI, Header, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.answers import Ask
from api.keys import KeyRing
from graphsvc.clock import read_moment
from graphsvc.errors import ForbiddenError, InputError, UnauthorizedError
from graphsvc.policy import OWNER, Caller, require
from graphsvc.workspace import Moment, Workspace

_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer gsk_…`.", scheme_name="key")
_SPACED_ZONE = re.compile(r"(?<=T)(\S+) (\d\d:?\d\d)$")


@dataclass(frozen=True)
class Reading:
    """One read: who asks what, of which moment."""

    request: Request
    caller: Caller
    as_of: int | None
    known_at: int | None
    if_none_match: str | None
    pinned: Moment | None = None  # of what is in memory already

    @property
    def workspace(self) -> Workspace:
        """The workspace the app serves."""
        return workspace_of(self.request.app)

    @property
    def question(self) -> str:
        """The question without the page: path, parameters and media type, in one order."""
        url = self.request.url
        asked = sorted((k, v) for k, v in self.request.query_params.multi_items() if k not in ("cursor", "limit"))
        return f"{url.path}?{urlencode(asked)} {self.request.headers.get('accept', '')}"

    @property
    def limit(self) -> str:
        """The page size asked for, as written."""
        return self.request.query_params.get("limit", "")

    def ask(self, as_of: int | None = None) -> Ask:
        """The context answers need; ``as_of`` [us] pins the T of a listing's first page."""
        workspace = self.workspace
        caller = known_caller(workspace, self.caller)
        if self.pinned is not None:
            return Ask(workspace, caller, pinned=self.pinned)
        moved = as_of is not None and self.as_of is None and as_of != workspace.moment().as_of
        return Ask(workspace, caller, as_of=as_of if moved else self.as_of, known_at=self.known_at)


def workspace_of(app: FastAPI) -> Workspace:
    """The workspace an app serves."""
    return cast(Workspace, app.state.workspace)


async def current_caller(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
) -> Caller:
    """The caller: the owner on loopback without keys, else the one the key stands for.

    Raises
    ------
    UnauthorizedError
        When no key or a wrong one came.
    """
    ring = cast(KeyRing | None, request.app.state.keys)
    if ring is None:
        return OWNER
    caller = ring.caller(given.credentials) if given else None
    if caller is None:
        raise UnauthorizedError("api.wrong_key" if given else "api.no_key")
    request.scope["state"]["caller"] = caller
    return caller


async def reader(
    request: Request,
    caller: Annotated[Caller, Depends(current_caller)],
    as_of: Annotated[
        str | None,
        Query(description="Event time T, ISO 8601; a date is its first instant in UTC.", examples=["2026-06-01"]),
    ] = None,
    known_at: Annotated[
        str | None, Query(description="Record time: answer with what was known then, ISO 8601.")
    ] = None,
    if_none_match: Annotated[str | None, Header(description="ETag of the answer you have; 304 when unchanged.")] = None,
) -> Reading:
    """A read by a caller who may read.

    Raises
    ------
    ForbiddenError
        When the key lacks the scope ``read``.
    InputError
        When ``as_of`` or ``known_at`` is no moment.
    """
    require(caller, "read")
    return Reading(request, caller, moment_in(as_of), moment_in(known_at), if_none_match)


async def writer(request: Request, caller: Annotated[Caller, Depends(current_caller)]) -> Reading:
    """A write by a caller who may write.

    Raises
    ------
    ForbiddenError
        When the key lacks the scope ``write``.
    """
    require(caller, "write")
    return Reading(request, caller, None, None, None)


async def known_parameters(request: Request) -> None:
    """Refuse query parameters the endpoint does not have: a misspelt ``as_of`` must not pass for an answer of today.

    Raises
    ------
    InputError
        Naming the parameter and those there are.
    """
    known = _parameters(request)
    for name in request.query_params:
        if name not in known:
            raise InputError("api.unknown_parameter", name=name[:100], known=", ".join(known) or "-")


def known_caller(workspace: Workspace, caller: Caller) -> Caller:
    """The caller with the entity of its key as canonical public id.

    Raises
    ------
    ForbiddenError
        When the key stands for nobody in this workspace, or for several.
    """
    if caller.entity is None:
        return caller
    entity, store = caller.entity, workspace.store
    key = ("key", store.sequence, entity, "person")
    found = workspace.named.get(key, lambda: store.resolve(entity, OWNER, "person"))
    if len(found) != 1:
        raise ForbiddenError("api.key_of_nobody", name=caller.name, count=len(found))
    return Caller(found[0].id, caller.roles, caller.name, caller.scopes)


def _parameters(request: Request) -> list[str]:
    """Names of the query parameters of the route, as its OpenAPI description has them; read from it once."""
    state, name = request.app.state, request.scope["route"].name
    if not hasattr(state, "parameters"):
        paths = cast(FastAPI, request.app).openapi()["paths"]
        operations = [operation for methods in paths.values() for operation in methods.values()]
        state.parameters = {
            o["operationId"]: [p["name"] for p in o.get("parameters", ()) if p["in"] == "query"] for o in operations
        }
    found: list[str] = state.parameters[name]
    return found


def moment_in(text: str | None) -> int | None:
    """A moment from a query parameter, in which an unescaped ``+`` of the zone has become a blank."""
    return None if text is None else read_moment(_SPACED_ZONE.sub(r"\1+\2", text.strip()))


CallerDep = Annotated[Caller, Depends(current_caller)]
ReadingDep = Annotated[Reading, Depends(reader)]
WritingDep = Annotated[Reading, Depends(writer)]
