"""The weekly lists, and why somebody is not on one."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import KEY_HELP, KeyQuery, Week
from api.replies import reply_content
from api.shapes import TopAnswer, WhyNotAnswer

router = APIRouter(tags=["lists"])
RepPath = Annotated[str, Path(min_length=1, max_length=400, description=f"The rep. {KEY_HELP}")]
Size = Annotated[int, Query(ge=1, le=100, description="Lines at most.")]


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


@router.get("/top/{rep:path}", response_model=TopAnswer)
def get_rep_list(reading: ReadingDep, rep: RepPath, week: Week = None, size: Size = 20) -> Response:
    """Get a rep's weekly list.

    One line per contact at one account, by expected gain, with reasons, evidence, play, channel and what changed.
    """
    return reply_content(reading, lambda ask: answers.top(ask, rep, None, week, size=size))


@router.get("/why-not/{rep:path}", response_model=WhyNotAnswer)
def get_why_not(reading: ReadingDep, rep: RepPath, key: KeyQuery, week: Week = None) -> Response:
    """Say why somebody is not on a rep's list.

    The reasons that kept a person off the list, or the rank when the person is on it.
    """
    return reply_content(reading, lambda ask: answers.why_not(ask, rep, key, week))
