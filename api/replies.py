"""From an answer to a response: ETag first, then the JSON straight from the model, with paging links."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import urlencode

from starlette.responses import Response

from api.answers import Ask
from api.cursors import bind_cursor, unbind_cursor
from api.deps import Reading
from api.etags import content_tag, matches, state_tag
from api.shapes import ScoresAnswer, Shape, TiesAnswer
from api.shapes_search import SearchAnswer
from api.structure_shapes import BrokersAnswer, CommunitiesAnswer, SilentAnswer

JSON = "application/json"
Answer = TypeVar("Answer", bound=Shape)
Listing = TypeVar("Listing", TiesAnswer, ScoresAnswer, SearchAnswer, CommunitiesAnswer, BrokersAnswer, SilentAnswer)


def json_response(answer: Shape, tag: str | None = None, headers: dict[str, str] | None = None) -> Response:
    """An answer as JSON; serialised once, in compiled code."""
    sent = dict(headers or {}) | ({"ETag": tag} if tag else {})
    return Response(answer.model_dump_json(by_alias=True), headers=sent, media_type=JSON)


def reply(
    reading: Reading, compute: Callable[[Ask], Answer], send: Callable[[Answer, str], Response] = json_response
) -> Response:
    """The answer of a read, or 304 when the caller has it already; then nothing is computed."""
    ask = reading.ask()
    tag = state_tag(ask, f"{reading.question} {reading.limit}")
    return unchanged(tag) if matches(tag, reading.if_none_match) else send(compute(ask), tag)


def reply_listing(reading: Reading, cursor: str | None, compute: Callable[[Ask, str | None], Listing]) -> Response:
    """One page of a listing; the cursor of the next is bound to the question and to T, so that pages fit together."""
    question = f"{reading.question} {reading.caller.name}"
    inner, as_of = unbind_cursor(cursor, question) if cursor else (None, None)
    ask = reading.ask(as_of)
    tag = state_tag(ask, f"{question} {cursor} {reading.limit}")
    if matches(tag, reading.if_none_match):
        return unchanged(tag)
    answer = compute(ask, inner)
    if answer.next_cursor is None:
        return json_response(answer, tag)
    following = bind_cursor(answer.next_cursor, question, ask.moment.as_of)
    answer = answer.model_copy(update={"next_cursor": following})
    return json_response(answer, tag, {"Link": next_link(reading, cursor=following)})


def reply_content(reading: Reading, compute: Callable[[Ask], Shape]) -> Response:
    """An answer that depends on more than the sequence (kept lists, models, runs): tagged by what it says."""
    response = json_response(compute(reading.ask()))
    tag = content_tag(bytes(response.body), reading.question)
    response.headers["ETag"] = tag
    return unchanged(tag) if matches(tag, reading.if_none_match) else response


def unchanged(tag: str) -> Response:
    """304: the caller has it already."""
    return Response(status_code=304, headers={"ETag": tag})


def next_link(reading: Reading, **changed: str) -> str:
    """A ``Link`` header (RFC 8288) to the following page: the same question with some parameters changed."""
    kept = [(k, v) for k, v in reading.request.query_params.multi_items() if k not in changed]
    return f'<{reading.request.url.path}?{urlencode([*kept, *changed.items()])}>; rel="next"'
