"""The one error table of the API: every error becomes RFC 9457 ``application/problem+json`` in the caller's language.

``type`` is a URN made of the phrase code, so that a program can tell problems apart whatever the language; ``detail``
is the sentence a person reads; ``trace_id`` finds the request in the log.

References
----------
Nottingham, M., Wilde, E. & Dalal, S. (2023). Problem Details for HTTP APIs. RFC 9457.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from graphsvc.errors import AmbiguousError, GraphsvcError, InputError, TransientError, UnauthorizedError
from graphsvc.phrases import Phrase, catalogue, current_language, phrase

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 5


class TooLargeError(InputError):
    """The request has more bytes or lines than one call may bring."""

    status: ClassVar[int] = 413


class MediaTypeError(InputError):
    """The request body is not of the media type the endpoint reads."""

    status: ClassVar[int] = 415


class TooManyError(TransientError):
    """A caller asks more at a time, or in a second, than is theirs; ``seconds`` later there is room again."""

    status: ClassVar[int] = 429

    def __init__(self, code: str, seconds: int, **args: Any) -> None:
        super().__init__(code, seconds=seconds, **args)
        self.seconds = seconds


class FieldProblem(BaseModel):
    """One field that is wrong: ``pointer`` into the body (RFC 6901), or the ``parameter``'s name."""

    pointer: str | None = Field(None, description="JSON pointer into the request body, e.g. #/keys/3.")
    parameter: str | None = Field(None, description="Name of the query, path or header parameter.")
    detail: str


class CandidateEntity(BaseModel):
    """An entity an ambiguous key may mean."""

    id: str
    label: str
    key: str
    name: str | None = None


class Problem(BaseModel):
    """What went wrong, where, and how to mend it (RFC 9457)."""

    type: str = Field(description="URN of the kind of problem.", examples=["urn:graphsvc:problem:errors.not_found"])
    title: str = Field(description="The kind of problem in a few words.")
    status: int = Field(description="The HTTP status again.")
    detail: str = Field(description="One sentence: what, where, how to mend it.")
    instance: str = Field(description="The path asked for.")
    trace_id: str = Field(description="Finds this request in the server's log.")
    errors: list[FieldProblem] | None = Field(None, description="Field by field, where the input is wrong.")
    candidates: list[CandidateEntity] | None = Field(None, description="What an ambiguous key may mean.")


def problem_response(
    request: Request, status: int, said: Phrase, *, headers: Mapping[str, str] | None = None, **more: Any
) -> Response:
    """A problem as a response; ``more`` are ``errors`` and ``candidates``."""
    problem = Problem(
        type=f"urn:graphsvc:problem:{said.code}",
        title=title(status),
        status=status,
        detail=said.text(),
        instance=request.url.path,
        trace_id=request.scope.get("state", {}).get("trace_id", ""),
        **more,
    )
    body = problem.model_dump_json(exclude_none=True)
    return Response(body, status, {"Cache-Control": "no-store"} | dict(headers or {}), MEDIA_TYPE)


def title(status: int) -> str:
    """The few words for a status, in the reader's language."""
    texts = catalogue(current_language(), "api")
    return texts.get(f"title_{status}", texts["title_other"])


def install(app: FastAPI) -> None:
    """Make every expected error of the app a problem; the unexpected ones are the gate's (:mod:`api.gate`)."""
    app.add_exception_handler(GraphsvcError, _on_graphsvc)
    app.add_exception_handler(RequestValidationError, _on_validation)
    app.add_exception_handler(HTTPException, _on_http)


async def _on_graphsvc(request: Request, error: Exception) -> Response:
    if not isinstance(error, GraphsvcError):
        return unexpected_response(request)
    response = graphsvc_response(request, error)
    if error.status in (401, 403):
        response.background = request.app.state.on_refusal(request, error.status)
    return response


async def _on_validation(request: Request, error: Exception) -> Response:
    found = error.errors() if isinstance(error, RequestValidationError) else []
    fields = [field_problem(e) for e in found]
    said = phrase("api.bad_request", count=len(fields), first=fields[0].detail if fields else "")
    return problem_response(request, 422, said, errors=fields)


async def _on_http(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    name = f"http_{status}"
    known = name in catalogue("en", "api")
    said = phrase(f"api.{name}", method=request.method) if known else phrase("api.http_other", status=status)
    return problem_response(request, status, said, headers=headers)


def graphsvc_response(request: Request, error: GraphsvcError) -> Response:
    """An expected error as a problem."""
    more: dict[str, Any] = {}
    if isinstance(error, AmbiguousError):
        fields = ("id", "label", "key", "name")
        more["candidates"] = [CandidateEntity(**dict(zip(fields, c, strict=True))) for c in error.candidates]
    return problem_response(request, error.status, error.phrase, headers=_headers(error), **more)


def unexpected_response(request: Request) -> Response:
    """A defect as a problem: it says nothing of what happened inside, only where the log has it."""
    return problem_response(request, 500, phrase("api.unexpected"))


def field_problem(error: Mapping[str, Any]) -> FieldProblem:
    """One validation error in the reader's language; what we have no sentence for says its pydantic type."""
    place, *rest = error["loc"]
    if error["type"] == "json_invalid":  # here the location is an offset, not a field
        said = phrase("api.field_json_invalid", where=str(rest[0] if rest else 0), error=str(error["ctx"]["error"]))
        return FieldProblem(pointer="#", parameter=None, detail=said.text())
    pointer = "#" + "".join(f"/{_escape(str(x))}" for x in rest) if place == "body" else None
    parameter = str(rest[0]) if place != "body" and rest else None
    where = (pointer if rest else None) or parameter or str(place)
    texts = catalogue("en", "api")
    name = f"field_{error['type']}"
    context = {k: str(v) for k, v in (error.get("ctx") or {}).items()}
    code = f"api.{name}" if name in texts else "api.field_other"
    return FieldProblem(
        pointer=pointer,
        parameter=parameter,
        detail=phrase(code, where=where, type=str(error["type"]), **context).text(),
    )


def _escape(text: str) -> str:
    return text.replace("~", "~0").replace("/", "~1")


def _headers(error: GraphsvcError) -> dict[str, str]:
    if isinstance(error, UnauthorizedError):
        return {"WWW-Authenticate": 'Bearer realm="graphsvc"'}
    if isinstance(error, TooManyError):
        return {"Retry-After": str(error.seconds)}
    if isinstance(error, TransientError):
        return {"Retry-After": str(RETRY_SECONDS)}
    return {}
