"""How the weekly list reaches people: preferences, the list as a file, and leaving the list."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from api import audit
from api.answers import delivery as answers
from api.delivery.config import Hour, Language, Weekday
from api.delivery.packing import MEDIA, Form
from api.delivery.preferences import Preferences
from api.delivery.rendering import unsubscribe_page
from api.deps import ReadingDep, WritingDep, workspace_of
from api.etags import content_tag, matches
from api.parameters import KEY_HELP, Week
from api.replies import json_response, reply_content, unchanged
from api.shapes_delivery import DeliveryAnswer
from graphsvc.phrases import current_language

router = APIRouter(tags=["delivery"])
public = APIRouter(tags=["delivery"])  # without a key: the link of a mail is its own
RepPath = Annotated[str, Path(min_length=1, max_length=400, description=f"The rep. {KEY_HELP}")]
Token = Annotated[str, Query(min_length=64, max_length=64, description="From the link of a mail.")]
BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "…"}
PAGE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"text/html": {"schema": {"type": "string"}, "example": "<!doctype html>…"}},
        "description": "A page in the reader's language.",
    }
}
FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {media.partition(";")[0]: BYTES for media in MEDIA.values()}, "description": "The file."}
}


class Wanted(BaseModel):
    """When, where and in which language a rep wants the list."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"language": "zh", "timezone": "Asia/Shanghai", "weekday": "monday", "hour": 8, "channels": ["mail"]}
            ]
        },
    )

    language: Language
    timezone: str = Field(min_length=1, max_length=60, description="IANA name of a time zone.")
    weekday: Weekday
    hour: Hour = Field(description="Hour of the rep's day.")
    channels: list[Annotated[str, Field(max_length=60)]] = Field(
        max_length=20, description="mail, and names of robots."
    )
    unsubscribed: bool = False


@router.get("/top-file/{rep:path}", response_class=Response, responses=FILE)
def get_list_file(
    reading: ReadingDep,
    rep: RepPath,
    format: Annotated[Literal["xlsx", "csv", "ics", "html"], Query(description="Form of the file.")] = "xlsx",
    week: Week = None,
) -> Response:
    """Get a rep's weekly list as a file.

    As it is delivered: a workbook, comma-separated values, a calendar with a reminder, or the page of the mail.
    """
    form: Form = format
    name, content = answers.top_file(reading.ask(), rep, form, week, _page(reading.request))
    tag = content_tag(content, reading.question)
    if matches(tag, reading.if_none_match):
        return unchanged(tag)
    headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=MEDIA[form])


@router.get("/delivery/{rep:path}", response_model=DeliveryAnswer)
def get_delivery(reading: ReadingDep, rep: RepPath) -> Response:
    """Say how a rep gets the weekly list.

    Language, time zone, weekday, hour and channels, whether they left the list, and what became of this week's.
    """
    return reply_content(reading, lambda ask: answers.delivery(ask, rep, _page(reading.request)))


@router.put("/delivery/{rep:path}", response_model=DeliveryAnswer)
def put_delivery(writing: WritingDep, rep: RepPath, wanted: Wanted) -> Response:
    """Choose how a rep gets the weekly list.

    One's own, or anybody's for the owner. Needs the scope `write`.
    """
    given = Preferences(**{**wanted.model_dump(), "channels": tuple(dict.fromkeys(wanted.channels))})
    answer = answers.change_delivery(writing.ask(), rep, given, _page(writing.request))
    audit.written(writing, "api.delivery", {"rep": answer.rep.id})
    return json_response(answer)


@public.get("/unsubscribe", response_class=HTMLResponse, responses=PAGE)
def ask_unsubscribe(request: Request, token: Token) -> Response:
    """Ask whether to stop the weekly list.

    A page with one button; looking at it changes nothing, since mail scanners look at every link.
    """
    answers.unsubscribe(workspace_of(request.app), token, look=True)
    return HTMLResponse(unsubscribe_page(current_language(), token))


@public.post("/unsubscribe", response_class=HTMLResponse, responses=PAGE)
def unsubscribe(request: Request, token: Token) -> Response:
    """Stop the weekly list.

    Needs no key: the token is signed, and can do nothing else. Mail programs call it by themselves (RFC 8058).
    """
    answers.unsubscribe(workspace_of(request.app), token)
    return HTMLResponse(unsubscribe_page(current_language()))


def _page(request: Request) -> str:
    """The address under which the caller knows us, for links where no other is configured."""
    return f"{request.url.scheme}://{request.url.netloc}"
