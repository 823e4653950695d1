"""The influence map, and the overview by groups."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from starlette.responses import Response

from api.answers.map import ego_map, influence_map
from api.answers.map_file import MEDIA, Format, map_file
from api.answers.map_reach import MapWish
from api.answers.overview import overview
from api.deps import ReadingDep, moment_in
from api.parameters import KEY_HELP, KeyPath, Limit
from api.replies import reply
from api.shapes_map import By, MapAnswer, OverviewAnswer
from api.tie_filters import FilterDep

router = APIRouter(tags=["map"])
Figure = Literal[
    "all", "none", "influence", "reach", "pagerank", "betweenness", "core", "depth", "breadth", "ecosystem",
    "organization_health", "relationship_health",
]  # fmt: skip
Nodes = Annotated[int, Query(ge=1, description="Nodes at most; more than 5,000 are refused.")]
Focus = Annotated[
    list[str] | None,
    Query(max_length=50, description=f"The centres. {KEY_HELP} May be repeated; who is not there is passed over."),
]
Hide = Annotated[list[str] | None, Query(max_length=1000, description="Public ids that are left out. May be repeated.")]
SCORES_HELP = (
    "Figures to show, `all` or `none`. Default: all at the newest moment, none at another one, where computing them "
    "takes seconds. May be repeated."
)
Scores = Annotated[list[Figure] | None, Query(max_length=12, description=SCORES_HELP)]
_BYTES = {"schema": {"type": "string", "format": "binary"}, "example": "…"}
_FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": {media.partition(";")[0]: _BYTES for media in MEDIA.values()}}
}


async def map_wish(
    wanted: FilterDep,
    focus: Focus = None,
    team: Annotated[
        str | None, Query(max_length=400, description=f"A manager with all who report to them. {KEY_HELP}")
    ] = None,
    to: Annotated[
        str | None, Query(max_length=400, description="Whom the map leads to: the union of the best paths there.")
    ] = None,
    hops: Annotated[
        int | None, Query(ge=0, le=6, description="How far around them [hops]; default 1, with `to` 0.")
    ] = None,
    limit: Nodes = 100,
    hide: Hide = None,
    compare: Annotated[str | None, Query(max_length=40, description="Another moment, ISO 8601: what changed.")] = None,
    scores: Scores = None,
    groups: Annotated[
        bool | None, Query(description="Whether communities are told; default: up to 50,000 ties, above it takes long.")
    ] = None,
) -> MapWish:
    """The map asked for."""
    return MapWish(
        focus=focus or (),
        team=team or None,
        to=to or None,
        hops=hops,
        limit=limit,
        hide=hide or (),
        compare=moment_in(compare),
        filter=wanted,
        scores=scores,
        groups=groups,
    )


WishDep = Annotated[MapWish, Depends(map_wish)]


@router.get("/map", response_model=MapAnswer)
def get_map(reading: ReadingDep, wish: WishDep) -> Response:
    """Get a map.

    People and organizations around some centres, around a team, or on the best paths from these to somebody: nearest
    and strongest first, at most `limit` nodes (`cut` says how many did not fit), with ties and facts among them,
    communities, buying roles and figures. With `compare`, what is new, gone, stronger or weaker since another moment.
    """
    return reply(reading, lambda ask: influence_map(ask, wish))


@router.get("/map/{key:path}", response_model=MapAnswer)
def get_map_around(
    reading: ReadingDep,
    key: KeyPath,
    hops: Annotated[int, Query(ge=1, le=6, description="How far from the centre [hops].")] = 1,
    limit: Nodes = 100,
) -> Response:
    """Get the map around an entity.

    The short form of the map with one focus.
    """
    return reply(reading, lambda ask: ego_map(ask, key, hops, limit))


@router.get("/overview", response_model=OverviewAnswer)
def get_overview(
    reading: ReadingDep,
    wanted: FilterDep,
    by: Annotated[By, Query(description="What the groups are; a team is a manager and who reports to them.")] = (
        "community"
    ),
    limit: Limit = 100,
    scores: Scores = None,
) -> Response:
    """Get the overview.

    The whole company as groups, largest first, each with its most central members, and all ties between two groups as
    one edge: where to begin when a map would be too large.
    """
    return reply(reading, lambda ask: overview(ask, by, limit, wanted, scores))


@router.get("/map-file", response_class=Response, responses=_FILE)
def get_map_file(
    reading: ReadingDep,
    wish: WishDep,
    format: Annotated[Format, Query(description="The file's format.")] = "json",
) -> Response:
    """Get a map as a file.

    The same map as CSV (edges with the columns of both ends), workbook (nodes and edges), GraphML, GEXF or JSON. In
    CSV and workbook no text is run as a formula.
    """

    def send(answer: MapAnswer, tag: str) -> Response:
        name = f"map-{answer.meta.as_of[:10]}.{format}"
        headers = {"ETag": tag, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(map_file(answer, format), headers=headers, media_type=MEDIA[format])

    return reply(reading, lambda ask: influence_map(ask, wish), send)
