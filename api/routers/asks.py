"""Asking for an introduction: the draft of the message, the record that it was asked, what became of it."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import audit
from api.answers.asks import Which, asks, record, take_back
from api.answers.drafts import Language, draft
from api.deps import ReadingDep, WritingDep
from api.parameters import KEY_HELP, KeyQuery, KeyText, Limit
from api.replies import json_response, reply_content
from api.shapes_boards import AskAnswer, AsksAnswer, DraftAnswer

router = APIRouter(tags=["paths"])
Asker = Annotated[
    str | None,
    Query(alias="from", max_length=400, description=f"Who asks. {KEY_HELP} Default: who the key stands for."),
]


class Asked(BaseModel):
    """An ask for an introduction."""

    model_config = ConfigDict(
        extra="forbid",
        populate_by_name=True,
        json_schema_extra={"examples": [{"to": "lena@customer.example", "through": "bo@us.example"}]},
    )

    to: KeyText = Field(description=f"Who is to be met. {KEY_HELP}")
    through: KeyText = Field(description=f"Who is asked to introduce. {KEY_HELP}")
    source: KeyText | None = Field(None, alias="from", description=f"Who asks. {KEY_HELP} Default: oneself.")
    note: str = Field("", max_length=1000, description="What to remember about it.")


class TakenBack(BaseModel):
    """That an ask no longer stands."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"decision": "undo", "reason": "met her at the fair"}]}
    )

    decision: Literal["undo"]
    reason: str = Field("", max_length=1000, description="Why, in the person's own words.")


@router.post("/asks", response_model=AskAnswer)
def record_ask(writing: WritingDep, asked: Asked) -> Response:
    """Record an ask for an introduction.

    Kept as a confirmed recommendation: it counts as an open ask of the introducer in paths, and as met when asker and
    target have contact within 45 days. While it is open, recording it again is refused (409), with when and by whom it
    was asked. Decide on its outcome with `/recommendations/{id}`, take it back with `/asks/{id}/decisions`. A rep asks
    in the own name only. Needs the scope `write`.
    """
    ask = writing.ask()
    answer = record(ask, asked.to, asked.through, asked.source, asked.note)
    audit.written(writing, "api.ask", {"suggestion": answer.id})
    return json_response(answer)


@router.post("/asks/{id}/decisions", response_model=AskAnswer)
def decide_on_ask(
    writing: WritingDep, id: Annotated[str, Path(max_length=64, description="Its id.")], decision: TakenBack
) -> Response:
    """Take back an open ask.

    It no longer waits at the introducer, and may be asked again; at an earlier date it still stands, and who took it
    back and why is kept. 409 where it is not open any more. A rep takes back the own ones only. Needs the scope
    `write`.
    """
    answer = take_back(writing.ask(), id, decision.reason)
    audit.written(writing, "api.decide_ask", {"suggestion": answer.id, "decision": decision.decision})
    return json_response(answer)


@router.get("/asks", response_model=AsksAnswer)
def list_asks(
    reading: ReadingDep,
    state: Annotated[Which | None, Query(description="`open`: made and waiting. Default: all that were made.")] = None,
    limit: Limit = 50,
) -> Response:
    """List asks for introductions.

    The asks made, newest first, and what became of each; a rep sees the own ones.
    """
    return reply_content(reading, lambda ask: asks(ask, state, limit))


@router.get("/draft", response_model=DraftAnswer)
def get_draft(
    reading: ReadingDep,
    to: KeyQuery,
    through: Annotated[str, Query(min_length=1, max_length=400, description=f"Who is asked to introduce. {KEY_HELP}")],
    source: Asker = None,
    language: Annotated[Language, Query(description="Language of the message, whatever the reader's.")] = "en",
) -> Response:
    """Draft a message that asks for an introduction.

    Plain text from facts the caller may see; nothing is sent, nothing is made up.
    """
    return reply_content(reading, lambda ask: draft(ask, to, through, source, language))
