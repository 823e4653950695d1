"""The weekly lists, what people decide about their lines, and why somebody is not on one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers, audit
from api.answers.decisions import Order, Word, decide_line
from api.answers.weekly import kept_lists
from api.deps import ReadingDep, WritingDep
from api.parameters import KEY_HELP, KeyQuery, KeyText, Week
from api.replies import json_response, reply_content
from api.shapes import TopAnswer, WhyNotAnswer
from api.shapes_boards import DecidedAnswer, ListsAnswer
from graphsvc.clock import read_moment

router = APIRouter(tags=["lists"])
REP_HELP = f"The rep, or `team` for the team. {KEY_HELP}"
RepPath = Annotated[str, Path(min_length=1, max_length=400, description=REP_HELP)]
Size = Annotated[int, Query(ge=1, le=100, description="Lines at most.")]


class Decided(BaseModel):
    """What a person decides about a line of a list."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"key": "lena@customer.example", "decision": "snooze", "until": "2026-12-01", "reason": "on leave"}
            ]
        },
    )

    key: KeyText = Field(description=f"The person, or the customer on a team's list. {KEY_HELP}")
    decision: Word
    until: str | None = Field(None, max_length=40, description="With `snooze`: until when, ISO 8601.")
    reason: str = Field("", max_length=1000, description="Why, in the person's own words; `wrong` needs it.")
    week: str | None = Field(None, max_length=10, description="With `done`: the list's ISO week. Default: that of T.")


@router.get("/top", response_model=TopAnswer)
def get_team_list(
    reading: ReadingDep,
    team: Annotated[str, Query(min_length=1, max_length=400, description="The team's name.")],
    week: Week = None,
    size: Size = 20,
) -> Response:
    """Get a team's weekly list.

    One line per customer, by expected gain, with reasons, evidence, play, channel and what changed.
    """
    return reply_content(reading, lambda ask: answers.top(ask, None, team, week, size=size))


@router.post("/top/{rep:path}/decisions", response_model=DecidedAnswer)
def decide_on_line(writing: WritingDep, rep: RepPath, order: Decided) -> Response:
    """Decide on a line of a weekly list.

    `done` marks it for this week, `snooze` keeps somebody off the list until a date, `wrong` until it is taken back,
    `undo` takes any of them back. The same decision again changes nothing; it outlives runs. A rep decides on the own
    list only. Needs the scope `write`.
    """
    until = read_moment(order.until) if order.until else None
    ask = writing.ask()
    answer = decide_line(ask, rep, order.key, Order(order.decision, until, order.reason, order.week))
    audit.written(writing, "api.decide_line", {"suggestion": answer.id, "decision": order.decision})
    return json_response(answer)


@router.get("/top/{rep:path}", response_model=TopAnswer)
def get_rep_list(reading: ReadingDep, rep: RepPath, week: Week = None, size: Size = 20) -> Response:
    """Get a rep's weekly list.

    One line per contact at one account, by expected gain, with reasons, evidence, play, channel and what changed; in
    `away` whom decisions keep off it. `team` stands for the team: one line per customer.
    """
    return reply_content(reading, lambda ask: answers.top(ask, rep, None, week, size=size))


@router.get("/lists/{rep:path}", response_model=ListsAnswer)
def list_kept_lists(reading: ReadingDep, rep: RepPath) -> Response:
    """List the weekly lists handed out.

    The weeks kept for a rep, or the team, newest first, with how many lines each had and how many were marked done.
    """
    return reply_content(reading, lambda ask: kept_lists(ask, rep))


@router.get("/why-not/{rep:path}", response_model=WhyNotAnswer)
def get_why_not(reading: ReadingDep, rep: RepPath, key: KeyQuery, week: Week = None) -> Response:
    """Say why somebody is not on a rep's list.

    What was decided on them, the reasons that kept them off the list, or the rank of who is on it.
    """
    return reply_content(reading, lambda ask: answers.why_not(ask, rep, key, week))
