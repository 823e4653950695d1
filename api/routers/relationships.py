"""Ties between people."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import Cursor, Limit, MaybeKey
from api.replies import reply_listing
from api.shapes import TiesAnswer

router = APIRouter(tags=["relationships"])


@router.get("/relationships", response_model=TiesAnswer)
def list_relationships(
    reading: ReadingDep, key: MaybeKey = None, limit: Limit = 100, cursor: Cursor = None
) -> Response:
    """List relationships.

    Ties, strongest first: of one person, of one organization's people, or all. Of ties that are not the caller's own
    there is only the band.
    """
    return reply_listing(reading, cursor, lambda ask, inner: answers.relationships(ask, key, limit, inner))
