"""The store itself: the change feed and runs."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import Grouped, Limit
from api.replies import json_response, next_link, reply, reply_content
from api.shapes import ChangesAnswer, RunsAnswer

router = APIRouter(tags=["store"])
NDJSON = "application/x-ndjson"
FEED: dict[int | str, dict[str, Any]] = {
    200: {"content": {NDJSON: {"schema": {"type": "string"}, "example": '{"sequence": 8, "table": "people"}\n'}}}
}


@router.get("/changes", response_model=ChangesAnswer, responses=FEED)
def list_changes(
    reading: ReadingDep,
    since: Annotated[int, Query(ge=0, description="The last sequence number you have seen.")] = 0,
    limit: Limit = 1000,
) -> Response:
    """Follow the changes.

    What was committed after a sequence number, oldest first: ids and counts, no names. With `Accept:
    application/x-ndjson` one change per line. The `Link` header leads on; a late commit is never skipped.
    """
    lines = NDJSON in reading.request.headers.get("accept", "")

    def send(answer: ChangesAnswer, tag: str) -> Response:
        following = {"Link": next_link(reading, since=str(answer.next_since))}
        if lines:
            body = b"".join(orjson.dumps(item, option=orjson.OPT_APPEND_NEWLINE) for item in answer.items)
            return Response(body, headers=following | {"ETag": tag}, media_type=NDJSON)
        return json_response(answer, tag, following)

    return reply(reading, lambda ask: answers.changes(ask, since, limit), send)


@router.get("/runs", response_model=RunsAnswer)
def list_runs(
    reading: ReadingDep,
    kind: Annotated[str | None, Query(max_length=20, description="sync, fit, score, list, evaluate or erase.")] = None,
    limit: Limit = 50,
    grouped: Grouped = False,
) -> Response:
    """List runs.

    What every sync, fit and scoring read and made, and every list handed out, newest first; `grouped` by kind and day,
    in `groups`.
    """
    return reply_content(reading, lambda ask: answers.runs(ask, kind, limit, grouped=grouped))
