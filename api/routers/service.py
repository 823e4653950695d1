"""The service itself: what there is, and whether it lives."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.responses import Response

from api.deps import CallerDep, workspace_of
from api.replies import JSON
from graphsvc import __version__
from graphsvc.policy import require
from graphsvc.registry import algorithms

router = APIRouter(tags=["service"])
public = APIRouter(tags=["service"])  # without a key


class ScoreInfo(BaseModel):
    """One score there is."""

    name: str
    of: str = Field(description="person, organization or tie.")
    unit: str


class Index(BaseModel):
    """The way in."""

    version: str
    scores: list[ScoreInfo]
    links: dict[str, str]


class Health(BaseModel):
    """Alive, and the store answers."""

    status: str


@router.get("/", response_model=Index)
def get_index(request: Request, caller: CallerDep) -> Response:
    """Get the way in.

    The version, the scores there are, and the addresses of the other endpoints.
    """
    require(caller, "read")
    scores = [ScoreInfo(name=s.name, of=s.of, unit=s.unit) for s in algorithms().values()]
    links = {
        operation["operationId"]: path
        for path, methods in request.app.openapi()["paths"].items()
        for method, operation in methods.items()
        if method == "get"
    }
    return Response(Index(version=__version__, scores=scores, links=links).model_dump_json(), media_type=JSON)


@public.get("/healthz", response_model=Health)
def get_health(request: Request) -> Response:
    """Ask whether the service lives.

    Needs no key and tells nothing of the data; 503 or 507 when the store does not answer.
    """
    workspace_of(request.app).store.setting("timezone")
    return Response(Health(status="ok").model_dump_json(), media_type=JSON)
