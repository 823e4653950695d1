"""Saved maps."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import audit
from api.answers import views
from api.deps import ReadingDep, WritingDep
from api.replies import json_response, reply_content
from api.shapes_map import ViewAnswer, ViewsAnswer

router = APIRouter(tags=["views"])
ViewId = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_\-]{1,64}$", description="Its id, given by whoever saves it first; no names.")
]
Coordinate = Annotated[float, Field(ge=-1e6, le=1e6, allow_inf_nan=False)]
EntityId = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
Note = Annotated[str, Field(max_length=2000)]
NodeId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_\-]{1,64}$")]  # of an entity, or of a group of the overview
Place = tuple[Coordinate, Coordinate]


class ViewBody(BaseModel):
    """A map to be saved."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"name": "Northwind, before the renewal", "note": "", "state": "view=map&hops=2", "shared": False}
            ]
        },
    )

    name: str = Field(min_length=1, max_length=200)
    note: str = Field("", max_length=5000)
    state: str = Field(max_length=4000, description="The page's query string; ids only.")
    notes: dict[EntityId, Note] = Field({}, max_length=500, description="Notes at entities, by public id.")
    places: dict[NodeId, Place] = Field({}, max_length=5000, description="Where nodes stand in the picture, by id.")
    shared: bool = Field(False, description="Everybody who may read sees it.")
    version: int = Field(0, ge=0, description="The version that was read; 0 for a new one.")


@router.get("/views", response_model=ViewsAnswer)
def list_views(reading: ReadingDep) -> Response:
    """List saved maps.

    The caller's own and those others share, newest change first.
    """
    return reply_content(reading, views.views)


@router.get("/views/{id}", response_model=ViewAnswer)
def get_view(reading: ReadingDep, id: ViewId) -> Response:
    """Get a saved map."""
    return reply_content(reading, lambda ask: views.view(ask, id))


@router.put("/views/{id}", response_model=ViewAnswer)
def save_view(writing: WritingDep, id: ViewId, body: ViewBody) -> Response:
    """Save a map.

    A new one, or over the version that was read; where somebody changed it meanwhile, 409. Needs the scope `write`.
    """
    given = views.View(body.name, body.note, body.state, body.notes, body.places, body.shared)
    answer = views.save_view(writing.ask(), id, given, body.version)
    audit.written(writing, "api.view", {"version": answer.item.version, "shared": int(body.shared)})
    return json_response(answer)


@router.delete("/views/{id}", response_model=ViewsAnswer)
def delete_view(
    writing: WritingDep, id: ViewId, version: Annotated[int, Query(ge=1, description="The version that was read.")]
) -> Response:
    """Delete a saved map.

    At the version that was read; where somebody changed it meanwhile, 409. Answers with those that are left. Needs the
    scope `write`.
    """
    answer = views.drop_view(writing.ask(), id, version)
    audit.written(writing, "api.view_deleted", {"version": version})
    return json_response(answer)
