"""Ties between people, and the map around an entity."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import answers
from api.deps import ReadingDep
from api.parameters import Cursor, KeyPath, Limit, MaybeKey
from api.replies import reply, reply_listing
from api.shapes import MapAnswer, TiesAnswer

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


@router.get("/map/{key:path}", response_model=MapAnswer)
def get_map(
    reading: ReadingDep,
    key: KeyPath,
    hops: Annotated[int, Query(ge=1, le=6, description="How far from the centre [hops].")] = 1,
    limit: Limit = 100,
) -> Response:
    """Get the map around an entity.

    Nodes and edges within some hops, nearest and strongest first, at most `limit` nodes; `cut` says how many did not
    fit.
    """
    return reply(reading, lambda ask: answers.ego_map(ask, key, hops, limit))
