"""The course of an entity or a tie, and one tie in full."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers.history import history
from api.answers.tie import tie
from api.deps import ReadingDep
from api.parameters import KeyPath, KeyQuery, MaybeKey
from api.replies import reply
from api.shapes_panels import HistoryAnswer, TieAnswer

router = APIRouter(tags=["relationships"])


@router.get("/history/{key:path}", response_model=HistoryAnswer)
def get_history(
    reading: ReadingDep,
    key: KeyPath,
    other: MaybeKey = None,
    weeks: Annotated[int, Query(ge=1, le=1040, description="How far back [weeks].")] = 104,
) -> Response:
    """Get the history of an entity or tie.

    Interactions week by week, by direction and channel (list and robot mail left out); facts as dated periods; scores
    as runs kept them, one a week. Of an organization, what its people and ours do. Weeks and facts are those the
    caller may see.
    """
    return reply(reading, lambda ask: history(ask, key, other, weeks))


@router.get("/tie", response_model=TieAnswer)
def get_tie(reading: ReadingDep, key: KeyQuery, other: KeyQuery) -> Response:
    """Get one tie.

    Strength in both directions, health and its change over four weeks, channels, and the facts between the two. Of a
    tie that is not the caller's own there is only the band.
    """
    return reply(reading, lambda ask: tie(ask, key, other))
