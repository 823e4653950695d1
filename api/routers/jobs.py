"""Jobs: what runs on its own, and starting or stopping it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api import answers, audit
from api.deps import ReadingDep, WritingDep
from api.parameters import Grouped, Limit
from api.replies import json_response, reply_content
from api.shapes import JobAnswer, JobsAnswer
from graphsvc.jobs import Kind, State
from graphsvc.settings import settings

router = APIRouter(tags=["jobs"])
Id = Annotated[str, Path(max_length=64, description="Its id.")]


class Order(BaseModel):
    """What to run."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"kind": "score", "names": ["depth"]}]})

    kind: Kind
    names: list[Annotated[str, Field(max_length=60)]] = Field(
        [], max_length=50, description="Scores to fit or compute; none means all."
    )
    source: str | None = Field(None, max_length=200, description="Name of the planned source to sync.")


@router.get("/jobs", response_model=JobsAnswer)
def list_jobs(
    reading: ReadingDep,
    state: Annotated[State | None, Query(description="Only those in this state.")] = None,
    limit: Limit = 50,
    grouped: Grouped = False,
) -> Response:
    """List jobs.

    Syncs, fits, scorings and weekly lists, newest first: state, progress, error; `grouped` by kind and day, in
    `groups`. Needs the scope `admin`.
    """
    return reply_content(reading, lambda ask: answers.jobs(ask, state, limit, grouped=grouped))


@router.get("/jobs/{id}", response_model=JobAnswer)
def get_job(reading: ReadingDep, id: Id) -> Response:
    """Get a job.

    With its log. Needs the scope `admin`.
    """
    return reply_content(reading, lambda ask: answers.job(ask, id))


@router.post("/jobs", response_model=JobAnswer)
def start_job(writing: WritingDep, order: Order) -> Response:
    """Start a job.

    It is queued, and a worker takes it up. A sync is of a planned source, by its name: files of the server are named
    on its command line only. Needs the scope `admin`.
    """
    answer = answers.start(writing.ask(), order.kind, order.names, order.source, settings().redis_url)
    audit.written(writing, "api.job", {"job": answer.job.id, "kind": order.kind})
    return json_response(answer)


@router.post("/jobs/{id}/cancel", response_model=JobAnswer)
def cancel_job(writing: WritingDep, id: Id) -> Response:
    """Cancel a job.

    At once while it waits; a running one stops at its next step: between pages, between algorithms. Needs the scope
    `admin`.
    """
    answer = answers.stop(writing.ask(), id)
    audit.written(writing, "api.cancel", {"job": id})
    return json_response(answer)
