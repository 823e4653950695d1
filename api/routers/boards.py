"""Boards: relationship health, the ecosystem quadrant, freshness of the data; and the hand-over of who leaves."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.answers.boards import HealthQuestion, ecosystem_board, health_board
from api.answers.freshness import freshness_board
from api.answers.handover import handover
from api.deps import ReadingDep
from api.parameters import KEY_HELP, Limit, MaybeKey
from api.replies import reply_content
from api.shapes_boards import EcosystemBoard, FreshnessBoard, HandoverAnswer, HealthBoard
from graphsvc.clock import read_moment

router = APIRouter(tags=["boards"])
Territory = Annotated[str | None, Query(max_length=200, description="Accounts of this region only.")]
Since = Annotated[
    str | None, Query(max_length=40, description="Changes are against this date, ISO 8601. Default: 28 days before T.")
]


@router.get("/boards/health", response_model=HealthBoard)
def get_health_board(
    reading: ReadingDep, team: MaybeKey = None, territory: Territory = None, since: Since = None, limit: Limit = 20
) -> Response:
    """See how relationships stand.

    Health of the ties of everybody, of a manager's `team` or of a `territory`: its distribution, how many are good,
    fair or poor for their own rhythm, which moved most since an earlier date, which accounts with an open deal or a win
    are at risk, and all accounts. A rep sees own accounts and ties.
    """
    question = HealthQuestion(team, territory, read_moment(since) if since else None, limit)
    return reply_content(reading, lambda ask: health_board(ask, question))


@router.get("/boards/ecosystem", response_model=EcosystemBoard)
def get_ecosystem_board(reading: ReadingDep, limit: Limit = 500) -> Response:
    """See organizations by depth and breadth.

    Four quadrants, cut at the medians of those assessed, with a play for each organization. A rep sees own accounts.
    """
    return reply_content(reading, lambda ask: ecosystem_board(ask, limit))


@router.get("/boards/freshness", response_model=FreshnessBoard)
def get_freshness_board(reading: ReadingDep) -> Response:
    """See how fresh the data are.

    Each channel's newest event against how long its silences usually are, and of each source how the last sync went and
    which rows are held back. Counts are the owner's.
    """
    return reply_content(reading, freshness_board)


@router.get("/handover/{rep:path}", response_model=HandoverAnswer)
def get_handover(
    reading: ReadingDep,
    rep: Annotated[str, Path(min_length=1, max_length=400, description=f"Who leaves. {KEY_HELP}")],
    to: Annotated[
        str | None, Query(min_length=1, max_length=400, description=f"Who takes over everything. {KEY_HELP}")
    ] = None,
) -> Response:
    """Plan the hand-over of a colleague who leaves.

    Every account of a rep with the contacts there, who of the others has the best tie to each, or the best way to them,
    and whom nobody else knows. For the owner, and for the rep themselves.
    """
    return reply_content(reading, lambda ask: handover(ask, rep, to))
