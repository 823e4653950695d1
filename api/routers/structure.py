"""Structure: communities, brokers between groups, groups that fell silent."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import structure
from api.deps import ReadingDep
from api.parameters import Cursor, Limit
from api.replies import reply_listing
from api.structure_shapes import BrokersAnswer, CommunitiesAnswer, SilentAnswer

router = APIRouter(tags=["structure"])
GROUPS = "What the groups are; ours are one organization. A team is a manager and who reports to them."
By = Annotated[
    Literal["organization", "community", "team"] | None,
    Query(description=f"{GROUPS} Default: organizations where most people's are known, else communities."),
]
Resolution = Annotated[float, Query(gt=0, le=1000, description="Above 1 more and smaller communities, below 1 fewer.")]
Side = Annotated[Literal["all", "ours", "outside"], Query(description="Only our own people, or only others.")]
Weeks = Annotated[float, Query(gt=0, le=520, description="No contact for at least this long [weeks].")]
Every = Annotated[bool, Query(description="Also pairs whose rhythm is not broken, and those too young to tell.")]


@router.get("/communities", response_model=CommunitiesAnswer)
def list_communities(
    reading: ReadingDep, resolution: Resolution = 1.0, limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """List communities.

    People who are more in touch with each other than with others (Leiden over the current ties), largest first, each
    with how well it is found again when the interactions are drawn again; below 0.5 it cannot be told.
    """
    return reply_listing(reading, cursor, lambda ask, inner: structure.communities(ask, resolution, limit, inner))


@router.get("/brokers", response_model=BrokersAnswer)
def list_brokers(
    reading: ReadingDep, by: By = None, side: Side = "all", limit: Limit = 20, cursor: Cursor = None
) -> Response:
    """List brokers.

    Who joins groups that would otherwise not know of each other, lowest constraint (Burt) first, with the groups they
    join, what would be lost without them, and the interval of their rank under resampling.
    """
    return reply_listing(reading, cursor, lambda ask, inner: structure.brokers(ask, by, side, limit, inner))


@router.get("/silent-groups", response_model=SilentAnswer)
def list_silent_groups(
    reading: ReadingDep,
    weeks: Weeks = 3.0,
    by: By = None,
    every: Every = False,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Response:
    """List silent groups.

    Pairs of groups without contact for some weeks though their own rhythm says that they should have had some, with the
    chance of such a pause, the last contact, and who could reopen.
    """
    return reply_listing(
        reading, cursor, lambda ask, inner: structure.silent_groups(ask, weeks, by, every, limit, inner)
    )
