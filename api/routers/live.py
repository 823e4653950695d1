"""Live events: what changes, as it happens."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Annotated, cast

from anyio.to_thread import run_sync
from fastapi import APIRouter, Query, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from api.answers.live import Live, may_see_jobs
from api.deps import CallerDep, known_caller, workspace_of
from api.keys import key_caller
from graphsvc.errors import GraphsvcError
from graphsvc.policy import Caller, require

router = APIRouter(tags=["store"])
EXAMPLE = """event: state
data: {"sequence":412,"as_of":"2026-06-01T23:59:59.999999Z","run":"score-3f2a"}

event: job
data: {"id":"7c1e","kind":"sync","name":"mail","state":"running","progress":0.4}

: here
"""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # a proxy must pass each line on at once


class EventStream(StreamingResponse):
    """A stream of server-sent events; whatever ends it, the listener is let go at once."""

    media_type = "text/event-stream"

    async def stream_response(self, send: Send) -> None:
        """Send the events; then close what makes them, which a cancelled response would leave to the collector."""
        async with aclosing(cast("AsyncGenerator[bytes, None]", self.body_iterator)):
            await super().stream_response(send)


@router.get(
    "/events",
    response_class=EventStream,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}, "example": EXAMPLE}}}},
)
async def follow_events(
    request: Request,
    caller: CallerDep,
    seconds: Annotated[
        float | None, Query(ge=0, le=86_400, description="End after so long [s]; 0: the state of now only.")
    ] = None,
) -> Response:
    """Follow live events.

    Server-sent events: `state` at the start and whenever the workspace changed (its last change, T, and the newest
    run), `job` whenever a job starts, moves on or ends (for those who may see jobs), and a comment every 15 s. It ends
    with the server, or when the key is withdrawn; open it again then. So many streams a key, 429 beyond.
    """
    require(caller, "read")
    known = await run_sync(known_caller, workspace_of(request.app), caller)
    if request.scope["state"].get("head"):
        return Response(media_type=EventStream.media_type, headers=_HEADERS)
    live = cast(Live, request.app.state.live)
    welcome = _welcome(request, caller)
    lines = live.listen(jobs=may_see_jobs(known), seconds=seconds, welcome=welcome)
    return EventStream(lines, headers=_HEADERS)


def _welcome(request: Request, caller: Caller) -> Callable[[], bool]:
    """Whether the key still stands for whom it stood for when the stream began."""

    def welcome() -> bool:
        try:
            return request.app.state.keys is None or key_caller(request.scope) == caller
        except GraphsvcError:  # the key file cannot be read: nobody is let in
            return False

    return welcome
