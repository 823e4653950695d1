"""Boards: relationship health, the ecosystem quadrant, freshness of the data; and the hand-over of who leaves."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.answers.boards import HealthQuestion, ecosystem_board, health_board
from api.answers.freshness import freshness_board
from api.answers.handover import handover
from api.answers.handover_file import MEDIA, Format, handover_file
from api.deps import ReadingDep
from api.etags import content_tag, matches
from api.parameters import KEY_HELP, Limit, MaybeKey
from api.replies import reply_content, unchanged
from api.shapes_boards import EcosystemBoard, FreshnessBoard, HandoverAnswer, HealthBoard
from graphsvc.clock import read_moment

router = APIRouter(tags=["boards"])
Territory = Annotated[str | None, Query(max_length=200, description="Accounts of this region only.")]
Since = Annotated[
    str | None, Query(max_length=40, description="Changes are against this date, ISO 8601. Default: 28 days before T.")
]
Leaver = Annotated[str, Path(min_length=1, max_length=400, description=f"Who leaves. {KEY_HELP}")]
Heir = Annotated[str | None, Query(min_length=1, max_length=400, description=f"Who takes over everything. {KEY_HELP}")]
FILE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}, "example": "…"}
            for media in MEDIA.values()
        },
        "description": "The file.",
    }
}


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


@router.get("/handover-file/{rep:path}", response_class=Response, responses=FILE)
def get_handover_file(
    reading: ReadingDep,
    rep: Leaver,
    format: Annotated[Format, Query(description="The file's format.")] = "xlsx",
    to: Heir = None,
) -> Response:
    """Get a hand-over as a file.

    The same plan as CSV or workbook, with every contact: a row each, with the account and why. No text is run as a
    formula. For the owner, and for the rep themselves.
    """
    found = handover(reading.ask(), rep, to)
    content = handover_file(found, format)
    tag = content_tag(content, reading.question)
    if matches(tag, reading.if_none_match):
        return unchanged(tag)
    name = f"handover-{found.as_of[:10]}.{format}"
    headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, headers=headers, media_type=MEDIA[format])


@router.get("/handover/{rep:path}", response_model=HandoverAnswer)
def get_handover(
    reading: ReadingDep,
    rep: Leaver,
    to: Heir = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="Contacts of each account at most.")] = 50,
) -> Response:
    """Plan the hand-over of a colleague who leaves.

    Every account of a rep with the contacts there, who of the others has the best tie to each, or the best way to them,
    and whom nobody else knows. Each account says how many contacts it has; `limit` tells how many of them are in the
    answer. For the owner, and for the rep themselves.
    """
    return reply_content(reading, lambda ask: handover(ask, rep, to, limit))
